import {
  asString,
  coreErrors,
  isObject,
  type ErrorEvent,
  type ErrorKind,
  type JsonObject,
  type UpstreamError,
} from '@tapgate/core';
import { answerError } from '../chat/errors/answer-error.ts';
import { statusOfKind } from '../chat/errors/error-kind.ts';

/** Codes that only failed responses have. */
const kinds: ReadonlyMap<string, ErrorKind> = new Map<string, ErrorKind>([
  ['invalid_prompt', 'invalid-request'],
  ['data_residency_mismatch', 'invalid-request'],
  ['bio_policy', 'content-policy'],
  ['cyber_policy', 'content-policy'],
  ['image_content_policy_violation', 'content-policy'],
  ['vector_store_timeout', 'timeout'],
  ['server_is_overloaded', 'overloaded'],
  ['slow_down', 'overloaded'],
]);

/** An error that came inside an answer, in one of its forms: `{ error }`, a flat error event, or a failed response. */
export function readFailure(json: JsonObject): UpstreamError {
  const response = json['response'];
  const holder = isObject(response) ? response : json;
  const { type, ...flat } = isObject(holder['error']) ? holder['error'] : holder;
  const said = answerError({ error: type === 'error' || type === undefined ? flat : { type, ...flat } });
  const code = asString(flat['code']) ?? '';
  const kind = kinds.get(code) ?? (/image/.test(code) ? 'invalid-request' : undefined);
  return kind === undefined ? said : { ...said, kind, status: statusOfKind(kind) };
}

/** The event that ends an answer which its provider broke off. */
export function failureEvent(upstream: UpstreamError): ErrorEvent {
  const { message, kind } = upstream;
  return { type: 'error', error: coreErrors.UPSTREAM_FAILED({ message }, { kind, upstream }) };
}

/** The event for an answer that is not of this dialect. */
export function malformed(provider: string, reason: string): ErrorEvent {
  return { type: 'error', error: coreErrors.UPSTREAM_MALFORMED({ provider, reason }) };
}
