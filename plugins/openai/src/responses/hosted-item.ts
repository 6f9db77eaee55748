import { asString, isObject, RawJson, type Json, type JsonObject } from '@tapgate/core';
import { OutputItem, type OutputItemOf } from './output-item.ts';

/** Events that clients know of items which the vendor ran by itself. All others would make a strict client throw. */
const progress: ReadonlySet<string> = new Set([
  'response.web_search_call.in_progress',
  'response.web_search_call.searching',
  'response.web_search_call.completed',
  'response.file_search_call.in_progress',
  'response.file_search_call.searching',
  'response.file_search_call.completed',
  'response.code_interpreter_call.in_progress',
  'response.code_interpreter_call.interpreting',
  'response.code_interpreter_call.completed',
  'response.code_interpreter_call_code.delta',
  'response.code_interpreter_call_code.done',
  'response.image_generation_call.in_progress',
  'response.image_generation_call.generating',
  'response.image_generation_call.partial_image',
  'response.image_generation_call.completed',
  'response.mcp_list_tools.in_progress',
  'response.mcp_list_tools.completed',
  'response.mcp_list_tools.failed',
  'response.mcp_call.in_progress',
  'response.mcp_call.completed',
  'response.mcp_call.failed',
  'response.mcp_call_arguments.delta',
  'response.mcp_call_arguments.done',
  'response.compaction.compacting',
]);

/** Members that are written anew in every event. */
const placed: ReadonlySet<string> = new Set(['type', 'sequence_number', 'item_id', 'output_index']);

/** An item of this dialect that the canonical form has no word for. */
export class HostedItem extends OutputItem {
  /** What an item must not change once it was announced. */
  readonly #lasting: JsonObject;
  #json: JsonObject;

  constructor(of: OutputItemOf, json: JsonObject) {
    super(of);
    const callId = asString(json['call_id']);
    this.#lasting = { id: this.id, type: asString(json['type']) ?? 'unknown', ...(callId && { call_id: callId }) };
    this.#json = json;
  }

  protected members(): JsonObject {
    return { ...this.#json, ...this.#lasting };
  }

  protected finish(): void {}

  /** An event on the way to it. */
  progress(type: string, event: JsonObject): void {
    if (!progress.has(type) || this.closed) return;
    const own = Object.entries(event).filter(([name]) => !placed.has(name));
    const fields = own.map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`);
    this.emitter.emit(type, `${this.place}${fields.join('')}`);
  }

  /** The item as it is in the end. */
  settle(json: JsonObject): void {
    this.#json = json;
    this.close('completed');
  }
}

/** An opaque value as an object; nothing where it is none. */
export function objectOf(json: RawJson | JsonObject | Json | undefined): JsonObject | undefined {
  const value = json instanceof RawJson ? json.value : json;
  return isObject(value) ? value : undefined;
}
