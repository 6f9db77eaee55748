import {
  isObject,
  writeJson,
  type ChatEvent,
  type FinishEvent,
  type GatewayError,
  type Json,
  type JsonObject,
  type OpaqueEvent,
  type PartDeltaEvent,
  type PartEndEvent,
  type PartStartEvent,
  type ReplyWriter,
  type SourceEvent,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { errorObject } from '../errors/write-error.ts';
import { chatDialect, ownExt, ownFields } from '../own.ts';
import { merged } from '../request/write-content.ts';
import { writeAnnotation } from './annotations.ts';
import { AnswerHead, membersText } from './answer-head.ts';
import { codePoints } from '../../responses/code-points.ts';
import { failureOf, finishWord } from './finish-reason.ts';
import { isLegacy } from './legacy-calls.ts';
import {
  callHead,
  wholeDetail,
  imageOf,
  isSpoken,
  memberOf,
  signatureMember,
  type TextMember,
} from './written-parts.ts';
import { writeUsage } from './write-usage.ts';

/** One choice while it is put together. */
interface Choice {
  readonly texts: Map<TextMember, string>;
  readonly calls: JsonObject[];
  readonly details: JsonObject[];
  readonly images: JsonObject[];
  readonly annotations: JsonObject[];
  audio: JsonObject | undefined;
  /** The signature of the text, where a vendor signs texts. */
  signature: JsonObject;
  readonly logprobs: { content: Json[]; refusal: Json[] };
  /** Characters of content so far. */
  length: number;
  finish: FinishEvent | undefined;
}

interface Part {
  readonly start: PartStartEvent;
  readonly begin: number;
  readonly call: JsonObject | undefined;
  text: string;
}

/** Collects events and writes them as one document. */
export class WholeWriter implements ReplyWriter {
  readonly contentType = 'application/json';
  readonly #head: AnswerHead;
  readonly #legacy: boolean;
  readonly #parts: Map<string, Part> = new Map();
  readonly #choices: Map<number, Choice> = new Map();
  #usage: Usage | undefined;

  constructor(context: WriterContext) {
    this.#head = new AnswerHead(context);
    this.#legacy = isLegacy(context.request);
  }

  end(): string {
    const failure = failureOf(this.#choices.values().map(({ finish }) => finish));
    // No status has gone out yet: an error must not be told under that of a success.
    if (failure !== undefined) throw failure;
    const indexes = [...this.#choices.keys()].toSorted((one, other) => one - other);
    const choices = indexes.map((index) => writeJson(this.#choiceJson(index)));
    const usage = this.#usage === undefined ? '' : `,"usage":${writeJson(writeUsage(this.#usage))}`;
    return `${this.#head.text('chat.completion')},"choices":[${choices.join(',')}]${usage}${membersText(this.#head.fields)}}`;
  }

  fail(error: GatewayError): string {
    return writeJson({ error: errorObject(error) });
  }

  push(event: ChatEvent): undefined {
    switch (event.type) {
      case 'start':
        this.#head.take(event);
        this.#usage = event.usage ?? this.#usage;
        break;
      case 'part-start':
        this.#start(event);
        break;
      case 'part-delta':
        this.#delta(event);
        break;
      case 'part-end':
        this.#end(event);
        break;
      case 'source':
        this.#source(event);
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finish':
        this.#choice(event.choice).finish = event;
        break;
      case 'opaque':
        this.#opaque(event);
        break;
      case 'error':
      case 'ping':
    }
  }

  #start(start: PartStartEvent): void {
    const choice = this.#choice(start.choice);
    const shown = start.kind === 'tool-call' && start.executedBy !== 'provider';
    const call = shown ? callHead(start) : undefined;
    this.#parts.set(start.part, { start, begin: choice.length, call, text: '' });
    if (call !== undefined) choice.calls.push(call);
    const image = start.kind === 'media' ? imageOf(start) : undefined;
    if (image !== undefined) choice.images.push(image);
  }

  #delta({ part: id, text, logprobs }: PartDeltaEvent): void {
    const part = this.#parts.get(id);
    if (part === undefined) return;
    part.text += text;
    const { start } = part;
    if (start.kind !== 'text' && start.kind !== 'reasoning' && start.kind !== 'refusal') return;
    const choice = this.#choice(start.choice);
    if (isSpoken(start)) {
      choice.audio = { ...choice.audio, transcript: textIn(choice.audio, 'transcript') + text };
      return;
    }
    const member = memberOf(start);
    choice.texts.set(member, `${choice.texts.get(member) ?? ''}${text}`);
    if (member === 'content') choice.length += codePoints(text);
    if (logprobs?.dialect !== chatDialect || !Array.isArray(logprobs.json)) return;
    choice.logprobs[member === 'refusal' ? 'refusal' : 'content'].push(...(logprobs.json as readonly Json[]));
  }

  #end({ part: id, seal }: PartEndEvent): void {
    const part = this.#parts.get(id);
    if (part === undefined) return;
    if (part.start.kind !== 'text') this.#parts.delete(id);
    const { start, text, call } = part;
    if (call !== undefined) {
      setArguments(call, text);
      if (seal !== undefined && start.seal === undefined) merged(call, signatureMember(seal));
    }
    if (start.kind === 'text' && seal !== undefined) this.#choice(start.choice).signature = signatureMember(seal);
    if (start.kind !== 'reasoning') return;
    const { details } = this.#choice(start.choice);
    const detail = wholeDetail(start, text, seal, details.length);
    if (detail !== undefined) details.push(detail);
  }

  #source({ choice: index, part: id, citation }: SourceEvent): void {
    const choice = this.#choice(index);
    const begin = id === undefined ? 0 : (this.#parts.get(id)?.begin ?? 0);
    const annotation = writeAnnotation(citation, begin, choice.length - begin);
    if (annotation !== undefined) choice.annotations.push(annotation);
  }

  #opaque({ dialect, name, json }: OpaqueEvent): void {
    if (dialect !== chatDialect || name !== 'audio' || !isObject(json['audio'])) return;
    const choice = this.#choice(typeof json['choice'] === 'number' ? json['choice'] : 0);
    const data = textIn(choice.audio, 'data') + textIn(json['audio'], 'data');
    choice.audio = { ...choice.audio, ...json['audio'], ...(data !== '' && { data }) };
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = {
        texts: new Map(),
        calls: [],
        details: [],
        images: [],
        annotations: [],
        audio: undefined,
        signature: {},
        logprobs: { content: [], refusal: [] },
        length: 0,
        finish: undefined,
      };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #choiceJson(index: number): JsonObject {
    const choice = this.#choice(index);
    const { finish, calls, texts } = choice;
    const word = finishWord(finish?.reason ?? 'stop', { calls: calls.length > 0, refused: texts.has('refusal') });
    const note = finish === undefined ? undefined : ownExt(finish)['$message'];
    return {
      index,
      message: { ...this.#message(choice), ...choice.signature, ...(isObject(note) ? note : {}) },
      logprobs: logprobsOf(choice),
      finish_reason: this.#legacy && word === 'tool_calls' ? 'function_call' : word,
      ...(finish === undefined ? {} : ownFields(finish)),
    };
  }

  #message({ texts, calls, details, images, annotations, audio }: Choice): JsonObject {
    const message: JsonObject = {
      role: 'assistant',
      content: texts.get('content') ?? (calls.length > 0 || texts.has('refusal') || audio !== undefined ? null : ''),
      refusal: texts.get('refusal') ?? null,
      reasoning_content: texts.get('reasoning_content'),
      reasoning: texts.get('reasoning'),
    };
    if (details.length > 0) message['reasoning_details'] = details;
    if (images.length > 0) message['images'] = images;
    if (annotations.length > 0) message['annotations'] = annotations;
    if (audio !== undefined) message['audio'] = audio;
    if (calls.length === 0) return message;
    if (this.#legacy) message['function_call'] = calls[0]?.['function'];
    else message['tool_calls'] = calls;
    return message;
  }
}

function setArguments(call: JsonObject, text: string): void {
  if (isObject(call['custom'])) call['custom'] = { ...call['custom'], input: text };
  else if (isObject(call['function'])) call['function'] = { ...call['function'], arguments: text === '' ? '{}' : text };
}

function logprobsOf({ logprobs }: Choice): Json {
  const { content, refusal } = logprobs;
  if (content.length === 0 && refusal.length === 0) return null;
  return { content: content.length === 0 ? null : content, refusal: refusal.length === 0 ? null : refusal };
}

function textIn(object: JsonObject | undefined, name: string): string {
  const text = object?.[name];
  return typeof text === 'string' ? text : '';
}
