import { readEvent } from './read-event.ts';
import { createEventSplitter } from './split-events.ts';
import type { SseEvent } from './read-event.ts';

/** Reads a stream of server-sent events as its chunks come in. */
export interface EventReader {
  /**
   * The events that the chunk completes, those without data among them.
   *
   * @throws EventTooLarge; the reader is of no use any more.
   */
  push(chunk: Uint8Array): readonly SseEvent[];
  /** What is left when the stream has ended: an event that no blank line ended is marked `unterminated`. */
  end(): readonly SseEvent[];
}

/** A reader for one stream. However the stream is cut into chunks, the events are the same. */
export function createEventReader(options: { readonly maxEventBytes: number }): EventReader {
  const splitter = createEventSplitter(options);
  let events: SseEvent[] = [];
  let isFirst = true;
  const take = (bytes: Uint8Array): void => {
    events.push(readEvent(bytes, isFirst));
    isFirst = false;
  };
  return {
    push(chunk) {
      events = [];
      splitter.push(chunk, take);
      return events;
    },
    end() {
      events = [];
      const rest = splitter.end(take);
      if (rest) events.push({ ...readEvent(rest, isFirst), unterminated: true });
      return events;
    },
  };
}
