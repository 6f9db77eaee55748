import {
  asNumber,
  asString,
  type ChatEvent,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type PartStartEvent,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { upstreamError } from '../read-error.ts';
import { readCitation } from './citation.ts';
import { failureIn, readFinishReason } from './finish-reason.ts';
import { readUsage } from './usage.ts';

/** A part while it is open. */
interface OpenPart {
  readonly part: string;
  readonly kind: PartStartEvent['kind'];
  /** `tool-call`: what was said of the arguments so far, as long as it may turn out to be nothing. */
  held?: string;
}

/** Turns what an answer says into events: one answer, streamed or whole. */
export class ReplyEvents {
  readonly #open = new Map<string, OpenPart>();
  #parts = 0;
  #lastText: string | undefined;
  #calls = false;

  /** The answer's head. */
  start(id: Json | undefined, message: JsonObject, events: ChatEvent[]): void {
    const { role: _role, content, tool_plan: _plan, tool_calls: _calls, citations: _citations, ...rest } = message;
    if (isArray(content) && content.length === 0) rest['$content'] = 'empty';
    events.push({ type: 'start', ...defined({ id: asString(id) }), ext: { [dialectName]: rest } });
  }

  /** A content block begins: a text, a thought, or what may come one day. */
  content(index: number, block: JsonObject, events: ChatEvent[]): void {
    const key = `content ${index}`;
    this.close(key, events);
    const { type, text, thinking, ...rest } = block;
    if (type !== 'text' && type !== 'thinking') {
      const part = this.#begin(key, { kind: 'opaque', ...opaque(block) }, events);
      this.#open.set(key, { part, kind: 'opaque' });
      return;
    }
    const kind = type === 'text' ? 'text' : 'reasoning';
    const part = this.#begin(key, { kind, ext: { [dialectName]: rest } }, events);
    if (kind === 'text') this.#lastText = part;
    this.#say(key, asString(kind === 'text' ? text : thinking) ?? '', events);
  }

  /** More of a content block. */
  more(index: number, block: JsonObject, logprobs: Json | undefined, events: ChatEvent[]): void {
    const key = `content ${index}`;
    const text = asString(block['text']) ?? asString(block['thinking']) ?? '';
    if (!this.#open.has(key)) this.content(index, { type: 'thinking' in block ? 'thinking' : 'text' }, events);
    this.#say(key, text, events, logprobs);
  }

  /** More of the plan that a model makes before it calls tools. */
  plan(text: string, events: ChatEvent[]): void {
    if (text === '') return;
    if (!this.#open.has('plan'))
      this.#begin('plan', { kind: 'reasoning', ext: { [dialectName]: { $plan: true } } }, events);
    this.#say('plan', text, events);
  }

  call(index: number, call: JsonObject, events: ChatEvent[]): void {
    const key = `call ${index}`;
    this.close('plan', events);
    this.close(key, events);
    const { id, function: called, ...rest } = call;
    const { name, arguments: args, ...more } = isObject(called) ? called : {};
    if (rest['type'] === 'function') delete rest['type'];
    if (Object.keys(more).length > 0) rest['$function'] = more;
    this.#calls = true;
    const head = {
      callId: asString(id) ?? '',
      name: toolNames.own(asString(name) ?? ''),
      executedBy: 'client' as const,
    };
    const part = this.#begin(key, { kind: 'tool-call', ...head, ext: { [dialectName]: rest } }, events);
    this.#open.set(key, { part, kind: 'tool-call', held: '' });
    this.arguments(index, asString(args) ?? '', events);
  }

  /** More of a call's arguments. A model that has none writes nothing, or null. */
  arguments(index: number, text: string, events: ChatEvent[]): void {
    const open = this.#open.get(`call ${index}`);
    if (open === undefined) return;
    const whole = (open.held ?? '') + text;
    if (open.held !== undefined && 'null'.startsWith(whole.trim())) {
      open.held = whole;
      return;
    }
    delete open.held;
    if (whole !== '') events.push({ type: 'part-delta', part: open.part, text: whole });
  }

  source(citation: JsonObject, events: ChatEvent[]): void {
    const isOfPlan = citation['type'] === 'PLAN';
    const index = asNumber(citation['content_index']);
    const open = isOfPlan ? this.#open.get('plan') : this.#open.get(`content ${index ?? ''}`);
    const part = open?.part ?? (isOfPlan ? undefined : this.#lastText);
    events.push({ type: 'source', choice: 0, citation: readCitation(citation), ...defined({ part }) });
  }

  close(key: string, events: ChatEvent[]): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    if (open.held !== undefined) events.push({ type: 'part-delta', part: open.part, text: '{}' });
    events.push({ type: 'part-end', part: open.part });
  }

  /** Why the answer ended, and what it cost. An answer may end with a failure. */
  finish(delta: JsonObject, more: JsonObject, events: ChatEvent[]): void {
    const { finish_reason: reason, usage, error, ...rest } = delta;
    const word = asString(reason);
    const failure = failureIn(word);
    if (failure !== undefined || word === undefined) {
      events.push({ type: 'error', error: upstreamError(asString(error), failure) });
      return;
    }
    for (const key of this.#open.keys()) this.close(key, events);
    if (isObject(usage)) events.push({ type: 'usage', usage: readUsage(usage) });
    const ext = { [dialectName]: { ...rest, ...more, ...(usage === undefined && { $usage: false }) } };
    events.push({ type: 'finish', choice: 0, reason: readFinishReason(word, this.#calls), raw: word, ext });
  }

  /** An event that this dialect may have one day. */
  unknown(name: string, event: JsonObject, events: ChatEvent[]): void {
    events.push({ type: 'opaque', dialect: dialectName, name, json: event });
  }

  #begin(key: string, start: Omit<PartStartEvent, 'type' | 'part' | 'choice'>, events: ChatEvent[]): string {
    const part = `p${this.#parts}`;
    this.#parts += 1;
    this.#open.set(key, { part, kind: start.kind });
    events.push({ type: 'part-start', part, choice: 0, ...start });
    return part;
  }

  #say(key: string, text: string, events: ChatEvent[], logprobs?: Json): void {
    const open = this.#open.get(key);
    if (open === undefined || text === '') return;
    const told = logprobs === undefined ? {} : { logprobs: { dialect: dialectName, json: logprobs } };
    events.push({ type: 'part-delta', part: open.part, text, ...told });
  }
}

function opaque(block: JsonObject): Pick<PartStartEvent, 'origin' | 'opaqueType' | 'json'> {
  return { origin: { dialect: dialectName }, opaqueType: asString(block['type']) ?? '', json: block };
}
