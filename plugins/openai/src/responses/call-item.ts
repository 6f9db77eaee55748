import type { JsonObject } from '@tapgate/core';
import { OutputItem, type ItemStatus, type OutputItemOf } from './output-item.ts';
import { WrittenText } from './written-text.ts';

/** A call that the client must run: of a function, whose arguments are JSON, or of a custom tool, whose input is any text. */
export class CallItem extends OutputItem {
  readonly #callId: string;
  readonly #name: string;
  readonly #custom: boolean;
  readonly #args = new WrittenText();

  constructor(of: OutputItemOf, callId: string, name: string, custom: boolean) {
    super(of);
    this.#callId = callId;
    this.#name = name;
    this.#custom = custom;
  }

  protected members(status: ItemStatus): JsonObject {
    const call = { call_id: this.#callId, name: this.#name };
    if (this.#custom) return { id: this.id, type: 'custom_tool_call', ...call, input: this.#args.json };
    return { id: this.id, type: 'function_call', status, ...call, arguments: this.#args.json };
  }

  delta(text: string): void {
    this.#args.add(text);
    const type = this.#custom ? 'response.custom_tool_call_input.delta' : 'response.function_call_arguments.delta';
    this.emitter.emit(type, `${this.place},"delta":${JSON.stringify(text)}`);
  }

  /** A function without arguments is called with an empty object: an empty text is no JSON. */
  protected finish(): void {
    if (this.#custom) {
      this.emitter.emit('response.custom_tool_call_input.done', `${this.place},"input":${this.#args.json.text}`);
      return;
    }
    if (this.#args.text.trim() === '') this.delta('{}');
    const fields = `${this.place},"name":${JSON.stringify(this.#name)},"arguments":${this.#args.json.text}`;
    this.emitter.emit('response.function_call_arguments.done', fields);
  }
}
