import type { ErrorKind, GatewayError, JsonObject } from '@tapgate/core';

/** `type` and `code` of each kind, in this dialect's words. Clients go by them: retry, shorten, give up. */
const words: Readonly<Record<ErrorKind, readonly [type: string, code: string | undefined]>> = {
  'invalid-request': ['invalid_request_error', undefined],
  unsupported: ['invalid_request_error', 'unsupported_parameter'],
  authentication: ['authentication_error', 'invalid_api_key'],
  permission: ['permission_error', undefined],
  billing: ['billing_error', undefined],
  'not-found': ['invalid_request_error', undefined],
  conflict: ['conflict_error', undefined],
  'too-large': ['invalid_request_error', 'request_too_large'],
  'context-length': ['invalid_request_error', 'context_length_exceeded'],
  'content-policy': ['invalid_request_error', 'content_policy_violation'],
  'rate-limit': ['rate_limit_error', 'rate_limit_exceeded'],
  quota: ['insufficient_quota', 'insufficient_quota'],
  overloaded: ['overloaded_error', 'overloaded'],
  timeout: ['timeout_error', 'upstream_timeout'],
  truncated: ['server_error', 'upstream_truncated'],
  server: ['server_error', undefined],
  'client-left': ['server_error', undefined],
};

/** Errors of the gateway's own that this dialect has a word for. */
const codes: ReadonlyMap<string, string> = new Map([
  ['MODEL_UNKNOWN', 'model_not_found'],
  ['MODEL_UNSERVED', 'model_not_found'],
  ['MODEL_MISSING', 'missing_required_parameter'],
]);

/** Kinds whose upstream code says more than ours, and is safe to pass on. */
const passedOn: ReadonlySet<ErrorKind> = new Set([
  'invalid-request',
  'unsupported',
  'not-found',
  'conflict',
  'content-policy',
  'rate-limit',
  'overloaded',
  'server',
]);

/** The `error` object that clients of this dialect know. `code` is a text or null, whatever an upstream had. */
export function errorObject(error: GatewayError): JsonObject {
  const [type] = words[error.kind];
  return { message: error.message, type, param: error.param ?? null, code: codeOf(error) };
}

function codeOf(error: GatewayError): string {
  const own = codes.get(error.code);
  if (own !== undefined) return own;
  const { kind, upstream } = error;
  const said = upstream?.kind === kind && passedOn.has(kind) ? upstream.code : undefined;
  if (said !== undefined && !/^\d+$/.test(said)) return said;
  return words[kind][1] ?? error.code.toLowerCase();
}

/** The whole error answer. 529 is a status that clients of this dialect do not know. */
export function writeError(error: GatewayError): {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
} {
  return {
    status: error.status === 529 ? 503 : error.status,
    contentType: 'application/json',
    body: JSON.stringify({ error: errorObject(error) }),
  };
}
