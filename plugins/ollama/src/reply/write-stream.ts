import {
  type ChatEvent,
  type GatewayError,
  isObject,
  type JsonObject,
  type PartDeltaEvent,
  type PartStartEvent,
  type ReplyWriter,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errorLine } from '../write-error.ts';
import { AnswerState, isShown } from './answer-state.ts';
import { joinMembers } from './join-members.ts';
import { writeCall, writeMedia } from './write-part.ts';

/** Writes an answer as a stream: one document a line. */
export class StreamWriter implements ReplyWriter {
  readonly contentType = 'application/x-ndjson';
  readonly #context: WriterContext;
  readonly #state: AnswerState;
  readonly #parts = new Map<string, { readonly start: PartStartEvent; text: string }>();
  #calls = 0;
  /** Members that a line of this dialect had, for the next one. */
  #rest: JsonObject = {};
  #text = '';

  constructor(context: WriterContext) {
    this.#context = context;
    this.#state = new AnswerState(context);
  }

  push(event: ChatEvent): string | undefined {
    this.#state.note(event);
    switch (event.type) {
      case 'part-start':
        if (isShown(event)) this.#start(event);
        break;
      case 'part-delta':
        this.#delta(event);
        break;
      case 'part-end':
        this.#end(event.part);
        break;
      case 'opaque':
        if (event.dialect === dialectName) this.#hold(event.json);
        break;
      case 'error':
        return this.#taken() + errorLine(event.error);
      default:
    }
    return this.#taken() || undefined;
  }

  end(): string {
    for (const part of this.#parts.keys()) this.#end(part);
    const { failure, end } = this.#state;
    if (failure !== undefined) return this.#taken() + errorLine(failure);
    this.#line({ content: '' }, end);
    return this.#taken();
  }

  fail(error: GatewayError): string {
    return errorLine(error);
  }

  #start(start: PartStartEvent): void {
    if (start.kind === 'media') this.#line({ content: '', ...writeMedia(start) });
    else this.#parts.set(start.part, { start, text: '' });
  }

  #delta({ part, text }: PartDeltaEvent): void {
    const open = this.#parts.get(part);
    if (open === undefined || text === '') return;
    if (open.start.kind === 'tool-call') open.text += text;
    else this.#line(open.start.kind === 'reasoning' ? { content: '', thinking: text } : { content: text });
  }

  /** Calls go out whole, because a client is not given half of one. */
  #end(part: string): void {
    const open = this.#parts.get(part);
    this.#parts.delete(part);
    if (open?.start.kind !== 'tool-call') return;
    const index = this.#calls;
    const call = writeCall(open.start, open.text, index, `call_${this.#context.id}_${index}`);
    if (call === undefined) this.#state.malformed ??= open.start.name ?? '';
    else {
      this.#calls += 1;
      this.#line({ content: '', tool_calls: [call] });
    }
  }

  #hold(rest: JsonObject): void {
    // Nothing that a line says may be lost by the next one's.
    if (Object.keys(rest).some((name) => Object.hasOwn(this.#rest, name))) this.#line({ content: '' });
    this.#rest = { ...this.#rest, ...rest };
  }

  #line(message: JsonObject, end: JsonObject = { done: false }): void {
    const { message: more, ...rest } = this.#rest;
    this.#rest = {};
    const said = { role: 'assistant', ...message, ...(isObject(more) && more) };
    this.#text += `${writeJson({ ...this.#state.head, message: said, ...joinMembers(rest, end) })}\n`;
  }

  #taken(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
