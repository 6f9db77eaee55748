import { retryAfterOf, type HeaderMap, type Json, type UpstreamError } from '@tapgate/core';
import { readErrorShape, type SaidError } from './error-shape.ts';
import { upstreamErrorOf } from './upstream-error.ts';

/** More of a body than this is not looked at: an error says what it has to say before. */
const maxBytes = 262_144;

/** Headers by which servers name a request. */
const requestIds = ['x-request-id', 'request-id', 'apim-request-id', 'x-ds-trace-id', 'cf-ray'] as const;

/** Reads an error answer, of whatever shape and type: JSON of several forms, a text, a page, nothing. */
export function readError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const said = readBody(
    Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, maxBytes)).toString('utf8'),
  );
  const requestId = said.requestId ?? requestIds.map((name) => headers.get(name)).find((id) => id !== undefined);
  const retryAfterMs = retryAfterOf(headers) ?? said.retryAfterMs;
  return upstreamErrorOf(status, {
    ...said,
    ...(requestId !== undefined && { requestId }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function readBody(text: string): SaidError {
  const trimmed = text.trim();
  if (trimmed === '') return { message: '' };
  const json = parsed(trimmed);
  if (json !== undefined) return readErrorShape(json) ?? { message: '' };
  return { message: isPage(trimmed) ? titleOf(trimmed) : trimmed };
}

function parsed(text: string): Json | undefined {
  if (!/^[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isPage(text: string): boolean {
  return /^<[a-z!?]/i.test(text);
}

/** A page's title, or what it says without its tags. */
function titleOf(page: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(page)?.[1]?.trim();
  if (title) return title;
  return page
    .slice(0, 10_000)
    .replaceAll(/<(script|style)[^]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ');
}
