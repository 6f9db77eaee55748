import { inPieces } from '../chunkings.ts';
import { readSse, sseText, type SseFrame } from '../sse.ts';
import { step, type CutBy, type Script, type Step } from './step.ts';

/** How a stream of events is sent. */
export interface SseOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Before each event but the first, milliseconds. */
  readonly paceMs?: number;
  /** Body bytes after which the answer ends, by `cutBy`, `close` unless it says otherwise. */
  readonly cutAt?: number;
  readonly cutBy?: CutBy;
  /** Bytes a write, in place of an event a write. */
  readonly chunkSize?: number;
  /** The writes themselves, such as one of `chunkings` gives them; they stand for the events. */
  readonly chunks?: readonly Uint8Array[];
}

type Headers = Readonly<Record<string, string>>;

/** Whole scripts for the answers that tests need most. */
export const reply: {
  json(status: number, body: unknown, headers?: Headers): Script;
  /** A body that is not JSON, such as a proxy's page. */
  text(status: number, text: string, headers?: Headers): Script;
  bytes(status: number, bytes: Uint8Array, headers?: Headers): Script;
  /** Events, or a stream's text or bytes as they are. */
  sse(events: string | Uint8Array | readonly (string | SseFrame)[], options?: SseOptions): Script;
  /** Takes the request and says nothing. */
  stall(): Script;
  /** Closes the connection without a word, or resets it. */
  hangUp(by?: 'close' | 'reset'): Script;
} = {
  json: (status, body, headers) =>
    sized(status, Buffer.from(JSON.stringify(body)), { 'content-type': 'application/json', ...headers }),
  text: (status, text, headers) =>
    sized(status, Buffer.from(text), { 'content-type': 'text/html; charset=utf-8', ...headers }),
  bytes: (status, bytes, headers = {}) => sized(status, bytes, headers),
  sse,
  stall: () => [step.stall()],
  hangUp: (by = 'close') => [by === 'reset' ? step.reset() : step.cut()],
};

function sized(status: number, bytes: Uint8Array, headers: Headers): Script {
  return [step.head(status, { 'content-length': String(bytes.byteLength), ...headers }), step.write(bytes)];
}

function sse(events: Parameters<typeof reply.sse>[0], options: SseOptions = {}): Script {
  const { status = 200, headers = {}, paceMs, cutAt, cutBy = 'close' } = options;
  const written = withCut(writesOf(events, options), cutAt);
  return [
    step.head(status, { 'content-type': 'text/event-stream', ...headers }),
    ...written.flatMap((bytes, at): Step[] =>
      at > 0 && paceMs !== undefined ? [step.sleep(paceMs), step.write(bytes)] : [step.write(bytes)],
    ),
    ...(cutAt === undefined ? [] : [{ do: 'cut', by: cutBy } as const]),
  ];
}

function writesOf(events: Parameters<typeof reply.sse>[0], options: SseOptions): readonly Uint8Array[] {
  if (options.chunks) return options.chunks;
  if (typeof events !== 'string' && !(events instanceof Uint8Array) && options.chunkSize === undefined) {
    return events.map((frame) => Buffer.from(sseText([frame])));
  }
  const bytes =
    events instanceof Uint8Array ? events : Buffer.from(typeof events === 'string' ? events : sseText(events));
  if (options.chunkSize !== undefined) return inPieces(bytes, options.chunkSize);
  return options.paceMs === undefined ? [bytes] : byEvent(bytes);
}

/** The bytes cut before each event. */
function byEvent(bytes: Uint8Array): readonly Uint8Array[] {
  const text = Buffer.from(bytes).toString('latin1');
  const starts = readSse(text).map((event) => event.at);
  if (starts.length === 0) return [bytes];
  return starts.map((_, at) => bytes.subarray(at === 0 ? 0 : starts[at], starts[at + 1] ?? bytes.byteLength));
}

function withCut(writes: readonly Uint8Array[], cutAt: number | undefined): readonly Uint8Array[] {
  if (cutAt === undefined) return writes;
  let left = cutAt;
  return writes.flatMap((bytes) => {
    const part = bytes.subarray(0, left);
    left -= part.byteLength;
    return part.byteLength > 0 ? [part] : [];
  });
}
