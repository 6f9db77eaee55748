import { createHash } from 'node:crypto';
import {
  type ChatEvent,
  defined,
  isObject,
  type Json,
  type JsonObject,
  type PartDeltaEvent,
  RawJson,
  type Seal,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { Fields } from '../fields.ts';
import { ownFields } from '../own-fields.ts';
import { toolNames } from '../tool-names.ts';
import { readFinish } from './finish.ts';
import { onOneLine } from './on-one-line.ts';
import { PartialArguments } from './partial-arguments.ts';
import { readSources, type Spoken } from './sources.ts';
import { searchesIn } from './usage.ts';

/** What a candidate's reader knows of the answer around it. */
export interface Answer {
  readonly provider: string;
  /** The model that answers, once it has said so. */
  model: string | undefined;
  /** The answer's id; calls without one of their own are numbered below it. */
  id: string | undefined;
  /** Neighbouring texts are one part: a stream's events cut where they please. */
  readonly merges: boolean;
  parts: number;
  calls: number;
}

interface OpenPart {
  readonly id: string;
  readonly kind: 'text' | 'reasoning';
  text: string;
  seal: Seal | undefined;
}

interface OpenCall {
  readonly id: string;
  readonly args: PartialArguments;
  readonly seal: Seal | undefined;
}

/** Reads one candidate, chunk by chunk, into the events of one choice. */
export class CandidateReader {
  readonly choice: number;
  readonly #answer: Answer;
  readonly #spoken: Spoken[] = [];
  #rest: JsonObject = {};
  #open: OpenPart | undefined;
  #call: OpenCall | undefined;
  #hasCalls = false;
  #hasParts = false;
  #finish: string | undefined;

  constructor(choice: number, answer: Answer) {
    this.choice = choice;
    this.#answer = answer;
  }

  /** The vendor's word for why it ended; undefined while it goes on. */
  get finish(): string | undefined {
    return this.#finish;
  }

  get hasParts(): boolean {
    return this.#hasParts;
  }

  /** The open part, where nothing but more text may come to it. */
  get unsealed(): string | undefined {
    return this.#open?.seal === undefined ? this.#open?.id : undefined;
  }

  /** More of the open part's text. */
  more(text: string, out: ChatEvent[]): void {
    const open = this.#open;
    if (open === undefined) return;
    open.text += text;
    out.push({ type: 'part-delta', part: open.id, text });
  }

  read(candidate: JsonObject, out: ChatEvent[]): void {
    const from = out.length;
    const { content, index: _index, ...rest } = candidate;
    for (const part of partsOf(content)) this.#part(part, out);
    if (isEmpty(rest)) return;
    const fields = new Fields(rest);
    this.#finish = fields.string('finishReason') ?? this.#finish;
    this.#logprobs(fields, out, from);
    this.#remember(fields.rest() ?? {});
  }

  /** An empty object in a later chunk says nothing about the one before. */
  #remember(rest: JsonObject): void {
    for (const [name, value] of Object.entries(rest)) {
      if (this.#rest[name] === undefined || !isObject(value) || Object.keys(value).length > 0) this.#rest[name] = value;
    }
  }

  /** They belong to the text that came with them. */
  #logprobs(fields: Fields, out: ChatEvent[], from: number): void {
    const at = out.findLastIndex(
      (event, index) => index >= from && event.type === 'part-delta' && event.part === this.#lastText(),
    );
    const delta = out[at] as PartDeltaEvent | undefined;
    const json = delta === undefined ? undefined : fields.object('logprobsResult');
    if (delta !== undefined && json !== undefined) out[at] = { ...delta, logprobs: { dialect: dialectName, json } };
  }

  #lastText(): string | undefined {
    return this.#open?.kind === 'text' ? this.#open.id : this.#spoken.at(-1)?.part;
  }

  #part(json: JsonObject, out: ChatEvent[]): void {
    if (this.#goesOn(json, out)) return;
    const fields = new Fields(json);
    const call = fields.object('functionCall');
    if (call !== undefined) {
      this.#functionCall(call, this.#sealOf(fields), fields.rest(), out);
      return;
    }
    const text = fields.string('text');
    if (text !== undefined) this.#text(text, fields, out);
    else this.#other(json, fields, out);
  }

  /** More of the open text and nothing else, as nearly every event of a stream is. */
  #goesOn(json: JsonObject, out: ChatEvent[]): boolean {
    const { text } = json;
    const open = this.#open;
    if (open?.kind !== 'text' || !this.#answer.merges || typeof text !== 'string' || text === '') return false;
    for (const key in json) if (key !== 'text') return false;
    this.more(text, out);
    return true;
  }

  #sealOf(fields: Fields): Seal | undefined {
    const value = fields.string('thoughtSignature');
    if (value === undefined || value === '') return undefined;
    const { provider, model } = this.#answer;
    return { origin: { dialect: dialectName, provider, ...defined({ model }) }, form: 'signature', value };
  }

  /** A signature on no text belongs to the text before, if that has none yet, and ends it. */
  #text(text: string, fields: Fields, out: ChatEvent[]): void {
    const kind = fields.peek('thought') === true ? 'reasoning' : 'text';
    fields.take('thought');
    const seal = this.#sealOf(fields);
    const rest = fields.rest();
    if (text === '' && seal === undefined && rest === undefined) return;
    const open = this.#open;
    if (text === '' && rest === undefined && open !== undefined && open.seal === undefined) {
      open.seal = seal;
      this.#close(out);
      return;
    }
    const goesOn =
      this.#answer.merges &&
      rest === undefined &&
      open?.kind === kind &&
      (seal === undefined || open.seal === undefined);
    const part = goesOn ? open : this.#begin(kind, rest, out);
    part.seal = seal ?? part.seal;
    if (text === '') return;
    part.text += text;
    out.push({ type: 'part-delta', part: part.id, text });
  }

  #begin(kind: OpenPart['kind'], rest: JsonObject | undefined, out: ChatEvent[]): OpenPart {
    this.#close(out);
    const id = this.#nextId();
    const summary = kind === 'reasoning' ? { summary: true as const } : {};
    out.push({ type: 'part-start', part: id, choice: this.choice, kind, ...summary, ...ownFields(rest) });
    this.#open = { id, kind, text: '', seal: undefined };
    return this.#open;
  }

  #nextId(): string {
    this.#hasParts = true;
    this.#answer.parts += 1;
    return `${this.choice}.${this.#answer.parts}`;
  }

  #close(out: ChatEvent[]): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    if (open.kind === 'text') this.#spoken.push({ part: open.id, text: open.text });
    out.push({ type: 'part-end', part: open.id, ...defined({ seal: open.seal }) });
  }

  /** A call comes whole, or in pieces of which only the first has its name; one that is empty ends them. */
  #functionCall(call: JsonObject, seal: Seal | undefined, rest: JsonObject | undefined, out: ChatEvent[]): void {
    const fields = new Fields(call);
    const name = fields.string('name');
    const pieces = fields.take('partialArgs');
    const continues = fields.boolean('willContinue') === true;
    if (name === undefined) {
      this.#call?.args.add(pieces);
      if (!continues) this.#endCall(out, true);
      return;
    }
    this.#endCall(out, true);
    this.#close(out);
    const id = this.#nextId();
    const args = fields.take('args');
    const said = fields.string('id');
    const callId = said ?? this.#madeId(name, argumentsText(args));
    const inner = fields.rest();
    const own = ownFields({
      ...rest,
      ...(inner && { functionCall: inner }),
      ...(said === undefined && { $id: false }),
    });
    this.#hasCalls = true;
    out.push({
      type: 'part-start',
      part: id,
      choice: this.choice,
      kind: 'tool-call',
      name: toolNames.own(name),
      executedBy: 'client',
      ...defined({ callId, seal }),
      ...own,
    });
    if (continues || pieces !== undefined) {
      this.#call = { id, args: new PartialArguments(), seal };
      this.#call.args.add(pieces);
      if (!continues) this.#endCall(out, true);
      return;
    }
    out.push(
      { type: 'part-delta', part: id, text: argumentsText(args) },
      { type: 'part-end', part: id, ...defined({ seal }) },
    );
  }

  /** A call without an id gets one from the answer's own, which no other answer has; without that, from what it says. */
  #madeId(name: string, args: string): string {
    const number = this.#answer.calls;
    this.#answer.calls += 1;
    const own = this.#answer.id?.replaceAll(/[^\w-]/g, '') ?? '';
    const root = own === '' ? createHash('sha256').update(`${name} ${args}`).digest('hex').slice(0, 24) : own;
    return `call_${root}_${number}`;
  }

  #endCall(out: ChatEvent[], whole: boolean): void {
    const call = this.#call;
    this.#call = undefined;
    if (call === undefined) return;
    out.push({ type: 'part-delta', part: call.id, text: whole ? call.args.text : call.args.unfinishedText });
    out.push({ type: 'part-end', part: call.id, ...defined({ seal: call.seal }) });
  }

  /** Bytes, files, and what only this vendor has a word for, such as code that it ran. */
  #other(json: JsonObject, fields: Fields, out: ChatEvent[]): void {
    this.#close(out);
    const isThought = fields.peek('thought') === true;
    const inline = isThought ? undefined : dataOf(fields, 'inlineData', 'data');
    const file = isThought || inline !== undefined ? undefined : dataOf(fields, 'fileData', 'fileUri');
    const part = this.#nextId();
    const common = { type: 'part-start', part, choice: this.choice } as const;
    const data = inline ?? file;
    if (data === undefined) {
      const opaqueType = Object.keys(json).find((key) => isObject(json[key])) ?? Object.keys(json)[0] ?? '';
      out.push({
        ...common,
        kind: 'opaque',
        origin: { dialect: dialectName, provider: this.#answer.provider },
        opaqueType,
        json,
      });
      out.push({ type: 'part-end', part });
      return;
    }
    const seal = this.#sealOf(fields);
    const source = inline === undefined ? { url: data.source } : { base64: data.source };
    const own = ownFields({ ...fields.rest(), ...data.rest });
    out.push({ ...common, kind: 'media', mediaType: data.mediaType, ...source, ...own });
    out.push({ type: 'part-end', part, ...defined({ seal }) });
  }

  /** Ends the choice: what is open, its sources, and why it ended. */
  end(out: ChatEvent[]): void {
    const raw = this.#finish ?? '';
    const reason = readFinish(raw, this.#hasCalls);
    this.#endCall(out, reason !== 'length' && reason !== 'content-filter');
    this.#close(out);
    for (const { part, citation } of readSources(this.#rest, this.#spoken)) {
      out.push({ type: 'source', choice: this.choice, citation, ...defined({ part }) });
    }
    out.push({ type: 'finish', choice: this.choice, reason, raw, ...ownFields(this.#rest) });
  }

  /** Ends what is open of an answer that the vendor broke off without a word. */
  abandon(): void {
    this.#open = undefined;
    this.#call = undefined;
  }

  /** How often the vendor searched. */
  get searches(): number {
    return searchesIn(this.#rest) ?? 0;
  }

  get finishMessage(): string | undefined {
    const message = this.#rest['finishMessage'];
    return typeof message === 'string' ? message : undefined;
  }
}

function partsOf(content: Json | undefined): readonly JsonObject[] {
  const parts = isObject(content) ? content['parts'] : undefined;
  return Array.isArray(parts) ? parts.filter(isObject) : [];
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}

/** Whole answers are laid out over many lines, streams are not; the same call shall be the same text. */
function argumentsText(args: Json | undefined): string {
  return args instanceof RawJson ? onOneLine(args.text) : writeJson(args ?? {});
}

function dataOf(
  fields: Fields,
  name: string,
  member: string,
): { readonly source: string; readonly mediaType: string; readonly rest: JsonObject } | undefined {
  const object = fields.peek(name);
  const data = isObject(object) ? new Fields(object) : undefined;
  const source = data?.string(member);
  if (data === undefined || source === undefined) return undefined;
  fields.take(name);
  const mediaType = data.string('mimeType') ?? 'application/octet-stream';
  const rest = data.rest();
  return { source, mediaType, rest: rest === undefined ? {} : { [name]: rest } };
}
