import {
  type ChatEvent,
  type Citation,
  type GatewayError,
  isArray,
  isObject,
  type JsonObject,
  type PartEndEvent,
  type PartStartEvent,
  type ReplyWriter,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { writeFrame } from '../frames/frame.ts';
import { errorFrame } from '../write-error.ts';
import { AnswerState, isShown } from './answer-state.ts';
import { BlockOrder, type BlockSink } from './block-order.ts';
import { writeCitation } from './read-citation.ts';
import { callOf, pictureOf, sealMember, wordsFor } from './write-block.ts';

/** Writes an answer as a stream of binary messages. */
export class StreamWriter implements ReplyWriter, BlockSink {
  readonly contentType = 'application/vnd.amazon.eventstream';
  readonly #state = new AnswerState();
  readonly #order = new BlockOrder(this);
  #frames: Uint8Array[] = [];
  #begun = false;
  /** Something of the block at hand has gone out. */
  #shown = false;

  push(event: ChatEvent): Uint8Array | undefined {
    this.#state.note(event);
    if (event.type === 'start' || event.type === 'part-start') this.#begin();
    if (event.type === 'part-start' && isShown(event)) this.#order.start(event);
    else if (event.type === 'part-delta') this.#order.delta(event.part, event.text);
    else if (event.type === 'part-end') this.#order.end(event);
    else if (event.type === 'source' && event.choice === 0) this.#order.source(event);
    else if (event.type === 'opaque' && event.dialect === dialectName && event.name !== undefined)
      this.#event(event.name, event.json);
    else if (event.type === 'error') this.#frames.push(errorFrame(event.error));
    return this.#taken();
  }

  end(): Uint8Array {
    this.#begin();
    this.#order.finish();
    const { failure } = this.#state;
    if (failure !== undefined) this.#frames.push(errorFrame(failure));
    else {
      const { stop, metadata } = this.#state.tail;
      this.#event('messageStop', stop);
      this.#event('metadata', metadata);
    }
    return this.#taken() ?? new Uint8Array();
  }

  fail(error: GatewayError): Uint8Array {
    return errorFrame(error);
  }

  open(index: number, part: PartStartEvent): void {
    this.#shown = false;
    if (part.kind === 'tool-call') this.#start(index, { toolUse: callOf(part) });
    else if (part.kind === 'opaque') this.#opaque(index, part);
    else if (part.kind === 'media') this.#media(index, part);
  }

  text(index: number, part: PartStartEvent, text: string): void {
    if (part.kind === 'tool-call') this.#delta(index, { toolUse: { input: text } });
    else if (part.kind === 'reasoning') this.#delta(index, { reasoningContent: { text } });
    else this.#delta(index, { text });
  }

  source(index: number, citation: Citation): void {
    this.#delta(index, { citation: writeCitation(citation) });
  }

  close(index: number, part: PartStartEvent, end: PartEndEvent): void {
    const seal = part.kind === 'reasoning' ? sealMember(end.seal) : undefined;
    if (seal !== undefined) this.#delta(index, { reasoningContent: seal });
    // A text has no beginning of its own: an empty one must be said.
    if (part.kind === 'text' && !this.#shown) this.#delta(index, { text: '' });
    this.#event('contentBlockStop', { contentBlockIndex: index });
  }

  #opaque(index: number, { json }: PartStartEvent): void {
    const [[name, block] = []] = Object.entries(isObject(json) ? json : {});
    if (name === undefined || !isObject(block)) return;
    const { content, ...start } = block;
    this.#start(index, { [name]: start });
    if (isArray(content)) this.#delta(index, { [name]: content });
  }

  #media(index: number, part: PartStartEvent): void {
    const picture = pictureOf(part);
    if (picture === undefined) {
      this.#delta(index, { text: wordsFor(part) });
      return;
    }
    this.#start(index, { image: { format: picture.format } });
    this.#delta(index, { image: { source: { bytes: picture.bytes } } });
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#event('messageStart', this.#state.head);
  }

  #start(contentBlockIndex: number, start: JsonObject): void {
    this.#shown = true;
    this.#event('contentBlockStart', { contentBlockIndex, start });
  }

  #delta(contentBlockIndex: number, delta: JsonObject): void {
    this.#shown = true;
    this.#event('contentBlockDelta', { contentBlockIndex, delta });
  }

  #event(name: string, json: JsonObject): void {
    const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' };
    this.#frames.push(writeFrame({ headers, payload: Buffer.from(writeJson(json)) }));
  }

  #taken(): Uint8Array | undefined {
    const frames = this.#frames;
    this.#frames = [];
    return frames.length === 0 ? undefined : Buffer.concat(frames);
  }
}
