import {
  type ChatEvent,
  type Citation,
  coreErrors,
  type GatewayError,
  type JsonObject,
  type PartEndEvent,
  type PartStartEvent,
  type ReplyWriter,
  type Seal,
  writeEvent,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { AnswerState } from './answer-state.ts';
import { BlockOrder, type BlockSink } from './block-order.ts';
import { blockStart, isShown, mediaText, wireCallId } from './block-start.ts';
import { dialectName } from './dialect-name.ts';
import { writeCitation } from './write-citation.ts';
import { errorEvent } from './write-error.ts';
import { signatureOf, tagOf } from './seal-tag.ts';

/** Around the free text of a call that has no object for its arguments. */
const customHead = '{"input":"';
const customTail = '"}';

/** What keeps a silent stream open. */
export const ping = 'event: ping\ndata: {"type": "ping"}\n\n';

/** Writes an answer as a stream. Every event has its name in front: clients pass over those without. */
export class StreamWriter implements ReplyWriter, BlockSink {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #context: WriterContext;
  readonly #state: AnswerState;
  readonly #order = new BlockOrder(this);
  readonly #ids = new Set<string>();
  /** Arguments of the call at hand, as long as they may turn out to be none. */
  #held = '';
  #begun = false;
  #text = '';

  constructor(context: WriterContext) {
    this.#context = context;
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
        this.#order.delta(event.part, event.text);
        break;
      case 'part-end':
        this.#order.end(event);
        break;
      case 'source':
        if (event.choice === 0) this.#order.source(event);
        break;
      case 'ping':
        if (this.#begun) this.#text += ping;
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
    const { failure } = this.#state;
    if (failure !== undefined) {
      return this.#taken() + errorEvent(coreErrors.UPSTREAM_FAILED({ message: `The model stopped: ${failure}.` }));
    }
    const { delta, usage, members } = this.#state.tail();
    this.#event('message_delta', { type: 'message_delta', delta, usage, ...members });
    this.#text += 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    return this.#taken();
  }

  fail(error: GatewayError): string {
    return errorEvent(error);
  }

  open(index: number, part: PartStartEvent, end: PartEndEvent | undefined): void {
    const id = part.kind === 'tool-call' ? wireCallId(part, this.#context.id, this.#ids) : '';
    const block = blockStart(part, id, end);
    this.#event('content_block_start', { type: 'content_block_start', index, content_block: block });
    if (part.kind === 'media') this.#textDelta(index, 'text', mediaText(part));
    if (part.custom) this.#jsonDelta(index, customHead);
  }

  text(index: number, part: PartStartEvent, text: string): void {
    if (part.kind !== 'tool-call') {
      this.#textDelta(index, part.kind === 'reasoning' ? 'thinking' : 'text', text);
      return;
    }
    if (part.custom) {
      this.#jsonDelta(index, JSON.stringify(text).slice(1, -1));
      return;
    }
    const whole = this.#held + text;
    if (mayBeNothing(whole)) {
      this.#held = whole;
      return;
    }
    this.#held = '';
    this.#jsonDelta(index, whole);
  }

  source(index: number, citation: Citation): void {
    const written = writeCitation(citation);
    if (written !== undefined) this.#delta(index, `"type":"citations_delta","citation":${writeJson(written)}`);
  }

  close(index: number, part: PartStartEvent, end: PartEndEvent | undefined): void {
    this.#held = '';
    if (part.custom) this.#jsonDelta(index, customTail);
    const signature = part.kind === 'reasoning' ? signatureOf(part, end?.seal) : undefined;
    if (signature !== undefined)
      this.#delta(index, `"type":"signature_delta","signature":${JSON.stringify(signature)}`);
    this.#stop(index);
  }

  seal(index: number, seal: Seal): void {
    const block = { type: 'redacted_thinking', data: tagOf({ seal, previous: true }) };
    this.#event('content_block_start', { type: 'content_block_start', index, content_block: block });
    this.#stop(index);
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#event('message_start', { type: 'message_start', message: this.#state.head() });
    this.#text += ping;
  }

  #textDelta(index: number, type: 'text' | 'thinking', text: string): void {
    this.#delta(index, `"type":"${type}_delta","${type}":${JSON.stringify(text)}`);
  }

  #jsonDelta(index: number, json: string): void {
    this.#delta(index, `"type":"input_json_delta","partial_json":${JSON.stringify(json)}`);
  }

  #delta(index: number, members: string): void {
    this.#text += `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{${members}}}\n\n`;
  }

  #stop(index: number): void {
    this.#text += `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
  }

  #event(event: string, json: JsonObject): void {
    this.#text += writeEvent({ event, data: writeJson(json) });
  }

  #taken(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/** Whether a call's arguments, so far, may still say that there are none: models write that as nothing, or as null. */
function mayBeNothing(text: string): boolean {
  return 'null'.startsWith(text.trim());
}
