import { EventStreamCodec } from '@smithy/eventstream-codec';

/** One message of an event stream: its headers, as far as they are texts, and its payload. */
export interface Frame {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Bytes that are no message: a checksum that does not fit, or a length that cannot be. */
export class FrameBroken extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'FrameBroken';
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
const codec = new EventStreamCodec(textOf as (input: unknown) => string, (text) => Buffer.from(text));

/**
 * A whole message, both checksums tried.
 *
 * @see https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
 * @throws FrameBroken
 */
export function readFrame(bytes: Uint8Array): Frame {
  let message: ReturnType<typeof codec.decode>;
  try {
    message = codec.decode(bytes);
  } catch {
    throw new FrameBroken('a checksum of its stream does not fit');
  }
  const headers: Record<string, string> = {};
  for (const [name, { value }] of Object.entries(message.headers)) if (typeof value === 'string') headers[name] = value;
  return { headers, payload: message.body };
}

/** A message's bytes, with their checksums. */
export function writeFrame({ headers, payload }: Frame): Uint8Array {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }] as const);
  return codec.encode({ headers: Object.fromEntries(typed), body: payload });
}
