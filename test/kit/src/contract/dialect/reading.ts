import { createEventSplitter, type ChatEvent, type ReplyObserver, type ReplyReader } from '@tapgate/core';
import type { AnswerSample } from './samples.ts';
import type { PreparedDialect } from './subject.ts';

/** A reader for the sample. */
export function readerFor({ dialect, able }: PreparedDialect, { streamed, framing }: Framed): ReplyReader {
  return dialect.reader({ streamed, provider: 'kit', able, ...(framing === undefined ? {} : { framing }) });
}

/** How an answer is cut into events, as far as it is known. */
export type Framed = Pick<AnswerSample, 'streamed' | 'framing'>;

/** All events of an answer, that of its end among them. */
export function read(subject: PreparedDialect, framed: Framed, chunks: readonly Uint8Array[]): readonly ChatEvent[] {
  const reader = readerFor(subject, framed);
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

/** An observer for the sample, as for a client that asked for usage. */
export function observerFor({ dialect }: PreparedDialect, { streamed, framing }: Framed): ReplyObserver {
  const operation = dialect.translates[0] ?? 'chat';
  return dialect.observer({ operation, streamed, wantUsage: true, ...(framing === undefined ? {} : { framing }) });
}

/** A stream cut into its whole events, by the dialect's own splitter where it has one. */
export function wholeEvents(
  { dialect }: PreparedDialect,
  { framing }: Framed,
  stream: Uint8Array,
): readonly Uint8Array[] {
  const of = { maxEventBytes: 64 * 1024 * 1024, ...(framing === undefined ? {} : { framing }) };
  const splitter = dialect.splitter?.(of) ?? createEventSplitter(of);
  const events: Uint8Array[] = [];
  const take = (event: Uint8Array): void => {
    events.push(Uint8Array.from(event));
  };
  splitter.push(stream, take);
  const rest = splitter.end(take);
  return rest && rest.byteLength > 0 ? [...events, Uint8Array.from(rest)] : events;
}

/** The events as they can be compared: an error by what it says. */
export function comparable(events: readonly ChatEvent[]): readonly unknown[] {
  return events.map((event) => {
    if (event.type !== 'error') return event;
    const { code, kind, message } = event.error;
    return { type: 'error', code, kind, message };
  });
}

export const failureOf = (events: readonly ChatEvent[]): Extract<ChatEvent, { type: 'error' }> | undefined =>
  events.find((event) => event.type === 'error');

/** At most so many of them, spread evenly. */
export function some<T>(of: readonly T[], most: number): readonly T[] {
  if (of.length <= most) return of;
  return Array.from({ length: most }, (_, at) => of[Math.floor((at * of.length) / most)] as T);
}
