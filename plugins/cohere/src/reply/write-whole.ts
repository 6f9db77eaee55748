import {
  type ChatEvent,
  type Citation,
  type GatewayError,
  isObject,
  type JsonObject,
  type PartDeltaEvent,
  type PartStartEvent,
  type ReplyWriter,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { ownMembers } from '../own-fields.ts';
import { writeError } from '../write-error.ts';
import { AnswerState, isPlan, isShown, wordsFor } from './answer-state.ts';
import { writeCitation } from './citation.ts';
import { PartOrder, type PartSink } from './part-order.ts';

/** Writes an answer in one document. */
export class WholeWriter implements ReplyWriter, PartSink {
  readonly contentType = 'application/json';
  readonly #context: WriterContext;
  readonly #state: AnswerState;
  readonly #order = new PartOrder(this);
  readonly #content: JsonObject[] = [];
  readonly #calls: JsonObject[] = [];
  readonly #citations: JsonObject[] = [];
  #plan = '';
  #text = '';

  constructor(context: WriterContext) {
    this.#context = context;
    this.#state = new AnswerState(context);
  }

  push(event: ChatEvent): undefined {
    this.#state.note(event);
    if (event.type === 'part-start' && isShown(event)) this.#order.start(event);
    else if (event.type === 'part-delta') this.#order.delta(event);
    else if (event.type === 'part-end') this.#order.end(event);
    else if (event.type === 'source' && event.choice === 0) this.#order.source(event);
    return undefined;
  }

  end(): string {
    this.#order.finish();
    const { failure, id, message, end, more } = this.#state;
    // No status has gone out yet: an error must not be told under that of a success.
    if (failure !== undefined) throw failure;
    return writeJson({ id, ...more, ...end, message: { ...this.#message(), ...message } });
  }

  fail(error: GatewayError): string {
    return writeError(error, this.#context.id).body;
  }

  open(): void {
    this.#text = '';
  }

  delta(_part: PartStartEvent, { text }: PartDeltaEvent): void {
    this.#text += text;
  }

  source(citation: Citation): void {
    this.#citations.push(writeCitation(citation));
  }

  close(part: PartStartEvent): void {
    if (part.kind === 'tool-call') {
      const call = this.#state.call(part);
      const called = isObject(call['function']) ? call['function'] : {};
      this.#calls.push({ ...call, function: { ...called, arguments: this.#text === '' ? '{}' : this.#text } });
    } else if (isPlan(part)) this.#plan += this.#text;
    else this.#content.push(contentOf(part, this.#text));
  }

  #message(): JsonObject {
    const acts = this.#calls.length > 0 || this.#plan !== '';
    const hasContent = this.#content.length > 0 || !acts || this.#state.hasEmptyContent;
    return {
      role: 'assistant',
      ...(this.#plan !== '' && { tool_plan: this.#plan }),
      ...(hasContent && { content: this.#content }),
      ...(this.#calls.length > 0 && { tool_calls: this.#calls }),
      ...(this.#citations.length > 0 && { citations: this.#citations }),
    };
  }
}

function contentOf(part: PartStartEvent, text: string): JsonObject {
  switch (part.kind) {
    case 'opaque':
      return isObject(part.json) ? part.json : {};
    case 'media':
      return { type: 'text', text: wordsFor(part) };
    case 'reasoning':
      return { type: 'thinking', thinking: text, ...ownMembers(part) };
    default:
      return { type: 'text', text, ...ownMembers(part) };
  }
}
