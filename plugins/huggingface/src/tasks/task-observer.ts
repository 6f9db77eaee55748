import {
  asNumber,
  type GatewayError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  noUsage,
  parseObject,
  readEvent,
  type ReplyObserver,
  seen,
  type UpstreamError,
  type Usage,
  writeEvent,
} from '@tapgate/core';
import { errorObject, taskError } from './task-error.ts';

const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

/**
 * Looks at the answer to a task. Most are documents of the task's own form; generated text may also come as a stream, whose
 * last event has the whole of it.
 *
 * @see https://huggingface.co/docs/inference-providers/tasks/index
 * @see https://huggingface.github.io/text-generation-inference/
 */
export class TaskObserver implements ReplyObserver {
  usage: Usage | undefined;
  readonly model = undefined;
  error: UpstreamError | undefined;
  complete = false;

  event(bytes: Uint8Array): number {
    const { data } = readEvent(bytes);
    const text = data?.trim();
    if (text === undefined || text === '') return 0;
    const json = parseObject(text);
    if (json === undefined) return seen.broken;
    if (json['error'] !== undefined) return this.#failed(json);
    this.#read(json);
    if (typeof json['generated_text'] !== 'string') return seen.content;
    this.complete = true;
    return seen.content | seen.terminal;
  }

  whole(bytes: Uint8Array): number {
    this.complete = true;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
    const closer = closers[text[0] ?? ''];
    if (closer !== undefined && !text.endsWith(closer)) return seen.broken;
    if (closer === '}') {
      const json = parseObject(text);
      if (json === undefined) return seen.broken;
      if (json['error'] !== undefined) return this.#failed(json);
      this.#read(json);
    }
    // Only generated text is counted; vectors and labels are not read for nothing.
    if (closer === ']' && text.includes('"generated_tokens"')) this.#readList(text);
    return seen.content | seen.terminal;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(writeEvent({ data: JSON.stringify(errorObject(error)) }));
  }

  #failed(json: JsonObject): number {
    this.error = taskError(json);
    return seen.error;
  }

  #readList(text: string): void {
    const first = parseObject(`{"all":${text}}`)?.['all'];
    if (isArray(first) && isObject(first[0])) this.#read(first[0]);
  }

  #read(json: JsonObject): void {
    const details = json['details'];
    if (!isObject(details)) return;
    const output = countOf(details['generated_tokens']);
    if (output === undefined) return;
    const prefill = isArray(details['prefill']) ? details['prefill'].length : 0;
    const input = countOf(details['input_length']) ?? prefill;
    this.usage = { ...noUsage, input, output, raw: details };
  }
}

function countOf(value: Json | undefined): number | undefined {
  const count = asNumber(value);
  return count !== undefined && Number.isFinite(count) && count >= 0 ? count : undefined;
}
