import {
  type ChatEvent,
  type Citation,
  coreErrors,
  type GatewayError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type PartEndEvent,
  type PartStartEvent,
  RawJson,
  readJson,
  type ReplyWriter,
  type Seal,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { AnswerState } from './answer-state.ts';
import { BlockOrder, type BlockSink } from './block-order.ts';
import { blockStart, isShown, mediaText, wireCallId } from './block-start.ts';
import { signatureOf, tagOf } from './seal-tag.ts';
import { writeCitation } from './write-citation.ts';
import { writeError } from './write-error.ts';

/** Writes an answer in one document. */
export class WholeWriter implements ReplyWriter, BlockSink {
  readonly contentType = 'application/json';
  readonly #context: WriterContext;
  readonly #state: AnswerState;
  readonly #order = new BlockOrder(this);
  readonly #ids = new Set<string>();
  readonly #content: JsonObject[] = [];
  /** The text, the thinking or the arguments of the block at hand. */
  #text = '';

  constructor(context: WriterContext) {
    this.#context = context;
    this.#state = new AnswerState(context);
  }

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
    if (failure !== undefined) throw coreErrors.UPSTREAM_FAILED({ message: `The model stopped: ${failure}.` });
    const { delta, usage, members } = this.#state.tail();
    const head = this.#state.head();
    const counted = { ...(isObject(head['usage']) && head['usage']), ...usage };
    return writeJson({ ...head, ...delta, ...members, content: this.#content, usage: counted });
  }

  fail(error: GatewayError): string {
    return writeError(error, this.#context.id).body;
  }

  open(_index: number, part: PartStartEvent, end: PartEndEvent | undefined): void {
    const id = part.kind === 'tool-call' ? wireCallId(part, this.#context.id, this.#ids) : '';
    const block = blockStart(part, id, end);
    this.#content.push(isObject(block) ? { ...block } : { type: part.opaqueType ?? '' });
    this.#text = part.kind === 'media' ? mediaText(part) : '';
  }

  text(_index: number, _part: PartStartEvent, text: string): void {
    this.#text += text;
  }

  source(index: number, citation: Citation): void {
    const block = this.#content[index];
    const written = writeCitation(citation);
    if (block === undefined || written === undefined) return;
    block['citations'] = [...(isArray(block['citations']) ? block['citations'] : []), written];
  }

  close(index: number, part: PartStartEvent, end: PartEndEvent | undefined): void {
    const block = this.#content[index];
    if (block === undefined) return;
    if (part.kind === 'tool-call') block['input'] = part.custom ? { input: this.#text } : inputOf(this.#text);
    else if (part.kind === 'reasoning' && block['type'] === 'thinking') {
      block['thinking'] = this.#text;
      block['signature'] = signatureOf(part, end?.seal) ?? '';
    } else if (part.kind !== 'reasoning' && part.kind !== 'opaque') block['text'] = this.#text;
  }

  seal(_index: number, seal: Seal): void {
    this.#content.push({ type: 'redacted_thinking', data: tagOf({ seal, previous: true }) });
  }
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
