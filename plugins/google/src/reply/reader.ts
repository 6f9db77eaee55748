import {
  coreErrors,
  EventTooLarge,
  isArray,
  isObject,
  parseObject,
  readJson,
  RepeatedEvent,
  type ChatEvent,
  type Json,
  type JsonObject,
  type ReplyReader,
} from '@tapgate/core';
import { errorOf } from '../read-error.ts';
import { AnswerReader } from './read-answer.ts';
import { createSplitter, jsonOf, responseIn } from './split-stream.ts';

/** An image comes whole in one event. */
const maxEventBytes = 64 * 1024 * 1024;

const raw: ReadonlySet<string> = new Set(['args']);

/** Reads an answer's bytes into events: a whole one, or a stream of either framing. */
export function createReader(of: { readonly streamed: boolean; readonly provider: string }): ReplyReader {
  return of.streamed ? new StreamReader(of.provider) : new WholeReader(of.provider);
}

/** What an answer has cost so far is said each time. */
const changing = { texts: ['text'], apart: 'usageMetadata' };

class StreamReader implements ReplyReader {
  readonly #provider: string;
  readonly #answer: AnswerReader;
  readonly #splitter = createSplitter({ maxEventBytes });
  readonly #repeated = new RepeatedEvent(changing);
  #usageText = '';
  #out: ChatEvent[] = [];
  #broken = false;

  constructor(provider: string) {
    this.#provider = provider;
    this.#answer = new AnswerReader(provider, true);
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#out = [];
    try {
      if (!this.#broken) this.#splitter.push(chunk, this.#event);
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      this.#broken = true;
      this.#out.push({
        type: 'error',
        error: coreErrors.UPSTREAM_TOO_LARGE({ provider: this.#provider, limit: maxEventBytes }),
      });
    }
    return this.#out;
  }

  end(): readonly ChatEvent[] {
    this.#out = [];
    if (this.#broken) return this.#out;
    const rest = this.#splitter.end(this.#event);
    if (rest !== undefined) this.#last(rest);
    if (!this.#broken) this.#answer.end(this.#out);
    return this.#out;
  }

  readonly #event = (bytes: Uint8Array): void => {
    if (this.#broken) return;
    const text = jsonOf(bytes);
    if (text === undefined || text === '' || this.#goesOn(text)) return;
    const response = parse(text);
    if (response === undefined) {
      this.#malformed();
      return;
    }
    const from = this.#out.length;
    this.#read(response);
    const more = this.#answer.saidMore(this.#out, from);
    if (more === undefined) this.#repeated.forget();
    else this.#repeated.learn(text, more);
    this.#usageText = this.#repeated.apart;
  };

  /** Whether the event only says more of the text that the one before said more of, and what that has cost. */
  #goesOn(text: string): boolean {
    const more = this.#repeated.again(text);
    if (!more) return false;
    const { apart } = this.#repeated;
    const usage = apart === this.#usageText ? undefined : parseObject(apart);
    if (apart !== this.#usageText && usage === undefined) return false;
    this.#usageText = apart;
    this.#answer.more(more, usage, this.#out);
    return true;
  }

  /** Behind an error comes nothing, but for the same error once more. */
  #read(response: JsonObject): void {
    this.#answer.read(response, this.#out);
    if (this.#out.at(-1)?.type === 'error') this.#broken = true;
  }

  /** What no end mark closed: an event that is whole all the same, a bare error, or half of one, which is told as cut off. */
  #last(bytes: Uint8Array): void {
    const text = jsonOf(bytes);
    const response = text === undefined ? undefined : parse(text);
    if (response !== undefined) this.#read(response);
  }

  #malformed(): void {
    this.#broken = true;
    const reason = 'an event is not a JSON object';
    this.#out.push({ type: 'error', error: coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason }) });
  }
}

class WholeReader implements ReplyReader {
  readonly #provider: string;
  readonly #chunks: Uint8Array[] = [];

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#chunks.push(chunk);
    return [];
  }

  end(): readonly ChatEvent[] {
    const out: ChatEvent[] = [];
    const answer = new AnswerReader(this.#provider, false);
    const text = Buffer.concat(this.#chunks).toString('utf8');
    const document = parseAny(text);
    if (document === undefined && /^\s*[^\s[{]/.test(text)) {
      const reason = 'the document is not JSON';
      return [{ type: 'error', error: coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason }) }];
    }
    const error = errorOf(document);
    if (error !== undefined) answer.fail(error, out);
    else for (const response of responsesOf(document)) answer.read(response, out);
    answer.end(out);
    return out;
  }
}

/** A whole answer is one object; where a stream was asked for without events it is a list of them. */
function responsesOf(document: Json | undefined): readonly JsonObject[] {
  if (isArray(document)) return document.filter(isObject);
  return isObject(document) ? [document] : [];
}

/** Arguments keep their digits and the order of their keys; what has none is read the quick way. */
function parse(text: string): JsonObject | undefined {
  const hasCalls = text.includes('"functionCall"') || text.includes('"function_call"');
  return hasCalls || text.startsWith('[') ? responseIn(text, parseAny) : parseObject(text);
}

function parseAny(text: string): Json | undefined {
  try {
    return readJson(text, { raw });
  } catch {
    return undefined;
  }
}
