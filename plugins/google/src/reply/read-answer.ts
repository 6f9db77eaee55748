import {
  asString,
  coreErrors,
  isArray,
  isObject,
  type ChatEvent,
  type JsonObject,
  type StartEvent,
  type Usage,
  type UpstreamError,
} from '@tapgate/core';
import { defined } from '../defined.ts';
import { Fields } from '../fields.ts';
import { ownFields } from '../own-fields.ts';
import { errorOf } from '../read-error.ts';
import { isMalformed } from './finish.ts';
import { CandidateReader, type Answer } from './read-candidate.ts';
import { readUsage } from './usage.ts';

/**
 * Reads the objects of an answer, one of a whole answer or many of a stream, into events. Why it ended is told at its end:
 * older models repeat the reason in every chunk.
 */
export class AnswerReader {
  readonly #answer: Answer;
  readonly #candidates = new Map<number, CandidateReader>();
  #usage: Usage | undefined;
  #blocked: JsonObject | undefined;
  #started = false;
  #failed = false;

  constructor(provider: string, merges: boolean) {
    this.#answer = { provider, merges, model: undefined, id: undefined, parts: 0, calls: 0 };
  }

  read(response: JsonObject, out: ChatEvent[]): void {
    if (this.#failed) return;
    const error = errorOf(response);
    if (error !== undefined) {
      this.fail(error, out);
      return;
    }
    const fields = new Fields(response);
    const candidates = fields.take('candidates');
    this.#start(fields, out);
    for (const candidate of isArray(candidates) ? candidates : [])
      if (isObject(candidate)) this.#candidate(candidate, out);
  }

  #start(fields: Fields, out: ChatEvent[]): void {
    const id = fields.string('responseId');
    const model = fields.string('modelVersion');
    const created = fields.peek('createTime');
    const feedback = fields.object('promptFeedback');
    if (feedback?.['blockReason'] !== undefined) this.#blocked = feedback;
    const raw = fields.object('usageMetadata');
    const usage = raw && readUsage(raw);
    const rest: JsonObject = defined({
      ...fields.rest(),
      usageMetadata: usage === undefined && raw !== undefined && Object.keys(raw).length > 0 ? raw : undefined,
      promptFeedback: feedback !== undefined && this.#blocked !== feedback ? feedback : undefined,
    });
    const start = this.#news(id, model, created, rest);
    if (start !== undefined) out.push(start);
    if (usage === undefined) return;
    this.#usage = usage;
    out.push({ type: 'usage', usage });
  }

  /** What a chunk says of the answer that none before it said. */
  #news(id: string | undefined, model: string | undefined, created: unknown, rest: JsonObject): StartEvent | undefined {
    const answer = this.#answer;
    // Older models give answers no id, and no client of theirs misses it.
    const own = id === undefined && !this.#started ? { ...rest, $id: false } : rest;
    const isNews =
      !this.#started ||
      (id !== undefined && answer.id === undefined) ||
      (model !== undefined && answer.model === undefined);
    answer.id ??= id;
    answer.model ??= model;
    if (!isNews) return undefined;
    this.#started = true;
    const time = Date.parse(asString(created) ?? '');
    const seconds = Number.isNaN(time) ? undefined : Math.floor(time / 1000);
    return { type: 'start', ...defined({ id, model, created: seconds }), ...ownFields(own) };
  }

  #candidate(candidate: JsonObject, out: ChatEvent[]): void {
    const index = candidate['index'];
    const choice = typeof index === 'number' && Number.isSafeInteger(index) && index >= 0 ? index : 0;
    let reader = this.#candidates.get(choice);
    if (reader === undefined) {
      reader = new CandidateReader(choice, this.#answer);
      this.#candidates.set(choice, reader);
    }
    reader.read(candidate, out);
  }

  /** Ends the answer with an error. Nothing follows. */
  fail(upstream: UpstreamError, out: ChatEvent[]): void {
    this.#failed = true;
    out.push({
      type: 'error',
      error: coreErrors.UPSTREAM_FAILED({ message: upstream.message }, { kind: upstream.kind, upstream }),
    });
  }

  end(out: ChatEvent[]): void {
    if (this.#failed) return;
    const candidates = [...this.#candidates.values()].toSorted((one, other) => one.choice - other.choice);
    const isWhole =
      candidates.length > 0 ? candidates.every((one) => one.finish !== undefined) : this.#blocked !== undefined;
    if (!isWhole) {
      this.#truncated(out);
      return;
    }
    const malformed = candidates.find((one) => isMalformed(one.finish ?? ''));
    if (malformed !== undefined && candidates.every((one) => !one.hasParts)) {
      this.fail(malformedError(malformed), out);
      return;
    }
    this.#searches(candidates, out);
    for (const candidate of candidates) candidate.end(out);
    if (candidates.length === 0) this.#refused(out);
  }

  #truncated(out: ChatEvent[]): void {
    this.#failed = true;
    const { provider } = this.#answer;
    out.push({
      type: 'error',
      error: coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated', retryable: true }),
    });
  }

  #searches(candidates: readonly CandidateReader[], out: ChatEvent[]): void {
    const googleSearch = candidates.reduce((total, one) => total + one.searches, 0);
    if (googleSearch > 0 && this.#usage !== undefined)
      out.push({ type: 'usage', usage: { ...this.#usage, calls: { googleSearch } } });
  }

  /** The prompt itself was not let through, so there is no candidate. */
  #refused(out: ChatEvent[]): void {
    const promptFeedback = this.#blocked ?? {};
    const raw = asString(promptFeedback['blockReason']) ?? '';
    out.push({ type: 'finish', choice: 0, reason: 'content-filter', raw, ...ownFields({ promptFeedback }) });
  }
}

function malformedError(candidate: CandidateReader): UpstreamError {
  const message = candidate.finishMessage ?? 'The model wrote a function call that cannot be read.';
  return { kind: 'server', status: 502, message: message.slice(0, 400), ...defined({ code: candidate.finish }) };
}
