import {
  asString,
  type ChatEvent,
  coreErrors,
  defined,
  isArray,
  isObject,
  type JsonObject,
  type StartEvent,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { ownFields } from '../own-fields.ts';
import { errorOf } from '../read-error.ts';
import { isMalformed } from './finish.ts';
import { CandidateReader, type Answer } from './read-candidate.ts';
import { readUsage, withSearches } from './usage.ts';

/**
 * Reads the objects of an answer, one of a whole answer or many of a stream, into events. Why it ended is told at its end:
 * older models repeat the reason in every chunk.
 */
export class AnswerReader {
  readonly #answer: Answer;
  readonly #candidates = new Map<number, CandidateReader>();
  #latest: CandidateReader | undefined;
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
    this.#head(response, out);
    const { candidates } = response;
    if (!isArray(candidates)) return;
    for (const candidate of candidates) if (isObject(candidate)) this.#candidate(candidate, out);
  }

  /** Whether what came since `from` is more of a text and nothing else but what it has cost. */
  saidMore(out: readonly ChatEvent[], from: number): string | undefined {
    const said = out.at(-1);
    const count = out.length - from;
    if (said?.type !== 'part-delta' || said.logprobs !== undefined || said.part !== this.#latest?.unsealed)
      return undefined;
    return count === 1 || (count === 2 && out[from]?.type === 'usage') ? said.text : undefined;
  }

  /** More of the text that the response before said more of, and what the answer has cost so far, if that is news. */
  more(text: string, usageMetadata: JsonObject | undefined, out: ChatEvent[]): void {
    const usage = usageMetadata && readUsage(usageMetadata);
    if (usage !== undefined) {
      this.#usage = usage;
      out.push({ type: 'usage', usage });
    }
    this.#latest?.more(text, out);
  }

  /** What a chunk says of the whole answer: at first who answers, each time what it has cost so far. */
  #head(response: JsonObject, out: ChatEvent[]): void {
    const { responseId, modelVersion, usageMetadata, promptFeedback } = response;
    if (isObject(promptFeedback) && promptFeedback['blockReason'] !== undefined) this.#blocked = promptFeedback;
    const usage = isObject(usageMetadata) ? readUsage(usageMetadata) : undefined;
    const { id, model } = this.#answer;
    if (!this.#started || (id === undefined && responseId) || (model === undefined && modelVersion)) {
      out.push(this.#start(response, usage === undefined));
    }
    if (usage === undefined) return;
    this.#usage = usage;
    out.push({ type: 'usage', usage });
  }

  #start(response: JsonObject, withoutCounts: boolean): StartEvent {
    const { responseId, modelVersion, usageMetadata, promptFeedback, candidates: _, ...rest } = response;
    const answer = this.#answer;
    answer.id ??= asString(responseId);
    answer.model ??= asString(modelVersion);
    const time = Date.parse(asString(rest['createTime']) ?? '');
    const created = Number.isNaN(time) ? undefined : Math.floor(time / 1000);
    const own = defined({
      ...rest,
      usageMetadata: withoutCounts && isObject(usageMetadata) ? usageMetadata : undefined,
      promptFeedback: promptFeedback === this.#blocked ? undefined : promptFeedback,
      // Older models give answers no id, and no client of theirs misses it.
      $id: answer.id === undefined && !this.#started ? false : undefined,
    });
    this.#started = true;
    return { type: 'start', ...defined({ id: answer.id, model: answer.model, created }), ...ownFields(own) };
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
    this.#latest = reader;
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
    if (this.#usage === undefined || candidates.every((one) => one.searches === 0)) return;
    out.push({
      type: 'usage',
      usage: withSearches(
        this.#usage,
        candidates.map((one) => one.searches),
      ),
    });
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
