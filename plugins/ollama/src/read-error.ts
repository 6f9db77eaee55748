import {
  asString,
  coreErrors,
  defined,
  type ErrorKind,
  type GatewayError,
  type HeaderMap,
  isObject,
  type JsonObject,
  kindOf,
  parseObject,
  retryAfterOf,
  saysContextLength,
  scrubMessage,
  type UpstreamError,
} from '@tapgate/core';

/**
 * An upstream's error answer: one sentence.
 *
 * @see https://docs.ollama.com/api/errors
 */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  const message = scrubMessage(messageOf(parseObject(text)) ?? textOfPage(text));
  return defined({
    kind: kindBy(message, kindOf(status)),
    status,
    message: message === '' ? `The provider answered with status ${status}.` : message,
    requestId: headers.get('x-request-id'),
    retryAfterMs: retryAfterOf(headers),
  });
}

/** An error that an upstream said in an answer of status 200. */
export function upstreamError(said: string): GatewayError {
  const message = scrubMessage(said) || 'The model stopped without a reason.';
  const kind = kindBy(message, 'server');
  return coreErrors.UPSTREAM_FAILED({ message }, { kind, upstream: { kind, status: 500, message } });
}

/** The sentence of a document that is an error. */
export function messageOf(document: JsonObject | undefined): string | undefined {
  const error = document?.['error'];
  return asString(isObject(error) ? error['message'] : error);
}

/** What a page of a proxy says: its title, else its heading. A text that is no page is what it says. */
function textOfPage(text: string): string {
  if (!text.trimStart().startsWith('<')) return text;
  return /<(title|h1)[^>]*>([^<]+)</i.exec(text.slice(0, 20_000))?.[2] ?? '';
}

/** What only the sentence tells. */
function kindBy(message: string, kind: ErrorKind): ErrorKind {
  const isOpen = kind === 'invalid-request' || kind === 'too-large' || kind === 'server';
  if (isOpen && (saysContextLength(message) || /exceeds? (?:the )?(?:available )?context/i.test(message)))
    return 'context-length';
  return kind;
}
