import {
  asString,
  type ChatEvent,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type PartStartEvent,
  RawJson,
  type Seal,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { readCitation } from './read-citation.ts';
import { readStopReason } from './stop-reason.ts';
import { readUsage } from './usage.ts';

/** A block while it is open. */
interface OpenBlock {
  readonly part: string;
  readonly kind: PartStartEvent['kind'];
  seal?: { readonly form: Seal['form']; readonly value: string };
  /** `tool-call`: nothing has been said of its arguments. */
  silent?: boolean;
  /** `opaque` and `media`: the whole block, as far as it has come. */
  block?: JsonObject;
}

/** Whose answer it is, for what only its origin may have back. */
export interface ReplyOrigin {
  readonly provider: string;
  /** Answers do not name their model; the provider does. */
  readonly model: string | undefined;
}

/** Turns what an answer says into events: one answer, streamed or whole. */
export class ReplyEvents {
  readonly #origin: ReplyOrigin;
  readonly #open = new Map<number, OpenBlock>();
  #parts = 0;
  #clientCalls = false;
  #stop: JsonObject | undefined;

  constructor(origin: ReplyOrigin) {
    this.#origin = origin;
  }

  /** The answer's head. Texts and thoughts begin without a word of their own. */
  start({ role: _role, ...rest }: JsonObject, events: ChatEvent[]): void {
    events.push({ type: 'start', ...defined({ model: this.#origin.model }), ext: { [dialectName]: rest } });
  }

  text(index: number, text: string, events: ChatEvent[]): void {
    this.#say(this.#openAs(index, 'text', events), text, events);
  }

  /** A thought, its signature, or one that cannot be read. */
  reasoning(index: number, delta: JsonObject, events: ChatEvent[]): void {
    const open = this.#openAs(index, 'reasoning', events);
    const { text, signature, redactedContent: redacted } = delta;
    this.#say(open, asString(text) ?? '', events);
    if (typeof signature === 'string') {
      open.seal = { form: 'signature', value: (open.seal?.value ?? '') + signature };
    } else if (typeof redacted === 'string') {
      open.seal = { form: 'redacted', value: joinedBase64(open.seal?.value, redacted) };
    }
  }

  /** A call begins, of a tool of the client's or of one that the vendor runs. */
  call(index: number, toolUse: JsonObject, events: ChatEvent[]): void {
    this.close(index, events);
    const { toolUseId, name, input: _input, ...rest } = toolUse;
    const isClient = toolUse['type'] !== 'server_tool_use';
    if (isClient) this.#clientCalls = true;
    const part = this.#nextPart();
    this.#open.set(index, { part, kind: 'tool-call', silent: true });
    events.push({
      type: 'part-start',
      part,
      choice: 0,
      kind: 'tool-call',
      callId: asString(toolUseId) ?? '',
      name: toolNames.own(asString(name) ?? ''),
      executedBy: isClient ? 'client' : 'provider',
      ext: { [dialectName]: rest },
    });
  }

  /** More of a call's arguments. */
  input(index: number, text: string, events: ChatEvent[]): void {
    const open = this.#open.get(index);
    if (open?.kind === 'tool-call') this.#say(open, text, events);
  }

  source(index: number, citation: JsonObject, events: ChatEvent[]): void {
    const { part } = this.#openAs(index, 'text', events);
    events.push({ type: 'source', part, choice: 0, citation: readCitation(citation) });
  }

  /** A block that is told as a whole, when it is over: a picture, or what the canonical form has no word for. */
  whole(index: number, block: JsonObject, events: ChatEvent[]): void {
    this.close(index, events);
    const kind = 'image' in block ? 'media' : 'opaque';
    this.#open.set(index, { part: this.#nextPart(), kind, block: { ...block } });
  }

  /** More of such a block: `name` is its only member, and what comes is laid upon it. */
  more(index: number, name: string, delta: Json, events: ChatEvent[]): void {
    const block = this.#open.get(index)?.block;
    if (block === undefined) {
      this.whole(index, { [name]: delta }, events);
      return;
    }
    const before = isObject(block[name]) ? block[name] : {};
    if (isArray(delta)) {
      const { content } = before;
      block[name] = { ...before, content: [...(isArray(content) ? content : []), ...delta] };
    } else block[name] = isObject(delta) ? { ...before, ...delta } : delta;
  }

  close(index: number, events: ChatEvent[]): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    const { part, block, seal, silent } = open;
    // A call without arguments is one with none.
    if (silent === true) events.push({ type: 'part-delta', part, text: '{}' });
    if (block !== undefined) events.push(this.#wholePart(open.kind, part, block));
    events.push({ type: 'part-end', part, ...(seal && { seal: { origin: this.#sealOrigin(), ...seal } }) });
  }

  /** Why the answer ended. It is told when its usage is: a stream that stops between the two was cut. */
  stop(event: JsonObject, events: ChatEvent[]): void {
    for (const index of this.#open.keys()) this.close(index, events);
    this.#stop = event;
  }

  /** The last of all. False where nothing has ended that it could be the end of. */
  metadata({ usage, ...rest }: JsonObject, events: ChatEvent[]): boolean {
    const tier = isObject(rest['serviceTier']) ? asString(rest['serviceTier']['type']) : undefined;
    if (isObject(usage)) events.push({ type: 'usage', usage: readUsage(usage, tier) });
    if (this.#stop === undefined) return false;
    const { stopReason, ...more } = this.#stop;
    const fields = isObject(more['additionalModelResponseFields']) ? more['additionalModelResponseFields'] : {};
    const raw = asString(stopReason);
    events.push({
      type: 'finish',
      choice: 0,
      reason: readStopReason(raw ?? '', this.#clientCalls),
      ...defined({ raw, stopSequence: asString(fields['stop_sequence']) }),
      ext: { [dialectName]: { ...more, ...rest } },
    });
    return true;
  }

  /** An event that this dialect may have one day. */
  unknown(name: string, event: JsonObject, events: ChatEvent[]): void {
    events.push({ type: 'opaque', dialect: dialectName, name, json: event });
  }

  #openAs(index: number, kind: 'text' | 'reasoning', events: ChatEvent[]): OpenBlock {
    const open = this.#open.get(index);
    if (open?.kind === kind) return open;
    this.close(index, events);
    const opened: OpenBlock = { part: this.#nextPart(), kind };
    this.#open.set(index, opened);
    events.push({ type: 'part-start', part: opened.part, choice: 0, kind, ext: { [dialectName]: {} } });
    return opened;
  }

  #say(open: OpenBlock, text: string, events: ChatEvent[]): void {
    if (text === '') return;
    delete open.silent;
    events.push({ type: 'part-delta', part: open.part, text });
  }

  #wholePart(kind: OpenBlock['kind'], part: string, block: JsonObject): PartStartEvent {
    const picture = kind === 'media' ? pictureOf(block['image']) : undefined;
    if (picture !== undefined)
      return { type: 'part-start', part, choice: 0, kind: 'media', ...picture, ext: { [dialectName]: {} } };
    const [opaqueType = ''] = Object.keys(block);
    return { type: 'part-start', part, choice: 0, kind: 'opaque', origin: this.#sealOrigin(), opaqueType, json: block };
  }

  #sealOrigin(): Seal['origin'] {
    const { provider, model } = this.#origin;
    return { dialect: dialectName, provider, ...defined({ model }) };
  }

  #nextPart(): string {
    this.#parts += 1;
    return `p${this.#parts - 1}`;
  }
}

/** A picture with its data and no more than that. */
function pictureOf(image: Json | undefined): { readonly mediaType: string; readonly base64: string } | undefined {
  if (!isObject(image)) return undefined;
  const { format, source, ...rest } = image;
  const bytes = isObject(source) ? asString(source['bytes']) : undefined;
  if (bytes === undefined || typeof format !== 'string' || Object.keys(rest).length > 0) return undefined;
  return { mediaType: `image/${format}`, base64: bytes };
}

/** Two pieces of base64 as one: each may be padded. */
function joinedBase64(one: string | undefined, other: string): string {
  if (one === undefined) return other;
  return Buffer.concat([Buffer.from(one, 'base64'), Buffer.from(other, 'base64')]).toString('base64');
}

/** The arguments of a call that is told whole, as they were written. */
export function argumentsOf(input: Json | undefined): string {
  return input instanceof RawJson || isObject(input) ? writeJson(input) : '{}';
}
