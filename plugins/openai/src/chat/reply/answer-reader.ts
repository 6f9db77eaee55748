import {
  asNumber,
  asString,
  coreErrors,
  defined,
  isObject,
  type Capabilities,
  type ChatEvent,
  type GatewayError,
  type Json,
  type JsonObject,
  type UpstreamError,
} from '@tapgate/core';
import { wordOf } from '../capabilities.ts';
import { answerError, isErrorBody } from '../errors/answer-error.ts';
import { extOf } from '../own.ts';
import { listedSources } from './annotations.ts';
import { ChoiceReader } from './choice-reader.ts';
import { readUsage, usageIn } from './usage.ts';

/** Members of a chunk that are read here, or say nothing. */
const read: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  // Padding against guesses by length.
  'obfuscation',
]);

/** Turns the chunks of one answer, or a whole one, into events. Knows nothing of how they are framed. */
export class AnswerReader {
  readonly #provider: string;
  readonly #able: Capabilities;
  readonly #choices: Map<number, ChoiceReader> = new Map();
  readonly #told: Map<string, string> = new Map();
  #id: string | undefined;
  #model: string | undefined;
  #created: number | undefined;
  #started = false;
  #tier: string | undefined;
  #last: JsonObject = {};
  #over = false;

  constructor(provider: string, able: Capabilities) {
    this.#provider = provider;
    this.#able = able;
  }

  /** Nothing counts any more: it ended, or it failed. */
  get over(): boolean {
    return this.#over;
  }

  /** One chunk, or the whole answer. `named` is the name of the event it came in. */
  chunk(json: JsonObject, named: string | undefined, events: ChatEvent[]): void {
    if (this.#over) return;
    if (named === 'error' || isErrorBody(json)) {
      // What failed may have its price all the same.
      this.#usage(json, events);
      this.fail(answerError(json), events);
      return;
    }
    this.#start(json, events);
    this.#usage(json, events);
    const choices = json['choices'];
    for (const choice of Array.isArray(choices) ? (choices as readonly Json[]) : []) {
      if (isObject(choice)) this.#choiceOf(choice).take(choice, events);
    }
    if (json['citations'] !== undefined || json['search_results'] !== undefined) this.#last = json;
  }

  /** The end. Without an end mark only a finish reason of every choice says that the answer is complete. */
  end(marked: boolean, events: ChatEvent[]): void {
    if (this.#over) return;
    const choices = [...this.#choices.values()];
    if (choices.length === 0 || !(marked || choices.every((choice) => choice.finished))) {
      this.cut(events);
      return;
    }
    const failure = choices.map((choice) => choice.failure).find((word) => word !== undefined);
    if (failure !== undefined) {
      this.fail({ kind: 'server', status: 502, message: `The answer ended with "${failure}".`, code: failure }, events);
      return;
    }
    this.#over = true;
    for (const citation of listedSources(this.#last)) events.push({ type: 'source', choice: 0, citation });
    for (const choice of choices) choice.end(events);
  }

  /** It broke off, or never began. */
  cut(events: ChatEvent[], began: boolean = this.#started): void {
    const code = began ? 'UPSTREAM_TRUNCATED' : 'UPSTREAM_EMPTY';
    this.#fail(coreErrors[code]({ provider: this.#provider }, { kind: 'truncated', retryable: true }), events);
  }

  /** Something came that is no answer. */
  malformed(reason: string, events: ChatEvent[]): void {
    this.#fail(coreErrors.UPSTREAM_MALFORMED({ provider: this.#provider, reason }), events);
  }

  fail(upstream: UpstreamError, events: ChatEvent[]): void {
    const { message, kind, retryAfterMs } = upstream;
    const details = { kind, upstream, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    this.#fail(coreErrors.UPSTREAM_FAILED({ message }, details), events);
  }

  #fail(error: GatewayError, events: ChatEvent[]): void {
    if (this.#over) return;
    this.#over = true;
    events.push({ type: 'error', error });
  }

  /** The first chunk may be empty, and ids may change from chunk to chunk: the first of each that says something counts. */
  #start(json: JsonObject, events: ChatEvent[]): void {
    const id = this.#id === undefined ? asString(json['id']) || undefined : undefined;
    const model = this.#model === undefined ? asString(json['model']) || undefined : undefined;
    const created = this.#created === undefined ? asNumber(json['created']) || undefined : undefined;
    const news = this.#news(json);
    if (this.#started && id === undefined && model === undefined && created === undefined && !news) return;
    this.#started = true;
    this.#id ??= id;
    this.#model ??= model;
    this.#created ??= created;
    const madeBy = asString(news?.['provider']);
    events.push({ type: 'start', ...defined({ id, model, madeBy, created }), ...extOf(news) });
  }

  /** What the chunk says at its top that no chunk before it said. */
  #news(json: JsonObject): JsonObject | undefined {
    let news: JsonObject | undefined;
    for (const name in json) {
      if (read.has(name)) continue;
      const value = json[name];
      if (value === null || value === undefined) continue;
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      if (this.#told.get(name) === text) continue;
      this.#told.set(name, text);
      news = { ...news, [name]: value };
      if (name === 'service_tier' && typeof value === 'string') this.#tier = value;
    }
    return news;
  }

  #usage(json: JsonObject, events: ChatEvent[]): void {
    const raw = usageIn(json);
    if (raw === undefined) return;
    const extra = wordOf(this.#able, 'reasoningTokens');
    const usage = readUsage(raw, {
      ...(extra !== undefined && { extra: extra === 'extra' }),
      ...(this.#tier !== undefined && { tier: this.#tier }),
    });
    events.push({ type: 'usage', usage });
  }

  #choiceOf(json: JsonObject): ChoiceReader {
    const index = asNumber(json['index']) ?? 0;
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const tags = wordOf(this.#able, 'reasoningOut');
    const choice = new ChoiceReader(index, {
      provider: this.#provider,
      thinkTags: tags === 'think-tags' || tags === 'think-tags-implied' ? tags : undefined,
      model: () => this.#model,
      salt: () => `${this.#id ?? ''}/${this.#created ?? ''}`,
    });
    this.#choices.set(index, choice);
    return choice;
  }
}
