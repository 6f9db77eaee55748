import {
  isObject,
  writeJson,
  type ChatEvent,
  type FinishEvent,
  type GatewayError,
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
import { codePoints } from '../../responses/code-points.ts';
import { errorObject } from '../errors/write-error.ts';
import { chatDialect, ownExt, ownFields } from '../own.ts';
import { writeAnnotation } from './annotations.ts';
import { AnswerHead, membersText } from './answer-head.ts';
import { failureOf, finishWord } from './finish-reason.ts';
import { isLegacy } from './legacy-calls.ts';
import {
  callHead,
  detailPiece,
  imageOf,
  isDetail,
  isSpoken,
  memberOf,
  sealingDetail,
  signatureMember,
  type TextMember,
} from './written-parts.ts';
import { writeUsage } from './write-usage.ts';

interface OpenPart {
  readonly start: PartStartEvent;
  readonly member: TextMember | 'call' | 'audio' | 'none';
  /** Which of its choice's calls it is. */
  readonly call: number;
  length: number;
  /** Some of it has been said. */
  spoke: boolean;
}

interface Choice {
  readonly index: number;
  begun: boolean;
  calls: number;
  refused: boolean;
  /** Characters of content written before, for the places that citations name. */
  length: number;
  /** How much thinking went before, in UTF-16 units. */
  thought: number;
  details: number;
  finish: FinishEvent | undefined;
}

const done = 'data: [DONE]\n\n';

/**
 * Writes events as a stream that every client of this dialect accepts: the first delta of a choice has its role; calls are
 * numbered from 0 and say id, type and name once; a finish reason comes last, once a choice, after whatever may still go
 * wrong; usage only where it was asked for; the end mark only on success.
 */
export class StreamWriter implements ReplyWriter {
  readonly contentType = 'text/event-stream; charset=utf-8';
  readonly #context: WriterContext;
  readonly #head: AnswerHead;
  readonly #legacy: boolean;
  readonly #parts: Map<string, OpenPart> = new Map();
  readonly #choices: Map<number, Choice> = new Map();
  /** Members at the top that no chunk has said yet. */
  #news: JsonObject = {};
  #prefix: string | undefined;
  #usage: Usage | undefined;

  constructor(context: WriterContext) {
    this.#context = context;
    this.#head = new AnswerHead(context);
    this.#legacy = isLegacy(context.request);
  }

  push(event: ChatEvent): string | undefined {
    const text = this.#event(event);
    return text === '' ? undefined : text;
  }

  end(): string {
    const failure = failureOf(this.#choices.values().map(({ finish }) => finish));
    if (failure !== undefined) return this.fail(failure);
    let text = '';
    const choices = [...this.#choices.values()].toSorted((one, other) => one.index - other.index);
    for (const choice of choices) text += this.#finish(choice);
    return `${text}${this.#last()}${done}`;
  }

  fail(error: GatewayError): string {
    return `data: ${writeJson({ error: errorObject(error) })}\n\n`;
  }

  #event(event: ChatEvent): string {
    switch (event.type) {
      case 'start':
        Object.assign(this.#news, this.#head.take(event));
        if (event.usage !== undefined) this.#usage = event.usage;
        return '';
      case 'part-start':
        return this.#start(event);
      case 'part-delta':
        return this.#delta(event);
      case 'part-end':
        return this.#end(event);
      case 'source':
        return this.#source(event);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'finish':
        this.#choice(event.choice).finish = event;
        return '';
      case 'opaque':
        return this.#opaque(event);
      case 'error':
      case 'ping':
        return '';
    }
  }

  #start(start: PartStartEvent): string {
    const choice = this.#choice(start.choice);
    const shown = start.kind === 'tool-call' && start.executedBy !== 'provider';
    const member = shown ? 'call' : memberFor(start);
    const part: OpenPart = {
      start,
      member,
      call: choice.calls,
      length: start.kind === 'reasoning' ? choice.thought : choice.length,
      spoke: false,
    };
    this.#parts.set(start.part, part);
    if (shown) {
      choice.calls += 1;
      return this.#say(choice, this.#callStart(part));
    }
    const image = start.kind === 'media' ? imageOf(start) : undefined;
    return image === undefined ? '' : this.#say(choice, `"images":[${writeJson(image)}]`);
  }

  #callStart({ start, call }: OpenPart): string {
    if (!this.#legacy) return `"tool_calls":[{"index":${call}${membersText(callHead(start))}}]`;
    return `"function_call":{"name":${JSON.stringify(start.name ?? '')},"arguments":""}`;
  }

  #delta(event: PartDeltaEvent): string {
    const part = this.#parts.get(event.part);
    const { text } = event;
    if (part === undefined || part.member === 'none' || (text === '' && event.logprobs === undefined)) return '';
    const choice = this.#choice(part.start.choice);
    if (part.member === 'content') choice.length += codePoints(text);
    if (part.member === 'refusal') choice.refused = true;
    part.spoke = true;
    if (part.start.kind === 'reasoning') choice.thought += text.length;
    return this.#say(choice, this.#deltaText(part, text), logprobsText(part.member, event));
  }

  #deltaText(part: OpenPart, text: string): string {
    const json = JSON.stringify(text);
    switch (part.member) {
      case 'call':
        return this.#legacy
          ? `"function_call":{"arguments":${json}}`
          : `"tool_calls":[{"index":${part.call},${part.start.custom === true ? `"custom":{"input":${json}}` : `"function":{"arguments":${json}}`}}]`;
      case 'audio':
        return `"audio":{"transcript":${json}}`;
      default:
        if (isDetail(part.start))
          return `"${part.member}":${json},"reasoning_details":[${writeJson(detailPiece(part.start, text))}]`;
        return `"${part.member}":${json}`;
    }
  }

  #end(event: PartEndEvent): string {
    const part = this.#parts.get(event.part);
    if (part === undefined) return '';
    if (part.start.kind !== 'text') this.#parts.delete(event.part);
    const choice = this.#choice(part.start.choice);
    if (part.member === 'call') return this.#callEnd(part, choice, event);
    if (event.seal === undefined) return '';
    if (part.start.kind === 'text') return this.#say(choice, membersText(signatureMember(event.seal)).slice(1));
    if (part.start.kind !== 'reasoning') return '';
    const detail = sealingDetail(part.start, event.seal, choice.details, [part.length, choice.thought]);
    choice.details += 1;
    return this.#say(choice, `"reasoning_details":[${writeJson(detail)}]`);
  }

  /** A function called without arguments has an empty object of them: an empty text is no JSON. */
  #callEnd(part: OpenPart, choice: Choice, { seal }: PartEndEvent): string {
    let text = '';
    if (!part.spoke && part.start.custom === undefined) text += this.#say(choice, this.#deltaText(part, '{}'));
    if (seal !== undefined && part.start.seal === undefined && !this.#legacy) {
      text += this.#say(choice, `"tool_calls":[{"index":${part.call}${membersText(signatureMember(seal))}}]`);
    }
    return text;
  }

  #source({ choice: index, part: id, citation }: SourceEvent): string {
    const choice = this.#choice(index);
    const part = id === undefined ? undefined : this.#parts.get(id);
    const begin = part?.length ?? 0;
    const annotation = writeAnnotation(citation, begin, choice.length - begin);
    return annotation === undefined ? '' : this.#say(choice, `"annotations":[${writeJson(annotation)}]`);
  }

  #opaque({ dialect, name, json }: OpaqueEvent): string {
    if (dialect !== chatDialect || name !== 'audio' || !isObject(json['audio'])) return '';
    const choice = this.#choice(typeof json['choice'] === 'number' ? json['choice'] : 0);
    return this.#say(choice, `"audio":${writeJson(json['audio'])}`);
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { index, begun: false, calls: 0, refused: false, length: 0, thought: 0, details: 0, finish: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  /** One chunk with one delta. */
  #say(choice: Choice, delta: string, behind: string = ''): string {
    const role = this.#role(choice, delta);
    return this.#chunk(`{"index":${choice.index},"delta":{${role}${delta}}${behind},"finish_reason":null}`);
  }

  #role(choice: Choice, delta: string): string {
    if (choice.begun) return '';
    choice.begun = true;
    if (delta === '') return '"role":"assistant","content":""';
    return delta.startsWith('"content":') ? '"role":"assistant",' : '"role":"assistant","content":null,';
  }

  #finish(choice: Choice): string {
    const { finish } = choice;
    const ext = finish === undefined ? {} : ownFields(finish);
    const message = finish === undefined ? undefined : ownExt(finish)['$message'];
    const delta = isObject(message) ? membersText(message).slice(1) : '';
    const role = this.#role(choice, delta);
    const shown = { calls: choice.calls > 0, refused: choice.refused };
    const word = finishWord(finish?.reason ?? 'stop', shown);
    const reason = this.#legacy && word === 'tool_calls' ? 'function_call' : word;
    return this.#chunk(
      `{"index":${choice.index},"delta":{${role}${delta}},"finish_reason":"${reason}"${membersText(ext)}}`,
    );
  }

  /** Usage, and what is said of the whole answer after its last choice: only where the client asked for such a chunk. */
  #last(): string {
    if (!this.#context.request.wantUsage || this.#usage === undefined) return '';
    return this.#chunk('', `,"usage":${writeJson(writeUsage(this.#usage))}`);
  }

  #chunk(choice: string, behind: string = ''): string {
    this.#prefix ??= `data: ${this.#head.text('chat.completion.chunk')}`;
    const news = this.#takeNews();
    return `${this.#prefix}${news},"choices":[${choice}]${behind}}\n\n`;
  }

  #takeNews(): string {
    const text = membersText(this.#news);
    if (text !== '') this.#news = {};
    return text;
  }
}

function memberFor(start: PartStartEvent): OpenPart['member'] {
  if (isSpoken(start)) return 'audio';
  return start.kind === 'text' || start.kind === 'reasoning' || start.kind === 'refusal' ? memberOf(start) : 'none';
}

function logprobsText(member: OpenPart['member'], { logprobs }: PartDeltaEvent): string {
  if (logprobs?.dialect !== chatDialect) return '';
  const list = JSON.stringify(logprobs.json);
  return member === 'refusal'
    ? `,"logprobs":{"content":null,"refusal":${list}}`
    : `,"logprobs":{"content":${list},"refusal":null}`;
}
