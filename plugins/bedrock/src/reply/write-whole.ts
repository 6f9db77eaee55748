import {
  type ChatEvent,
  type Citation,
  type GatewayError,
  isObject,
  type Json,
  type JsonObject,
  type PartEndEvent,
  type PartStartEvent,
  RawJson,
  readJson,
  type ReplyWriter,
  writeJson,
} from '@tapgate/core';
import { writeError } from '../write-error.ts';
import { AnswerState, isShown } from './answer-state.ts';
import { BlockOrder, type BlockSink } from './block-order.ts';
import { writeCitation } from './read-citation.ts';
import { callOf, pictureOf, sealMember, wordsFor } from './write-block.ts';

/** Writes an answer in one document. */
export class WholeWriter implements ReplyWriter, BlockSink {
  readonly contentType = 'application/json';
  readonly #state = new AnswerState();
  readonly #order = new BlockOrder(this);
  readonly #content: Json[] = [];
  /** The text, the thought or the arguments of the block at hand, and its sources. */
  #text = '';
  #citations: JsonObject[] = [];

  push(event: ChatEvent): undefined {
    this.#state.note(event);
    if (event.type === 'part-start' && isShown(event)) this.#order.start(event);
    else if (event.type === 'part-delta') this.#order.delta(event.part, event.text);
    else if (event.type === 'part-end') this.#order.end(event);
    else if (event.type === 'source' && event.choice === 0) this.#order.source(event);
    return undefined;
  }

  end(): string {
    this.#order.finish();
    const { failure } = this.#state;
    // No status has gone out yet: an error must not be told under that of a success.
    if (failure !== undefined) throw failure;
    const { stop, metadata } = this.#state.tail;
    const message = { ...this.#state.head, content: this.#content };
    return writeJson({ output: { message }, ...stop, ...metadata });
  }

  fail(error: GatewayError): string {
    return writeError(error).body;
  }

  open(): void {
    this.#text = '';
    this.#citations = [];
  }

  text(_index: number, _part: PartStartEvent, text: string): void {
    this.#text += text;
  }

  source(_index: number, citation: Citation): void {
    this.#citations.push(writeCitation(citation));
  }

  close(_index: number, part: PartStartEvent, end: PartEndEvent): void {
    this.#content.push(this.#block(part, end));
  }

  #block(part: PartStartEvent, end: PartEndEvent): Json {
    switch (part.kind) {
      case 'tool-call':
        return { toolUse: { ...callOf(part), input: inputOf(this.#text) } };
      case 'reasoning':
        return reasoningOf(this.#text, end);
      case 'opaque':
        return part.json ?? {};
      case 'media':
        return mediaOf(part);
      default:
        return this.#citations.length === 0
          ? { text: this.#text }
          : { citationsContent: { content: [{ text: this.#text }], citations: this.#citations } };
    }
  }
}

function reasoningOf(text: string, end: PartEndEvent): JsonObject {
  const seal = sealMember(end.seal);
  if (seal !== undefined && 'redactedContent' in seal) return { reasoningContent: seal };
  return { reasoningContent: { reasoningText: { text, ...seal } } };
}

function mediaOf(part: PartStartEvent): JsonObject {
  const picture = pictureOf(part);
  if (picture === undefined) return { text: wordsFor(part) };
  return { image: { format: picture.format, source: { bytes: picture.bytes } } };
}

/** A call's arguments as an object. Those that were cut off are shown as they are, not as none. */
function inputOf(text: string): Json {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return {};
  try {
    const value = readJson(trimmed);
    if (isObject(value)) return new RawJson(trimmed, value);
  } catch {
    // Said below.
  }
  return { _raw: text };
}
