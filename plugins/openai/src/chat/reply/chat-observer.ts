import {
  asNumber,
  isArray,
  isObject,
  readEvent,
  seen,
  writeJson,
  type GatewayError,
  type Json,
  type JsonObject,
  type ReplyObserver,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { answerError, isErrorBody } from '../errors/answer-error.ts';
import { errorObject } from '../errors/write-error.ts';
import { readWhole } from './read-chunk.ts';
import { readUsage, usageIn } from './usage.ts';

const colon = 0x3a;

/**
 * Looks at a native answer beside its way. Parses an event only where it may say something that must be known: until the
 * first content, and where the text names a usage, an error, or an ending; all others are looked at from outside.
 */
export class ChatObserver implements ReplyObserver {
  readonly #wantUsage: boolean;
  readonly #running: Set<number> = new Set();
  readonly #finished: Set<number> = new Set();
  #first = true;
  #content = false;
  #marked = false;
  #model: string | undefined;
  #tier: string | undefined;
  #raw: JsonObject | undefined;
  #whole: Uint8Array | undefined;
  #usage: Usage | undefined;
  error: UpstreamError | undefined;

  constructor(of: { readonly wantUsage: boolean }) {
    this.#wantUsage = of.wantUsage;
  }

  get usage(): Usage | undefined {
    this.#readWhole();
    if (this.#usage === undefined && this.#raw !== undefined) {
      this.#usage = readUsage(this.#raw, this.#tier === undefined ? {} : { tier: this.#tier });
    }
    return this.#usage;
  }

  get model(): string | undefined {
    this.#readWhole();
    return this.#model;
  }

  get complete(): boolean {
    if (this.#marked) return true;
    return this.#finished.size > 0 && [...this.#running].every((choice) => this.#finished.has(choice));
  }

  event(bytes: Uint8Array): number {
    const isFirst = this.#first;
    this.#first = false;
    const text = latin1(bytes);
    if (text.charCodeAt(0) === colon && text.indexOf('\n') >= text.length - 2) return 0;
    const start = dataStart(text);
    if (start === -1) return this.#uncommon(bytes, isFirst);
    if (text.startsWith('[DONE]', start)) return this.#end();
    const end = lastInk(text);
    if (text.charAt(start) !== '{' || text.charAt(end) !== '}') return seen.broken;
    if (this.#content && !isNotable(text, start)) return this.#glance(text, start);
    return this.#parse(utf8(bytes), undefined);
  }

  whole(bytes: Uint8Array): number {
    this.#marked = true;
    const text = latin1(bytes);
    const first = firstInk(text);
    if (text.charAt(first) !== '{' || text.charAt(lastInk(text)) !== '}') return seen.broken;
    if (text.includes('"choices"') && !text.includes('"error"') && !text.includes('"base_resp"')) {
      this.#whole = bytes;
      return seen.content | seen.terminal;
    }
    const json = readWhole(utf8(bytes));
    if (json === undefined) return seen.broken;
    return this.#judge(json, undefined) || seen.content | seen.terminal;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(`data: ${writeJson({ error: errorObject(error) })}\n\n`);
  }

  #end(): number {
    this.#marked = true;
    return seen.terminal;
  }

  /** An event of several lines, or with a name. */
  #uncommon(bytes: Uint8Array, isFirst: boolean): number {
    const { event, data } = readEvent(bytes, isFirst);
    const text = data?.trim();
    if (text === undefined || text === '') return 0;
    return text === '[DONE]' ? this.#end() : this.#parse(text, event);
  }

  /** The choice that an event is of, as far as it can be seen without parsing. */
  #glance(text: string, start: number): number {
    const at = text.indexOf('"choices":[{"index":', start);
    const digit = at === -1 ? 0 : text.charCodeAt(at + 20) - 0x30;
    if (digit > 0 && digit <= 9) this.#running.add(digit);
    return seen.content;
  }

  #parse(text: string, named: string | undefined): number {
    const json = readWhole(text);
    return json === undefined ? seen.broken : this.#judge(json, named);
  }

  #judge(json: JsonObject, named: string | undefined): number {
    if (named === 'error' || isErrorBody(json)) {
      this.error = answerError(json);
      return seen.error;
    }
    const { model, service_tier: tier } = json;
    if (typeof model === 'string' && model !== '') this.#model ??= model;
    if (typeof tier === 'string') this.#tier = tier;
    const raw = usageIn(json);
    if (raw !== undefined) {
      this.#raw = raw;
      this.#usage = undefined;
    }
    const choices = isArray(json['choices']) ? json['choices'] : [];
    if (choices.length === 0) return raw !== undefined && !this.#wantUsage ? seen.unasked : 0;
    return this.#choices(choices);
  }

  #choices(choices: readonly Json[]): number {
    let shows = false;
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      const index = asNumber(choice['index']) ?? 0;
      const finish = choice['finish_reason'];
      if (typeof finish === 'string' && finish !== '') this.#finished.add(index);
      this.#running.add(index);
      shows ||= showsSomething(choice);
    }
    this.#content ||= shows;
    return shows ? seen.content : 0;
  }

  /** A whole answer is read only when somebody asks, which is after its bytes are out. */
  #readWhole(): void {
    const bytes = this.#whole;
    if (bytes === undefined) return;
    this.#whole = undefined;
    const json = readWhole(utf8(bytes));
    if (json !== undefined) this.#judge(json, undefined);
  }
}

/** Where the data of an event begins that is one data line; -1 where it is not. */
function dataStart(text: string): number {
  if (!text.startsWith('data:')) return -1;
  const line = text.indexOf('\n');
  // What follows the line must be line ends alone.
  if (line !== -1 && line < lastInk(text)) return -1;
  return text.charCodeAt(5) === 0x20 ? 6 : 5;
}

/** Whether it may hold what must be read: usage that is an object, an error, an ending. */
function isNotable(text: string, start: number): boolean {
  return (
    followedBy(text, '"usage"', start, '{') ||
    followedBy(text, '"finish_reason"', start, '"') ||
    text.includes('"error"', start) ||
    text.includes('"choices":[]', start)
  );
}

/** Whether a key is there whose value begins so. */
function followedBy(text: string, key: string, from: number, character: string): boolean {
  for (let at = text.indexOf(key, from); at !== -1; at = text.indexOf(key, at + key.length)) {
    let value = at + key.length;
    while (text.charAt(value) === ' ' || text.charAt(value) === ':') value += 1;
    if (text.charAt(value) === character) return true;
  }
  return false;
}

/** Whether a choice shows something of the answer: what the reader makes a content event of. */
function showsSomething(choice: JsonObject): boolean {
  const finish = choice['finish_reason'];
  if (typeof finish === 'string' && finish !== '') return true;
  const delta = choice['delta'] ?? choice['message'];
  if (!isObject(delta)) return isText(choice['text']);
  if (texts.some((name) => isText(delta[name]))) return true;
  if (listIn(delta['content']).length > 0 || listIn(delta['images']).length > 0) return true;
  if (listIn(delta['annotations']).length > 0 || isNamed(delta['function_call'])) return true;
  const audio = delta['audio'];
  if (isObject(audio) && isText(audio['transcript'])) return true;
  return listIn(delta['tool_calls']).some(isCall) || listIn(delta['reasoning_details']).some(isThought);
}

const texts = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value !== '';
}

function listIn(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

function isNamed(value: Json | undefined): boolean {
  return isObject(value) && isText(value['name']);
}

function isCall(call: Json): boolean {
  return isObject(call) && (isNamed(call['function']) || isNamed(call['custom']));
}

function isThought(detail: Json): boolean {
  return isObject(detail) && (isText(detail['text']) || isText(detail['summary']));
}

/** The place of the last character that is neither white space nor a line end. */
function lastInk(text: string): number {
  let at = text.length - 1;
  while (at >= 0 && text.charCodeAt(at) <= 0x20) at -= 1;
  return at;
}

function firstInk(text: string): number {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One character a byte: quick, and enough for what is written in ASCII. */
function latin1(bytes: Uint8Array): string {
  return buffer(bytes).toString('latin1');
}

/** As text, from its first brace on where it is an event of one data line. */
function utf8(bytes: Uint8Array): string {
  const text = buffer(bytes).toString('utf8');
  return text.startsWith('data:') ? text.slice(5) : text.replace(/^\uFEFF/, '');
}
