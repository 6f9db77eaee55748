import {
  type ChatEvent,
  coreErrors,
  defined,
  type FinishEvent,
  type GatewayError,
  isObject,
  type JsonObject,
  type PartDeltaEvent,
  type PartEndEvent,
  type PartStartEvent,
  type ReasoningPart,
  type ReplyWriter,
  type StartEvent,
  type Usage,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import type { Framing } from '../peek.ts';
import { errorDocument } from '../write-error.ts';
import { failStream } from './fail-stream.ts';
import { writeFinish } from './finish.ts';
import { writeUsage } from './usage.ts';
import { joinLogprobs, writeLogprobs } from './write-logprobs.ts';
import { endOfText, isShown, isText, sealedReasoning, textPartJson, wholePart, type OpenPart } from './write-parts.ts';
import { writeSources, type Cited } from './write-sources.ts';

/** One of the answers that were asked for. */
interface Choice {
  readonly index: number;
  /** Parts by their ids, in the order they began; of a stream, only what is still to be written. */
  readonly parts: Map<string, JsonObject | undefined>;
  readonly texts: Map<string, string>;
  readonly cited: Cited[];
  logprobs: JsonObject | undefined;
  /** Reasoning that another vendor sealed, for the call that follows it. */
  before: ReasoningPart | undefined;
  malformed: string | undefined;
  finish: FinishEvent | undefined;
}

/**
 * Writes an answer of this API. A stream's event is a whole answer with new parts in it; why it ended and what it cost stand
 * on the last one. No comments and no end mark: its clients take every line for an answer.
 */
export class Writer implements ReplyWriter {
  readonly contentType: string;
  readonly #streamed: boolean;
  readonly #framing: Framing;
  readonly #open = new Map<string, OpenPart>();
  readonly #choices = new Map<number, Choice>();
  #id: string | undefined;
  #model: string;
  #own: JsonObject = {};
  /** The end of every event but the last. */
  #tail: string | undefined;
  #usage: Usage | undefined;
  #begun = false;
  #over = false;

  constructor(context: WriterContext) {
    this.#streamed = context.streamed;
    this.#framing = context.framing === 'json-array' ? 'json-array' : 'sse';
    const sse = context.streamed && this.#framing === 'sse';
    this.contentType = sse ? 'text/event-stream' : 'application/json; charset=UTF-8';
    this.#id = context.id;
    this.#model = context.model;
  }

  push(event: ChatEvent): string | undefined {
    if (this.#over) return undefined;
    switch (event.type) {
      case 'start':
        this.#start(event);
        return undefined;
      case 'part-start':
        this.#partStart(event);
        return undefined;
      case 'part-delta':
        return this.#partDelta(event);
      case 'part-end':
        return this.#partEnd(event);
      case 'source':
        this.#choice(event.choice).cited.push({ part: event.part, citation: event.citation });
        return undefined;
      case 'usage':
        this.#usage = event.usage;
        return undefined;
      case 'finish':
        this.#choice(event.choice).finish ??= event;
        return undefined;
      case 'error':
        return this.fail(event.error);
      case 'ping':
      case 'opaque':
        return undefined;
    }
  }

  #start(event: StartEvent): void {
    this.#id = event.id ?? (ownOf(event)['$id'] === false ? undefined : this.#id);
    this.#model = event.model ?? this.#model;
    this.#usage = event.usage ?? this.#usage;
    this.#tail = undefined;
    this.#own = { ...this.#own, ...ownOf(event) };
  }

  #choice(index: number): Choice {
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const nothing = { logprobs: undefined, before: undefined, malformed: undefined, finish: undefined };
    const choice = {
      index,
      parts: new Map<string, JsonObject | undefined>(),
      texts: new Map<string, string>(),
      cited: [],
      ...nothing,
    };
    this.#choices.set(index, choice);
    return choice;
  }

  #partStart(start: PartStartEvent): void {
    const choice = this.#choice(start.choice);
    if (!isShown(start)) return;
    this.#open.set(start.part, { start, text: '', begun: false });
    if (!this.#streamed) choice.parts.set(start.part, undefined);
  }

  #partDelta({ part, text, logprobs }: PartDeltaEvent): string | undefined {
    const open = this.#open.get(part);
    if (open === undefined) return undefined;
    open.text += text;
    const choice = this.#choice(open.start.choice);
    const probabilities = logprobs && writeLogprobs(logprobs);
    if (!this.#streamed) {
      if (probabilities !== undefined) choice.logprobs = joinLogprobs(choice.logprobs, probabilities);
      return undefined;
    }
    if (!isText(open.start) || (text === '' && probabilities === undefined)) return undefined;
    const json = textPartJson(open, text);
    open.begun = true;
    return this.#part(choice.index, json, probabilities);
  }

  #partEnd(end: PartEndEvent): string | undefined {
    const open = this.#open.get(end.part);
    if (open === undefined) return undefined;
    this.#open.delete(end.part);
    const choice = this.#choice(open.start.choice);
    if (open.start.kind === 'text') choice.texts.set(end.part, open.text);
    const streamedText = this.#streamed && isText(open.start);
    const json = streamedText ? endOfText(open, end) : wholePart(open, end, choice.before);
    if (open.start.kind === 'tool-call') this.#calledOf(choice, open, json);
    choice.before = sealedReasoning(open, end) ?? choice.before;
    if (!this.#streamed) choice.parts.set(end.part, json);
    return this.#streamed && json !== undefined ? this.#part(choice.index, writeJson(json)) : undefined;
  }

  /** Reasoning is carried by one call; a call that cannot be given to a client ends the answer as malformed. */
  #calledOf(choice: Choice, open: OpenPart, json: JsonObject | undefined): void {
    choice.before = undefined;
    if (json === undefined) choice.malformed ??= open.start.name ?? '';
  }

  /** One event with a new part of one choice: put together from its few words, because there are many of them. */
  #part(index: number, part: string, logprobs?: JsonObject): string {
    this.#tail ??= writeJson(this.#names()).slice(1);
    const more = logprobs === undefined ? '' : `,"logprobsResult":${writeJson(logprobs)}`;
    const content = `{"parts":[${part}],"role":"model"}`;
    return this.#event(`{"candidates":[{"content":${content},"index":${index}${more}}],${this.#tail}`);
  }

  #names(): JsonObject {
    return defined({ modelVersion: this.#model, responseId: this.#id });
  }

  #event(json: string): string {
    const first = !this.#begun;
    this.#begun = true;
    if (this.#framing === 'sse') return `data: ${json}\r\n\r\n`;
    return `${first ? '[' : ',\r\n'}${json}`;
  }

  end(): string | undefined {
    if (this.#over) return undefined;
    const choices = [...this.#choices.values()].toSorted((one, other) => one.index - other.index);
    const isWhole = choices.length > 0 && choices.every((choice) => choice.finish !== undefined);
    if (!isWhole) return this.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'the provider' }, { kind: 'truncated' }));
    this.#over = true;
    const response = this.#last(choices);
    if (!this.#streamed) return writeJson(response);
    return this.#event(writeJson(response)) + (this.#framing === 'sse' ? '' : '\r\n]');
  }

  #last(choices: readonly Choice[]): JsonObject {
    const blocked = choices.map((choice) => blockOf(choice)).find((feedback) => feedback !== undefined);
    const { usageMetadata, ...own } = this.#own;
    return withOwn(
      defined({
        candidates: blocked === undefined ? choices.map((choice) => this.#candidate(choice)) : undefined,
        promptFeedback: blocked,
        // Clients look into it without asking whether it is there.
        usageMetadata: this.#usage === undefined ? (usageMetadata ?? {}) : writeUsage(this.#usage),
        ...this.#names(),
      }),
      own,
    );
  }

  #candidate(choice: Choice): JsonObject {
    const { finish, malformed, index } = choice;
    const own = finish === undefined ? {} : ownOf(finish);
    const parts = [...choice.parts.values()].filter((part) => part !== undefined);
    const isGrounded = own['groundingMetadata'] !== undefined || own['citationMetadata'] !== undefined;
    const isCut = finish?.reason === 'length' || finish?.reason === 'content-filter';
    const reason =
      malformed !== undefined && !isCut
        ? 'MALFORMED_FUNCTION_CALL'
        : writeFinish(finish?.reason ?? 'other', finish?.raw);
    const written: JsonObject = defined({
      content: { parts: this.#streamed ? [{ text: '' }] : parts, role: 'model' },
      finishReason: reason,
      finishMessage:
        malformed === undefined || isCut
          ? undefined
          : `The arguments of the call "${malformed}" are not a JSON object.`,
      index,
      logprobsResult: choice.logprobs,
      groundingMetadata: isGrounded ? undefined : this.#sources(choice),
    });
    return withOwn(written, own);
  }

  #sources({ cited, texts }: Choice): JsonObject | undefined {
    return writeSources(
      cited.filter(({ citation }) => citation.raw?.dialect !== dialectName),
      texts,
    );
  }

  fail(error: GatewayError): string {
    this.#over = true;
    if (!this.#streamed) return errorDocument(error).body;
    return failStream(error, this.#framing, this.#begun ? 'begun' : 'new');
  }
}

/** What the vendor said of a prompt that it did not let through: then there is no candidate at all. */
function blockOf({ finish, parts }: Choice): JsonObject | undefined {
  const feedback = finish === undefined ? undefined : ownOf(finish)['promptFeedback'];
  return finish?.reason === 'content-filter' && parts.size === 0 && isObject(feedback) ? feedback : undefined;
}
