import {
  type ChatEvent,
  type Citation,
  type GatewayError,
  isObject,
  type JsonObject,
  type PartDeltaEvent,
  type PartStartEvent,
  type ReplyWriter,
  writeEvent,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownMembers } from '../own-fields.ts';
import { errorEvent } from '../write-error.ts';
import { AnswerState, isPlan, isShown, wordsFor } from './answer-state.ts';
import { writeCitation } from './citation.ts';
import { PartOrder, type PartSink } from './part-order.ts';

/** Writes an answer as a stream. */
export class StreamWriter implements ReplyWriter, PartSink {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #state: AnswerState;
  readonly #order = new PartOrder(this);
  #begun = false;
  #contents = 0;
  #calls = 0;
  #citations = 0;
  #text = '';

  constructor(context: WriterContext) {
    this.#state = new AnswerState(context);
  }

  push(event: ChatEvent): string | undefined {
    this.#state.note(event);
    switch (event.type) {
      case 'start':
        this.#begin();
        break;
      case 'part-start':
        this.#begin();
        if (isShown(event)) this.#order.start(event);
        break;
      case 'part-delta':
        this.#order.delta(event);
        break;
      case 'part-end':
        this.#order.end(event);
        break;
      case 'source':
        if (event.choice === 0) this.#order.source(event);
        break;
      case 'opaque':
        if (event.dialect === dialectName && event.name !== undefined) this.#event(event.name, event.json);
        break;
      case 'error':
        return this.#taken() + errorEvent(event.error);
      default:
    }
    return this.#taken() || undefined;
  }

  end(): string {
    this.#begin();
    this.#order.finish();
    const { failure, end, more } = this.#state;
    if (failure !== undefined) return this.#taken() + errorEvent(failure);
    this.#event('message-end', { delta: { ...end, ...more } });
    return this.#taken();
  }

  fail(error: GatewayError): string {
    return errorEvent(error);
  }

  open(part: PartStartEvent): void {
    switch (part.kind) {
      case 'tool-call':
        this.#event('tool-call-start', {
          index: this.#calls,
          delta: { message: { tool_calls: this.#state.call(part) } },
        });
        break;
      case 'reasoning':
        if (!isPlan(part)) this.#content('start', { type: 'thinking', thinking: '', ...ownMembers(part) });
        break;
      case 'opaque':
        this.#content('start', isObject(part.json) ? part.json : {});
        break;
      default:
        this.#content('start', {
          type: 'text',
          text: part.kind === 'media' ? wordsFor(part) : '',
          ...ownMembers(part),
        });
    }
  }

  delta(part: PartStartEvent, { text, logprobs }: PartDeltaEvent): void {
    if (part.kind === 'tool-call') {
      const tool_calls = { function: { arguments: text } };
      this.#event('tool-call-delta', { index: this.#calls, delta: { message: { tool_calls } } });
    } else if (isPlan(part)) this.#event('tool-plan-delta', { delta: { message: { tool_plan: text } } });
    else {
      const told = logprobs?.dialect === dialectName ? { logprobs: logprobs.json as JsonObject } : {};
      this.#content('delta', part.kind === 'reasoning' ? { thinking: text } : { text }, told);
    }
  }

  source(citation: Citation): void {
    const index = this.#citations;
    this.#citations += 1;
    this.#event('citation-start', { index, delta: { message: { citations: writeCitation(citation) } } });
    this.#event('citation-end', { index });
  }

  close(part: PartStartEvent): void {
    if (part.kind === 'tool-call') {
      this.#event('tool-call-end', { index: this.#calls });
      this.#calls += 1;
    } else if (!isPlan(part)) {
      this.#event('content-end', { index: this.#contents });
      this.#contents += 1;
    }
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const message = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] };
    this.#event('message-start', { id: this.#state.id, delta: { message: { ...message, ...this.#state.message } } });
  }

  #content(what: 'start' | 'delta', content: JsonObject, more: JsonObject = {}): void {
    this.#event(`content-${what}`, { index: this.#contents, delta: { message: { content } }, ...more });
  }

  #event(event: string, json: JsonObject): void {
    this.#text += writeEvent({ event, data: writeJson({ type: event, ...json }) });
  }

  #taken(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
