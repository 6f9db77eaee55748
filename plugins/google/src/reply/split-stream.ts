import { createEventSplitter, isArray, isObject, readEvent, type EventSplitter, type JsonObject } from '@tapgate/core';
import { JsonSplitter } from './split-json.ts';

/**
 * Cuts a stream into its events, whichever way it is framed: the first byte tells. Without `alt=sse` the API gives one
 * JSON array, and an error may come bare where events were due.
 *
 * @see https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export function createSplitter(options: { readonly maxEventBytes: number }): EventSplitter {
  let inner: EventSplitter | undefined;
  /** White space that came before the byte that tells. */
  let blank: Uint8Array = new Uint8Array(0);
  return {
    push(chunk, onEvent) {
      if (inner !== undefined) {
        inner.push(chunk, onEvent);
        return;
      }
      const bytes = blank.byteLength === 0 ? chunk : Buffer.concat([blank, chunk]);
      const first = bytes.find((byte) => byte > 0x20);
      blank = bytes;
      if (first === undefined) return;
      inner = first === 0x5b || first === 0x7b ? new JsonSplitter(options.maxEventBytes) : createEventSplitter(options);
      inner.push(bytes, onEvent);
    },
    end(onEvent) {
      if (inner !== undefined) return inner.end(onEvent);
      return blank.byteLength === 0 ? undefined : blank;
    },
  };
}

/** The JSON text of an event of either framing; undefined where there is none: a comment, a closing bracket. */
export function jsonOf(event: Uint8Array): string | undefined {
  const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8').trim();
  if (text.startsWith('data:') && !text.includes('\n')) return text.slice('data:'.length).trim();
  if (/^[[,{\]]/.test(text)) return text.replace(/^[[,\s]+/, '').replace(/^\]$/, '') || undefined;
  return readEvent(event).data;
}

/** The object of an event's text: an error may come in a list of its own. */
export function responseIn(text: string, parse: (text: string) => unknown): JsonObject | undefined {
  const value = parse(text);
  const first: unknown = isArray(value) ? value[0] : value;
  return isObject(first) ? first : undefined;
}
