import {
  asString,
  coreErrors,
  defined,
  type ErrorKind,
  type GatewayError,
  type HeaderMap,
  isArray,
  isObject,
  type JsonObject,
  kindOf,
  readJson,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/** What each type of error is, and its usual status. */
const types: Readonly<Record<string, readonly [kind: ErrorKind, status: number]>> = {
  invalid_request_error: ['invalid-request', 400],
  authentication_error: ['authentication', 401],
  billing_error: ['billing', 402],
  permission_error: ['permission', 403],
  not_found_error: ['not-found', 404],
  request_too_large: ['too-large', 413],
  rate_limit_error: ['rate-limit', 429],
  api_error: ['server', 500],
  timeout_error: ['timeout', 504],
  overloaded_error: ['overloaded', 529],
};

/**
 * An upstream's error answer.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const said = readErrorBody(documentOf(text), status, text);
  return defined({
    ...said,
    status,
    requestId: headers.get('request-id') ?? said.requestId,
    retryAfterMs: retryAfterOf(headers),
  });
}

/** An error's document, or one that a stream or an answer of status 200 brings; of the latter the status is told by its type. */
export function readErrorBody(document: JsonObject | undefined, status?: number, text = ''): UpstreamError {
  const error = document?.['error'];
  const said = isObject(error) ? error : document;
  const type = asString(said?.['type']);
  const known = type !== undefined && Object.hasOwn(types, type) ? types[type] : undefined;
  const message = scrubMessage(messageOf(error, said) ?? textOfPage(text));
  const real = status ?? known?.[1] ?? 500;
  const details = isObject(said?.['details']) ? said['details'] : undefined;
  return defined({
    kind: kindBy(message, known?.[0] ?? kindOf(real), asString(details?.['error_code'])),
    status: real,
    message: message === '' ? `The provider answered with status ${real}.` : message,
    type: type === 'error' ? undefined : type,
    code: asString(details?.['error_code']),
    requestId: asString(document?.['request_id']),
  });
}

/** An error that an upstream said in an answer of status 200. */
export function upstreamError(document: JsonObject): GatewayError {
  const said = readErrorBody(document);
  return coreErrors.UPSTREAM_FAILED({ message: said.message }, { kind: said.kind, upstream: said });
}

function documentOf(text: string): JsonObject | undefined {
  try {
    const value = readJson(text);
    const first = isArray(value) ? value[0] : value;
    return isObject(first) ? first : undefined;
  } catch {
    return undefined;
  }
}

/** What a page of a proxy says: its title, else its heading. A text that is no page is what it says. */
function textOfPage(text: string): string {
  if (!/^\s*<(?:!doctype|html|head|body|\?xml)/i.test(text)) return text;
  return /<(title|h1)[^>]*>([^<]+)</i.exec(text.slice(0, 20_000))?.[2] ?? '';
}

/** The sentence, wherever a proxy in between may have put it. */
function messageOf(error: unknown, said: JsonObject | undefined): string | undefined {
  if (typeof error === 'string') return error;
  return asString(said?.['message']) ?? asString(said?.['detail']) ?? asString(said?.['Message']);
}

/** What only the sentence tells: agents shorten the conversation when they hear of its length, and operators fill an account. */
function kindBy(message: string, kind: ErrorKind, code: string | undefined): ErrorKind {
  if (/credit balance is too low|spend limit/i.test(message) || code?.endsWith('spend_limit_reached')) return 'billing';
  if (kind !== 'invalid-request' && kind !== 'too-large') return kind;
  if (saysContextLength(message, code)) return 'context-length';
  return /content filtering policy|usage policy/i.test(message) ? 'content-policy' : kind;
}
