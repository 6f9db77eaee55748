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
  parseObject,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/** Statuses that mean something else here than elsewhere. */
const kinds: Readonly<Record<number, ErrorKind>> = { 422: 'invalid-request', 498: 'content-policy', 499: 'server' };

/**
 * An upstream's error answer: an id and a sentence.
 *
 * @see https://docs.cohere.com/reference/errors
 */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const document = parseObject(text);
  const message = scrubMessage(messageOf(document) ?? textOfPage(text));
  return defined({
    kind: kindBy(message, kinds[status] ?? kindOf(status)),
    status,
    message: message === '' ? `The provider answered with status ${status}.` : message,
    requestId: asString(document?.['id']) ?? headers.get('x-request-id'),
    retryAfterMs: retryAfterOf(headers),
  });
}

/** An error that an upstream said in an answer of status 200. */
export function upstreamError(said: string | undefined, kind: ErrorKind = 'server'): GatewayError {
  const status = kind === 'timeout' ? 504 : 500;
  const message = scrubMessage(said ?? '') || 'The model stopped without a reason.';
  return coreErrors.UPSTREAM_FAILED({ message }, { kind, upstream: { kind, status, message } });
}

/** The sentence of a document that is an error: where an answer has its message as an object, an error has it as a text. */
export function messageOf(document: JsonObject | undefined): string | undefined {
  if (document === undefined) return undefined;
  const { message, error, detail } = document;
  const [first] = isArray(detail) ? detail : [];
  const nested = isObject(error) ? error['message'] : error;
  return asString(message) ?? asString(nested) ?? asString(isObject(first) ? first['msg'] : detail);
}

/** What a page of a proxy says: its title, else its heading. A text that is no page is what it says. */
function textOfPage(text: string): string {
  if (!text.trimStart().startsWith('<')) return text;
  return /<(title|h1)[^>]*>([^<]+)</i.exec(text.slice(0, 20_000))?.[2] ?? '';
}

/** What only the sentence tells. */
function kindBy(message: string, kind: ErrorKind): ErrorKind {
  if (kind === 'rate-limit' && /trial key|monthly|billing|quota/i.test(message)) return 'quota';
  if (kind !== 'invalid-request' && kind !== 'too-large') return kind;
  if (saysContextLength(message) || /too many tokens: .*(?:size limit|total number of tokens)/i.test(message))
    return 'context-length';
  return kind;
}
