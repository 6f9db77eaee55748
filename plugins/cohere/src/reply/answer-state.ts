import {
  type ChatEvent,
  coreErrors,
  type FinishEvent,
  type GatewayError,
  isObject,
  type JsonObject,
  noUsage,
  type PartStartEvent,
  type StartEvent,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { writeFinishReason } from './finish-reason.ts';
import { writeUsage } from './usage.ts';

/** What an answer has said of itself so far. */
export class AnswerState {
  readonly #context: WriterContext;
  #start: StartEvent | undefined;
  #usage: Usage | undefined;
  #finish: FinishEvent | undefined;
  #clientCalls = 0;
  #characters = 0;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  note(event: ChatEvent): void {
    if (event.type === 'start') this.#start = { ...this.#start, ...event };
    else if (event.type === 'usage') this.#usage = event.usage;
    else if (event.type === 'part-delta') this.#characters += event.text.length;
    else if (event.type === 'finish' && event.choice === 0) this.#finish = event;
  }

  /** The vendor's own id, or the exchange's. */
  get id(): string {
    return (ownOf(this.#start) === undefined ? undefined : this.#start?.id) ?? this.#context.id;
  }

  /** Members of the message that this API may have one day. */
  get message(): JsonObject {
    return ownMembers(this.#start);
  }

  /** The answer came with a list of contents that had none. */
  get hasEmptyContent(): boolean {
    return ownOf(this.#start)?.['$content'] === 'empty';
  }

  /** Why the answer ended and what it cost. */
  get end(): { readonly finish_reason: string; readonly usage?: JsonObject } {
    const finish = this.#finish;
    const own = ownOf(finish) === undefined ? undefined : finish?.raw;
    const finish_reason =
      own !== undefined && finish?.reason !== 'tool-calls'
        ? own
        : writeFinishReason(finish?.reason ?? 'stop', this.#clientCalls > 0);
    if (ownOf(finish)?.['$usage'] === false && this.#usage === undefined) return { finish_reason };
    return { finish_reason, usage: writeUsage(this.#usage ?? this.#estimated()) };
  }

  /** What else the end says. */
  get more(): JsonObject {
    return ownMembers(this.#finish);
  }

  /** An answer that failed in a way that is no end here. */
  get failure(): GatewayError | undefined {
    const { reason, raw } = this.#finish ?? {};
    if (reason !== 'error' && reason !== 'cancelled' && reason !== 'content-filter') return undefined;
    if (ownOf(this.#finish) !== undefined) return undefined;
    const message =
      reason === 'content-filter'
        ? 'The answer was withheld by a content filter.'
        : `The model stopped: ${raw ?? reason}.`;
    return coreErrors.UPSTREAM_FAILED({ message });
  }

  /** A call as it begins, with an id where it has none. */
  call(part: PartStartEvent): JsonObject {
    const { callId = '', name = '' } = part;
    const id = callId === '' ? `call_${this.#context.id}_${this.#clientCalls}` : callId;
    this.#clientCalls += 1;
    const own = ownOf(part)?.['$function'];
    const more = isObject(own) ? own : {};
    return {
      id,
      type: 'function',
      function: { name: nameOf(name, part), arguments: '', ...more },
      ...ownMembers(part),
    };
  }

  #estimated(): Usage {
    return this.#start?.usage ?? { ...noUsage, output: Math.ceil(this.#characters / 4), estimated: true };
  }
}

/** A client's tools have the client's names; the vendor's own come back as it wrote them. */
function nameOf(name: string, part: PartStartEvent): string {
  return ownOf(part) === undefined ? name : toolNames.legal(name);
}

/** Whether a part can be shown in this dialect at all: what another vendor ran cannot. */
export function isShown(part: PartStartEvent): boolean {
  if (part.choice !== 0) return false;
  if (part.kind === 'opaque') return part.origin?.dialect === dialectName;
  return part.kind !== 'tool-call' || part.executedBy !== 'provider';
}

/** What is said in the place of media, which an answer here does not hold. */
export function wordsFor({ mediaType, url }: PartStartEvent): string {
  return `[${mediaType ?? 'media'}${url === undefined ? '' : `: ${url}`}]`;
}

/** Whether a thought is the plan that goes before calls. */
export function isPlan(part: PartStartEvent): boolean {
  return part.kind === 'reasoning' && ownOf(part)?.['$plan'] === true;
}
