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
import { dialectName } from './dialect-name.ts';
import { toolNames } from './tool-names.ts';
import { readCitation } from './read-block.ts';
import { readStopReason } from './stop-reason.ts';
import { mergeUsage, readUsage } from './usage.ts';

/** A block while it is open. */
interface OpenBlock {
  readonly part: string;
  readonly kind: PartStartEvent['kind'];
  seal?: { readonly form: Seal['form']; readonly value: string };
  /** `tool-call`: what stands for the arguments where no delta brings any. */
  input?: string;
  /** `opaque`: the whole block, as far as it has come. */
  block?: JsonObject;
}

/** Turns what an answer says into events: one answer, streamed or whole. */
export class ReplyEvents {
  readonly #provider: string;
  readonly #open = new Map<number, OpenBlock>();
  #parts = 0;
  #id: string | undefined;
  #model: string | undefined;
  #usage: JsonObject | undefined;
  #clientCalls = false;

  constructor(provider: string) {
    this.#provider = provider;
  }

  /** The answer's head. One that comes twice says nothing new. */
  start(message: JsonObject, events: ChatEvent[]): void {
    const { type: _type, role: _role, content: _content, id, model, usage, ...rest } = message;
    if (this.#id !== undefined && this.#id === id) return;
    this.#id = asString(id);
    this.#model = asString(model);
    if (isObject(usage)) {
      this.#usage = usage;
      rest['usage'] = usage;
    }
    events.push({
      type: 'start',
      ...defined({ id: this.#id, model: this.#model, usage: isObject(usage) ? readUsage(usage) : undefined }),
      ext: { [dialectName]: rest },
    });
  }

  open(index: number, block: JsonObject, events: ChatEvent[]): void {
    this.close(index, events);
    const part = `p${this.#parts}`;
    this.#parts += 1;
    switch (block['type']) {
      case 'text':
        this.#openText(index, part, block, events);
        break;
      case 'thinking':
        this.#openThinking(index, part, block, events);
        break;
      case 'redacted_thinking':
        this.#openRedacted(index, part, block, events);
        break;
      case 'tool_use':
      case 'server_tool_use':
      case 'mcp_tool_use':
        this.#openCall(index, part, block, events);
        break;
      default:
        this.#open.set(index, { part, kind: 'opaque', block: { ...block } });
    }
  }

  #openText(index: number, part: string, block: JsonObject, events: ChatEvent[]): void {
    const { type: _type, text, citations, ...rest } = block;
    const sources = isArray(citations) ? citations.filter(isObject) : [];
    if (sources.length === 0 && citations !== undefined) rest['citations'] = citations;
    this.#open.set(index, { part, kind: 'text' });
    events.push({ type: 'part-start', part, choice: 0, kind: 'text', ext: { [dialectName]: rest } });
    if (typeof text === 'string' && text !== '') events.push({ type: 'part-delta', part, text });
    for (const source of sources) events.push({ type: 'source', part, choice: 0, citation: readCitation(source) });
  }

  #openThinking(index: number, part: string, block: JsonObject, events: ChatEvent[]): void {
    const { type: _type, thinking, signature, ...rest } = block;
    const open: OpenBlock = { part, kind: 'reasoning' };
    if (typeof signature === 'string' && signature !== '') open.seal = { form: 'signature', value: signature };
    this.#open.set(index, open);
    events.push({ type: 'part-start', part, choice: 0, kind: 'reasoning', ext: { [dialectName]: rest } });
    if (typeof thinking === 'string' && thinking !== '') events.push({ type: 'part-delta', part, text: thinking });
  }

  #openRedacted(index: number, part: string, block: JsonObject, events: ChatEvent[]): void {
    const { type: _type, data, ...rest } = block;
    this.#open.set(index, { part, kind: 'reasoning', seal: { form: 'redacted', value: asString(data) ?? '' } });
    events.push({ type: 'part-start', part, choice: 0, kind: 'reasoning', ext: { [dialectName]: rest } });
  }

  #openCall(index: number, part: string, block: JsonObject, events: ChatEvent[]): void {
    const { type, id, name, input, ...rest } = block;
    const isClient = type === 'tool_use';
    if (isClient) this.#clientCalls = true;
    else rest['$type'] = type;
    this.#open.set(index, { part, kind: 'tool-call', input: argumentsOf(input) });
    events.push({
      type: 'part-start',
      part,
      choice: 0,
      kind: 'tool-call',
      callId: asString(id) ?? '',
      name: toolNames.own(asString(name) ?? ''),
      executedBy: isClient ? 'client' : 'provider',
      ext: { [dialectName]: rest },
    });
  }

  delta(index: number, delta: JsonObject, event: JsonObject, events: ChatEvent[]): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    const { part } = open;
    const text = textOf(delta);
    if (open.block !== undefined) mergeInto(open.block, delta);
    else if (text !== undefined) {
      if (text === '') return;
      if (open.kind === 'tool-call') delete open.input;
      events.push({ type: 'part-delta', part, text });
    } else if (delta['type'] === 'signature_delta') {
      open.seal = { form: 'signature', value: asString(delta['signature']) ?? '' };
    } else if (delta['type'] === 'citations_delta' && isObject(delta['citation'])) {
      events.push({ type: 'source', part, choice: 0, citation: readCitation(delta['citation']) });
    } else events.push({ type: 'opaque', dialect: dialectName, name: 'content_block_delta', json: event });
  }

  close(index: number, events: ChatEvent[]): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#open.delete(index);
    const { part, block, input, seal } = open;
    if (block !== undefined) {
      const origin = defined({ dialect: dialectName, provider: this.#provider, model: this.#model });
      const opaqueType = asString(block['type']) ?? '';
      events.push({ type: 'part-start', part, choice: 0, kind: 'opaque', origin, opaqueType, json: block });
    }
    if (input !== undefined) events.push({ type: 'part-delta', part, text: input });
    events.push({ type: 'part-end', part, ...(seal && { seal: this.#seal(seal) }) });
  }

  #seal({ form, value }: { readonly form: Seal['form']; readonly value: string }): Seal {
    return { origin: defined({ dialect: dialectName, provider: this.#provider, model: this.#model }), form, value };
  }

  /** A `message_delta`: usage, and why the answer ended. */
  finish(event: JsonObject, events: ChatEvent[]): void {
    const { type: _type, delta, usage, ...rest } = event;
    if (isObject(usage)) {
      this.#usage = mergeUsage(this.#usage, usage);
      events.push({ type: 'usage', usage: readUsage(this.#usage) });
      rest['usage'] = usage;
    }
    if (!isObject(delta)) return;
    const { stop_reason: reason, stop_sequence: sequence, ...more } = delta;
    if (typeof reason !== 'string') return;
    rest['delta'] = more;
    events.push({
      type: 'finish',
      choice: 0,
      reason: readStopReason(reason, this.#clientCalls),
      raw: reason,
      ...defined({ stopSequence: asString(sequence) }),
      ext: { [dialectName]: rest },
    });
  }

  /** An event that this dialect may have one day. */
  unknown(name: string | undefined, event: JsonObject, events: ChatEvent[]): void {
    events.push({ type: 'opaque', dialect: dialectName, ...defined({ name }), json: event });
  }
}

function textOf(delta: JsonObject): string | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return asString(delta['text']);
    case 'thinking_delta':
      return asString(delta['thinking']);
    case 'input_json_delta':
      return asString(delta['partial_json']);
    default:
      return undefined;
  }
}

/** What a call's beginning says of its arguments: nothing, as a rule, and then they are `{}`. */
function argumentsOf(input: Json | undefined): string {
  return input instanceof RawJson || isObject(input) ? writeJson(input) : '{}';
}

/** More of a block without a canonical word: texts go on, anything else is the field's last value. */
function mergeInto(block: JsonObject, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    const before = block[name];
    const goesOn = delta['type'] !== 'compaction_delta' && typeof before === 'string' && typeof value === 'string';
    if (name !== 'type') block[name] = goesOn ? before + value : value;
  }
}
