import { coreErrors, type GatewayError } from '../errors.ts';
import type { ByteStream } from '../reply.ts';
import { codingsOf, decoded } from './content-coding.ts';
import { capped } from './size-cap.ts';
import type { UpstreamResponse } from './upstream.ts';

/** Content types that are a row of events, of any length altogether. */
const eventStream = /^(text|application)\/[\w.+-]*(event-?stream|ndjson|jsonl|json-seq)/i;

/** What an answer's head makes of its bytes: without their codings, and bounded unless they are a stream of events. Or why it is none. */
export function responseOf(
  status: number,
  raw: Readonly<Record<string, string | string[] | undefined>>,
  body: ByteStream,
  provider: string,
  maxReplyBytes: number,
): UpstreamResponse | GatewayError {
  if (status >= 300 && status < 400) return coreErrors.UPSTREAM_REDIRECT({ provider });
  if (status === 407)
    return coreErrors.UPSTREAM_UNREACHABLE({ provider, reason: 'a proxy on the way asks for a credential' });
  const headers = headerMap(raw);
  const codings = codingsOf(headers.get('content-encoding'));
  if (!codings) return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'its content coding is not known here' });
  const whole = !eventStream.test(headers.get('content-type') ?? '');
  const tooLarge = (): GatewayError => coreErrors.UPSTREAM_TOO_LARGE({ provider, limit: maxReplyBytes });
  const length = Number(headers.get('content-length') ?? Number.NaN);
  if (whole && length > maxReplyBytes) return tooLarge();
  headers.delete('content-encoding');
  // What says how long it is comes no longer than that.
  if (codings.length === 0) {
    const isBounded = !whole || length <= maxReplyBytes;
    return { status, headers, bytes: isBounded ? body : capped(body, maxReplyBytes, tooLarge) };
  }
  headers.delete('content-length');
  const bytes = decoded(body, codings, provider);
  return { status, headers, bytes: whole ? capped(bytes, maxReplyBytes, tooLarge) : bytes };
}

function headerMap(raw: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  const headers = new Map<string, string>();
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return headers;
}
