import {
  asString,
  isArray,
  isObject,
  type ChatEvent,
  type Json,
  type JsonObject,
  type PartStartEvent,
  type ReasoningPart,
  type Seal,
} from '@tapgate/core';
import { Fields } from '../fields.ts';
import { chatDialect, extOf, ownExt, put, type Ext } from '../own.ts';
import { readPart, thinkingText } from '../request/read-content.ts';
import { readReasoningDetail } from '../request/read-reasoning-details.ts';
import { takeSignature } from '../request/read-tool-calls.ts';
import { readAnnotation } from './annotations.ts';
import { CallReader } from './call-reader.ts';
import { finishReasonOf } from './finish-reason.ts';
import { ThinkTags } from './think-tags.ts';

/** What all choices of an answer share. */
export interface AnswerContext {
  readonly provider: string;
  /** How the server writes thinking into its texts, if it does. */
  readonly thinkTags: 'think-tags' | 'think-tags-implied' | undefined;
  /** The model that answers, for the origin of what is sealed. */
  readonly model: () => string | undefined;
  /** Unlike in any other answer, as far as the server makes it so. */
  readonly salt: () => string;
}

interface OpenPart {
  readonly id: string;
  readonly kind: 'text' | 'reasoning' | 'refusal';
  /** Tells apart parts of one kind that stand side by side: entries of a list of thoughts, a spoken text. */
  readonly key: string;
  seal: Seal | undefined;
}

interface PartLook {
  readonly key?: string;
  readonly summary?: true;
  readonly ext?: Ext;
}

const asReasoning: PartLook = { ext: { [chatDialect]: { $as: 'reasoning' } } };

/** Members of a message or a delta that are read here, or say nothing. */
const read: ReadonlySet<string> = new Set([
  'role',
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'tool_calls',
  'function_call',
  'images',
  'audio',
  'annotations',
]);
const readOfChoice: ReadonlySet<string> = new Set(['index', 'delta', 'message', 'finish_reason', 'logprobs', 'usage']);

/** Turns the deltas of one choice into events: opens and closes parts as what comes changes its kind. */
export class ChoiceReader {
  readonly #choice: number;
  readonly #context: AnswerContext;
  readonly #calls: CallReader;
  readonly #tags: ThinkTags | undefined;
  #open: OpenPart | undefined;
  #parts = 0;
  #lastText: string | undefined;
  #finish: string | undefined;
  #said = false;
  #refused = false;
  #stopSequence: string | undefined;
  #logprobs: JsonObject | undefined;
  #choiceRest: JsonObject = {};
  #messageRest: JsonObject = {};

  constructor(choice: number, context: AnswerContext) {
    this.#choice = choice;
    this.#context = context;
    this.#calls = new CallReader(choice, () => this.#nextPart(), context.salt);
    const tags = context.thinkTags;
    this.#tags = tags === undefined ? undefined : new ThinkTags(tags === 'think-tags-implied');
  }

  /** A finish reason has come. */
  get finished(): boolean {
    return this.#finish !== undefined;
  }

  /** The server's word for a failure, where it ended with one. */
  get failure(): string | undefined {
    return finishReasonOf(this.#ending()) === 'error' ? this.#finish : undefined;
  }

  /** One entry of `choices`. A whole message inside a stream that has already said something only ends it. */
  take(json: JsonObject, events: ChatEvent[]): void {
    const logprobs = json['logprobs'];
    this.#logprobs = isObject(logprobs) ? logprobs : undefined;
    const delta = json['delta'];
    const message = json['message'];
    if (isObject(delta)) this.#delta(delta, events);
    else if (isObject(message) && this.#parts === 0) this.#delta(message, events);
    this.#rest(json);
    const finish = asString(json['finish_reason']);
    if (finish !== undefined && finish !== '') this.#finish = finish;
  }

  /** Closes what is open and says why it ended. */
  end(events: ChatEvent[]): void {
    for (const piece of this.#tags?.end() ?? []) this.#text(piece.kind, piece.text, {}, events);
    this.#close(events);
    const ending = this.#ending();
    const reason = finishReasonOf(ending);
    this.#calls.end(reason === 'length' || reason === 'context-window' || reason === 'content-filter', events);
    events.push({
      type: 'finish',
      choice: this.#choice,
      reason,
      ...(ending.raw !== undefined && { raw: ending.raw }),
      ...(ending.stopSequence !== undefined && { stopSequence: ending.stopSequence }),
      ...extOf(
        this.#choiceRest,
        Object.keys(this.#messageRest).length === 0 ? undefined : { $message: this.#messageRest },
      ),
    });
  }

  #ending(): Parameters<typeof finishReasonOf>[0] {
    return {
      raw: this.#finish,
      calls: this.#calls.asks,
      refused: this.#refused,
      said: this.#said,
      stopSequence: this.#stopSequence,
    };
  }

  #delta(delta: JsonObject, events: ChatEvent[]): void {
    this.#reasoning(delta, events);
    this.#content(delta['content'], events);
    const signed = this.#signature(delta);
    const refusal = delta['refusal'];
    if (typeof refusal === 'string' && refusal !== '') {
      this.#refused = true;
      this.#text('refusal', refusal, {}, events);
    }
    this.#audio(delta['audio'], events);
    const { tool_calls: calls, images, annotations } = delta;
    if (isArray(calls)) for (const call of calls) this.#calls.delta(call, events);
    this.#functionCall(delta['function_call'], events);
    if (isArray(images)) for (const image of images) this.#media(image, events);
    if (isArray(annotations)) for (const annotation of annotations) this.#annotation(annotation, events);
    for (const name in delta) {
      if (!read.has(name) && says(delta[name]) && !(signed && name === 'extra_content'))
        put(this.#messageRest, name, delta[name]);
    }
  }

  /** The signature of a text stands beside it, or comes behind it. */
  #signature(delta: JsonObject): boolean {
    const open = this.#open?.kind === 'text' ? this.#open : undefined;
    const seal = open && delta['extra_content'] !== undefined ? takeSignature(new Fields(delta)) : undefined;
    if (open === undefined || seal === undefined) return false;
    open.seal = seal;
    return true;
  }

  /** A list of details says the same as the text beside it, and more. */
  #reasoning(delta: JsonObject, events: ChatEvent[]): void {
    const details = delta['reasoning_details'];
    let told = false;
    if (isArray(details)) for (const json of details) told = this.#detail(json, events) || told;
    if (told) return;
    const { reasoning_content: text, reasoning } = delta;
    if (typeof text === 'string' && text !== '') this.#text('reasoning', text, {}, events);
    else if (typeof reasoning === 'string' && reasoning !== '') this.#text('reasoning', reasoning, asReasoning, events);
  }

  /** Whether the entry said some thought. */
  #detail(json: Json, events: ChatEvent[]): boolean {
    const part = readReasoningDetail(json);
    if (part === undefined) return false;
    const text = part.text ?? part.summary?.join('') ?? '';
    const seal = part.seal === undefined ? undefined : this.#sealed(part.seal);
    if (text === '' && seal === undefined) return false;
    const open = this.#open;
    // A signature alone is that of the thought before it, whose text stood elsewhere.
    if (part.text === '' && open?.kind === 'reasoning' && open.key === '') {
      open.seal = seal;
      return false;
    }
    this.#continue('reasoning', lookOf(part), events);
    if (seal !== undefined && this.#open !== undefined) this.#open.seal = seal;
    if (text !== '' && this.#open !== undefined) events.push({ type: 'part-delta', part: this.#open.id, text });
    return text !== '';
  }

  /** A seal goes back to the provider it came from. */
  #sealed(seal: Seal): Seal {
    if (seal.origin.dialect !== chatDialect) return seal;
    const model = this.#context.model();
    return {
      ...seal,
      origin: { dialect: chatDialect, provider: this.#context.provider, ...(model !== undefined && { model }) },
    };
  }

  #content(content: Json | undefined, events: ChatEvent[]): void {
    if (typeof content === 'string') this.#plain(content, events);
    else for (const part of listIn(content)) this.#contentPart(part, events);
  }

  #plain(text: string, events: ChatEvent[]): void {
    if (text === '' && this.#logprobsOf('content') === undefined) return;
    if (this.#tags === undefined) this.#text('text', text, {}, events);
    else for (const piece of this.#tags.push(text)) this.#text(piece.kind, piece.text, {}, events);
  }

  #contentPart(json: Json, events: ChatEvent[]): void {
    if (!isObject(json)) return;
    const thought = thoughtIn(json);
    if (thought !== undefined) {
      if (thought !== '') this.#text('reasoning', thought, { ext: { [chatDialect]: { $as: 'content' } } }, events);
      return;
    }
    const part = readPart(json);
    if (part.kind === 'text') this.#plain(part.text, events);
    else if (part.kind === 'media') this.#media(json, events);
    else if (part.kind === 'opaque') this.#whole({ kind: 'opaque', opaqueType: part.type, json: part.json }, events);
  }

  #media(json: Json, events: ChatEvent[]): void {
    const part = readPart(json);
    if (part.kind !== 'media') return;
    const { mediaType, data } = part;
    const where = 'base64' in data ? { base64: data.base64 } : 'url' in data ? { url: data.url } : {};
    this.#whole({ kind: 'media', mediaType, ...where, ...extOf(ownExt(part)) }, events);
  }

  /** A part that is there at once. */
  #whole(what: Omit<PartStartEvent, 'type' | 'part' | 'choice'>, events: ChatEvent[]): void {
    this.#close(events);
    this.#said = true;
    const part = this.#nextPart();
    const origin = what.kind === 'opaque' ? { origin: { dialect: chatDialect, provider: this.#context.provider } } : {};
    events.push({ type: 'part-start', part, choice: this.#choice, ...what, ...origin }, { type: 'part-end', part });
  }

  /** Speech: its transcript is the text, its data rides along. */
  #audio(audio: Json | undefined, events: ChatEvent[]): void {
    if (!isObject(audio)) return;
    const { transcript, ...sound } = audio;
    const look = { key: 'audio', ext: { [chatDialect]: { $audio: true } } };
    if (typeof transcript === 'string' && transcript !== '') this.#text('text', transcript, look, events);
    if (Object.keys(sound).length === 0) return;
    events.push({ type: 'opaque', dialect: chatDialect, name: 'audio', json: { choice: this.#choice, audio: sound } });
  }

  /** The form of calls before `tool_calls`. Some servers send an empty one with everything. */
  #functionCall(call: Json | undefined, events: ChatEvent[]): void {
    if (!isObject(call) || (!call['name'] && !call['arguments'])) return;
    this.#calls.delta({ index: -1, type: 'function', function: call }, events);
  }

  #annotation(json: Json, events: ChatEvent[]): void {
    if (!isObject(json)) return;
    const part = this.#lastText;
    const citation = readAnnotation(json);
    events.push({ type: 'source', choice: this.#choice, citation, ...(part !== undefined && { part }) });
  }

  #text(kind: OpenPart['kind'], text: string, look: PartLook, events: ChatEvent[]): void {
    const part = this.#continue(kind, look, events);
    if (kind === 'text') this.#said ||= text !== '';
    const list = kind === 'reasoning' ? undefined : this.#logprobsOf(kind === 'refusal' ? 'refusal' : 'content');
    if (list === undefined) {
      events.push({ type: 'part-delta', part, text });
      return;
    }
    this.#logprobs = undefined;
    events.push({ type: 'part-delta', part, text, logprobs: { dialect: chatDialect, json: list } });
  }

  #logprobsOf(kind: 'content' | 'refusal'): readonly Json[] | undefined {
    const list = this.#logprobs?.[kind];
    return isArray(list) && list.length > 0 ? list : undefined;
  }

  /** The open part if it is of this kind; else closes it and opens another. */
  #continue(kind: OpenPart['kind'], { key = '', summary, ext }: PartLook, events: ChatEvent[]): string {
    const open = this.#open;
    if (open?.kind === kind && open.key === key) return open.id;
    this.#close(events);
    const id = this.#nextPart();
    this.#open = { id, kind, key, seal: undefined };
    if (kind === 'text') this.#lastText = id;
    events.push({
      type: 'part-start',
      part: id,
      choice: this.#choice,
      kind,
      ...(summary && { summary }),
      ...(ext && { ext }),
    });
    return id;
  }

  #close(events: ChatEvent[]): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    events.push({ type: 'part-end', part: open.id, ...(open.seal && { seal: open.seal }) });
  }

  #rest(json: JsonObject): void {
    for (const name in json) {
      if (!readOfChoice.has(name) && says(json[name])) put(this.#choiceRest, name, json[name]);
    }
    const stop = json['stop_reason'] ?? json['matched_stop'];
    if (typeof stop === 'string') this.#stopSequence = stop;
  }

  #nextPart(): string {
    const part = `${this.#choice}.${this.#parts}`;
    this.#parts += 1;
    return part;
  }
}

function listIn(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

/** Whether an unknown member says anything. */
function says(value: Json | undefined): boolean {
  return value !== null && value !== undefined && value !== '';
}

function lookOf(part: ReasoningPart): PartLook {
  const note = ownExt(part)['$detail'];
  const detail = isObject(note) ? note : {};
  return {
    key: JSON.stringify([detail['type'], detail['index']]),
    ...(part.summary !== undefined && { summary: true }),
    ...(part.ext !== undefined && { ext: part.ext }),
  };
}

/** The thought that a part of a content list holds; nothing where it is another kind of part. */
function thoughtIn(json: JsonObject): string | undefined {
  if (json['type'] === 'thinking') return thinkingText(json['thinking']);
  if (json['type'] !== 'reasoning') return undefined;
  return thinkingText(json['summary']) ?? thinkingText(json['text']) ?? thinkingText(json['content']);
}
