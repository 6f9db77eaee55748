import { writeJson, type FinishEvent, type FinishReason, type JsonObject } from '@tapgate/core';
import { notesOf } from './own.ts';

/** How a response ended, in the API's words. */
export interface Ending {
  readonly status: string;
  readonly incompleteReason?: string;
}

const words: Readonly<Record<FinishReason, Ending>> = {
  stop: { status: 'completed' },
  'stop-sequence': { status: 'completed' },
  'tool-calls': { status: 'completed' },
  refusal: { status: 'completed' },
  pause: { status: 'completed' },
  length: { status: 'incomplete', incompleteReason: 'max_output_tokens' },
  'context-window': { status: 'incomplete', incompleteReason: 'max_output_tokens' },
  'content-filter': { status: 'incomplete', incompleteReason: 'content_filter' },
  cancelled: { status: 'cancelled' },
  error: { status: 'failed' },
  other: { status: 'completed' },
};

/** Statuses of answers that are not there yet. A stream cannot end with one. */
const waiting: ReadonlySet<string> = new Set(['queued', 'in_progress']);

/** How a response ends. Where the reason says nothing the upstream's own word does, if that was this dialect's. */
export function endingOf(finish: FinishEvent | undefined, streamed: boolean): Ending {
  const { $status = '' } = finish === undefined ? {} : notesOf(finish);
  if (finish?.reason !== 'other') return words[finish?.reason ?? 'stop'];
  if ($status === 'incomplete') return { status: $status, incompleteReason: finish.raw ?? 'other' };
  return waiting.has($status) && !streamed ? { status: $status } : words.other;
}

/** The event that ends a stream with such a status. */
export function endEvent(status: string): string {
  if (status === 'failed' || status === 'cancelled') return 'response.failed';
  return status === 'completed' ? 'response.completed' : 'response.incomplete';
}

/** A response object as JSON. `output` and `usage` are JSON already. */
export function responseJson(
  head: JsonObject,
  fields: JsonObject,
  ending: Ending,
  output: string,
  usage: string,
): string {
  const { status, incompleteReason } = ending;
  const why = incompleteReason === undefined ? {} : { incomplete_details: { reason: incompleteReason } };
  const text = writeJson({ ...head, status, error: null, incomplete_details: null, ...fields, ...why });
  return `${text.slice(0, -1)},"output":${output},"usage":${usage}}`;
}
