import { kindOf, saysContextLength, type ErrorKind } from '@tapgate/core';
import type { SaidError } from './error-shape.ts';

/** Codes and types, as vendors spell them, that say more than the status. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['insufficient_quota', 'quota'],
  ['quota_exceeded', 'quota'],
  ['billing_hard_limit_reached', 'billing'],
  ['billing_not_active', 'billing'],
  ['billing_error', 'billing'],
  ['insufficient_balance', 'billing'],
  ['1008', 'billing'],
  ['invalid_api_key', 'authentication'],
  ['api_key_invalid', 'authentication'],
  ['authentication_error', 'authentication'],
  ['unauthenticated', 'authentication'],
  ['1004', 'authentication'],
  ['permission_error', 'permission'],
  ['permission_denied', 'permission'],
  ['permissiondenied', 'permission'],
  ['model_not_found', 'not-found'],
  ['model_not_supported', 'not-found'],
  ['not_found_error', 'not-found'],
  ['deploymentnotfound', 'not-found'],
  ['rate_limit_exceeded', 'rate-limit'],
  ['rate_limit_error', 'rate-limit'],
  ['resource_exhausted', 'rate-limit'],
  ['too_many_requests', 'rate-limit'],
  ['1002', 'rate-limit'],
  ['overloaded_error', 'overloaded'],
  ['overloaded', 'overloaded'],
  ['service_unavailable', 'overloaded'],
  ['engine_overloaded', 'overloaded'],
  ['unavailable', 'overloaded'],
  ['timeout', 'timeout'],
  ['timeout_error', 'timeout'],
  ['deadline_exceeded', 'timeout'],
  ['content_filter', 'content-policy'],
  ['content_policy_violation', 'content-policy'],
  ['moderation_blocked', 'content-policy'],
  ['contentfilter', 'content-policy'],
  ['responsibleaipolicyviolation', 'content-policy'],
  ['data_inspection_failed', 'content-policy'],
  ['1301', 'content-policy'],
  ['unsupported_parameter', 'unsupported'],
  ['unsupported_value', 'unsupported'],
  ['operationnotsupported', 'unsupported'],
  ['tool_use_failed', 'unsupported'],
  ['server_error', 'server'],
  ['internal_server_error', 'server'],
  ['internal_error', 'server'],
  ['api_error', 'server'],
]);

/** Words that say it where neither status nor code does. */
const words: readonly (readonly [phrase: RegExp, kind: ErrorKind, from: number, to: number])[] = [
  [/credit balance is too low|insufficient (balance|credits?|funds)|out of credits/i, 'billing', 400, 499],
  [/exceeded your current quota|quota (has been )?exceeded|monthly (included )?credits/i, 'quota', 400, 499],
  [/api key (not valid|expired)|invalid api key|incorrect api key/i, 'authentication', 400, 499],
  [
    /is not a valid model|model .*(does not exist|not found|is not supported\. supported models)|unknown model|no such model/i,
    'not-found',
    400,
    404,
  ],
  [/overloaded|at capacity|model is (currently )?loading/i, 'overloaded', 429, 599],
  [/content (management )?policy|content filter|flagged (by|as)|moderation/i, 'content-policy', 400, 403],
  [/does not support|not supported (with|by|for) this model|unsupported (parameter|value)/i, 'unsupported', 400, 422],
];

/** Status codes that this dialect's servers use in their own way. */
const statuses: ReadonlyMap<number, ErrorKind> = new Map<number, ErrorKind>([
  [402, 'billing'],
  [424, 'server'],
  [498, 'overloaded'],
  [504, 'timeout'],
  [524, 'timeout'],
  [529, 'overloaded'],
]);

/** What kind of failure an error is. The status is asked last: several servers say 400 or 429 to everything. */
export function kindOfError(status: number, said: SaidError): ErrorKind {
  const { message, code, type } = said;
  if (status !== 429 && saysContextLength(message, code)) return 'context-length';
  for (const word of [code, type]) {
    const kind = word === undefined ? undefined : kinds.get(word.toLowerCase());
    // Of a server's failures the status says more than the word for all of them.
    if (kind !== undefined && !(kind === 'server' && status > 500)) return kind;
  }
  const found = words.find(([phrase, , from, to]) => status >= from && status <= to && phrase.test(message));
  return found?.[1] ?? statuses.get(status) ?? kindOf(status);
}

/** The status that stands for a kind, for errors in the middle of an answer that was 200. */
export function statusOfKind(kind: ErrorKind): number {
  return statusesByKind[kind];
}

const statusesByKind: Readonly<Record<ErrorKind, number>> = {
  'invalid-request': 400,
  unsupported: 400,
  authentication: 401,
  permission: 403,
  billing: 402,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'context-length': 400,
  'content-policy': 400,
  'rate-limit': 429,
  quota: 429,
  overloaded: 503,
  timeout: 504,
  truncated: 502,
  server: 500,
  'client-left': 499,
};
