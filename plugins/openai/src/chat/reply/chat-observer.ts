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
import { choiceShift, glance, glanced } from './glance.ts';
import { readWhole } from './read-chunk.ts';
import { readUsage, usageIn } from './usage.ts';

const lineFeed = 0x0a;
const colon = 0x3a;
const openBracket = 0x5b;

/**
 * Looks at a native answer beside its way. Parses an event only where it may say something that must be known: until the
 * first content, and where the text names a usage, an error, or an ending; all others are looked at from outside.
 */
export class ChatObserver implements ReplyObserver {
  readonly #wantUsage: boolean;
  /** Choices of a stream that have begun, and those that have ended. */
  #running: Set<number> | undefined;
  #finished: Set<number> | undefined;
  #first = true;
  #content = false;
  #marked = false;
  #model: string | undefined;
  #madeBy: string | undefined;
  #tier: string | undefined;
  #raw: JsonObject | undefined;
  #usage: Usage | undefined;
  error: UpstreamError | undefined;

  constructor(of: { readonly wantUsage: boolean }) {
    this.#wantUsage = of.wantUsage;
  }

  get usage(): Usage | undefined {
    if (this.#usage === undefined && this.#raw !== undefined) {
      this.#usage = readUsage(this.#raw, this.#tier === undefined ? {} : { tier: this.#tier });
    }
    return this.#usage;
  }

  get model(): string | undefined {
    return this.#model;
  }

  get madeBy(): string | undefined {
    return this.#madeBy;
  }

  get complete(): boolean {
    if (this.#marked) return true;
    const finished = this.#finished;
    return finished !== undefined && [...(this.#running ?? [])].every((choice) => finished.has(choice));
  }

  event(bytes: Uint8Array): number {
    const isFirst = this.#first;
    this.#first = false;
    const start = dataStart(bytes);
    if (start === -1) return this.#uncommon(bytes, isFirst);
    const end = lastInk(bytes);
    if (bytes[start] === openBracket && isMark(bytes, start, end)) return this.#end();
    const flags = glance(bytes, start, end);
    if (flags & glanced.broken) return hasLines(bytes, end) ? this.#uncommon(bytes, isFirst) : seen.broken;
    if (!this.#content || flags & glanced.notable) {
      const found = this.#parse(utf8(bytes, start, end + 1), undefined);
      return found === seen.broken && hasLines(bytes, end) ? this.#uncommon(bytes, isFirst) : found;
    }
    if (flags >> choiceShift > 0) this.#begun(flags >> choiceShift);
    return seen.content;
  }

  whole(bytes: Uint8Array): number {
    this.#marked = true;
    const json = readWhole(utf8(bytes, 0, bytes.length));
    if (json === undefined) return seen.broken;
    return this.#note(json, undefined) ? seen.error : seen.content | seen.terminal;
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

  #parse(text: string, named: string | undefined): number {
    const json = readWhole(text);
    return json === undefined ? seen.broken : this.#judge(json, named);
  }

  #judge(json: JsonObject, named: string | undefined): number {
    if (this.#note(json, named)) return seen.error;
    const choices = isArray(json['choices']) ? json['choices'] : [];
    if (choices.length === 0) return usageIn(json) !== undefined && !this.#wantUsage ? seen.unasked : 0;
    return this.#choices(choices);
  }

  /** What must be known of it: who answers, and what it cost, which what failed may have all the same. True for an error. */
  #note(json: JsonObject, named: string | undefined): boolean {
    const { model, provider, service_tier: tier } = json;
    if (typeof model === 'string' && model !== '') this.#model ??= model;
    if (typeof provider === 'string') this.#madeBy ??= provider;
    if (typeof tier === 'string') this.#tier = tier;
    const raw = usageIn(json);
    if (raw !== undefined) {
      this.#raw = raw;
      this.#usage = undefined;
    }
    if (named !== 'error' && !isErrorBody(json)) return false;
    this.error = answerError(json);
    return true;
  }

  #choices(choices: readonly Json[]): number {
    let shows = false;
    for (const choice of choices) {
      if (!isObject(choice)) continue;
      const index = asNumber(choice['index']) ?? 0;
      const finish = choice['finish_reason'];
      if (typeof finish === 'string' && finish !== '') {
        this.#finished ??= new Set();
        this.#finished.add(index);
      }
      this.#begun(index);
      shows ||= showsSomething(choice);
    }
    this.#content ||= shows;
    return shows ? seen.content : 0;
  }

  #begun(choice: number): void {
    this.#running ??= new Set();
    this.#running.add(choice);
  }
}

/** Whether there is more than one line before the end: only then can an event be more than its data. */
function hasLines(bytes: Uint8Array, end: number): boolean {
  const at = bytes.indexOf(lineFeed);
  return at !== -1 && at < end;
}

/** Where the data of an event begins whose first line is data; -1 where it is not. */
function dataStart(bytes: Uint8Array): number {
  if (bytes[0] !== 0x64 || bytes[1] !== 0x61 || bytes[2] !== 0x74 || bytes[3] !== 0x61 || bytes[4] !== colon) return -1;
  return bytes[5] === 0x20 ? 6 : 5;
}

const mark = Buffer.from('[DONE]');

function isMark(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === mark.length - 1 && mark.every((byte, at) => bytes[start + at] === byte);
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

/** The place of the last byte that is neither white space nor a line end. */
function lastInk(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at >= 0 && isBlank(bytes[at])) at -= 1;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte !== undefined && byte <= 0x20;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  const text = buffer(bytes).toString('utf8', start, end);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
