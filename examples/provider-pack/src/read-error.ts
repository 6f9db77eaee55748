import {
  asString,
  defined,
  type ErrorKind,
  type HeaderMap,
  isObject,
  type Json,
  kindOf,
  parseObject,
  asNumber,
  retryAfterOf,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/** Lumen's own words for what went wrong, where they say more than the status. */
const kinds: Readonly<Record<string, ErrorKind>> = {
  key_invalid: 'authentication',
  purse_empty: 'billing',
  too_fast: 'rate-limit',
  dialog_too_long: 'context-length',
  unknown_model: 'not-found',
  unsafe: 'content-policy',
  dimmed: 'overloaded',
};

/** An answer of status 400 and above: `{ "fault": { "code", "message", "wait_ms" } }`, or a page of whatever is in between. */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const document = parseObject(Buffer.from(body).toString('utf8'));
  const said = faultOf(document?.['fault'], status);
  return { ...defined({ retryAfterMs: retryAfterOf(headers), requestId: headers.get('x-request-id') }), ...said };
}

/** A fault wherever it stands: in an answer of its own, or in the middle of a stream. */
export function faultOf(fault: Json | undefined, status = 500): UpstreamError {
  const said = isObject(fault) ? fault : {};
  const code = asString(said['code']);
  const message = scrubMessage(asString(said['message']) ?? '');
  return defined({
    kind: kinds[code ?? ''] ?? kindOf(status),
    status,
    message: message === '' ? `Lumen answered with status ${status}.` : message,
    code,
    retryAfterMs: asNumber(said['wait_ms']),
  });
}
