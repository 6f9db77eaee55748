import { createEventSplitter, readEvent, type EventSplitter } from '@tapgate/core';
import { JsonSplitter } from './split-json.ts';

/**
 * Cuts a stream into its events, whichever way it is framed: the first byte tells. Without `alt=sse` the API gives one
 * JSON array, and an error may come bare where events were due.
 *
 * @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export function createSplitter(options: { readonly maxEventBytes: number }): EventSplitter {
  let inner: EventSplitter | undefined;
  return {
    push(chunk, onEvent) {
      inner ??= beginsWithJson(chunk) ? new JsonSplitter(options.maxEventBytes) : createEventSplitter(options);
      inner.push(chunk, onEvent);
    },
    end: (onEvent) => inner?.end(onEvent),
  };
}

function beginsWithJson(chunk: Uint8Array): boolean {
  const first = chunk.find((byte) => byte > 0x20);
  return first === 0x5b || first === 0x7b;
}

/** The JSON text of an event of either framing; undefined where there is none: a comment, a closing bracket. */
export function jsonOf(event: Uint8Array): string | undefined {
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8').trim();
  if (text.startsWith('data:') && !text.includes('\n')) return text.slice('data:'.length).trim();
  if (/^[[,{\]]/.test(text)) return text.replace(/^[[,\s]+/, '').replace(/^\]$/, '') || undefined;
  return readEvent(event).data;
}
