import {
  asString,
  type ChatEvent,
  coreErrors,
  type FinishEvent,
  type GatewayError,
  type JsonObject,
  noUsage,
  type PartStartEvent,
  type StartEvent,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { ownMembers, ownOf } from '../own-fields.ts';
import { writeFinishReason } from './finish-reason.ts';
import { writeUsage } from './usage.ts';

/** What an answer has said of itself so far. */
export class AnswerState {
  readonly #context: WriterContext;
  #start: StartEvent | undefined;
  #usage: Usage | undefined;
  #finish: FinishEvent | undefined;
  #characters = 0;
  /** A call whose arguments are no object, which no client may be given to run. */
  malformed: string | undefined;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  note(event: ChatEvent): void {
    if (event.type === 'start') this.#start = { ...this.#start, ...event };
    else if (event.type === 'usage') this.#usage = event.usage;
    else if (event.type === 'part-delta') this.#characters += event.text.length;
    else if (event.type === 'finish' && event.choice === 0) this.#finish = event;
  }

  /** What every line begins with. */
  get head(): JsonObject {
    const own = asString(ownOf(this.#start)?.['$created']);
    const created = new Date((this.#start?.created ?? this.#context.createdAt) * 1000).toISOString();
    return { model: this.#context.model, ...ownMembers(this.#start), created_at: own || created };
  }

  /** Why the answer ended and what it cost. */
  get end(): JsonObject {
    const finish = this.#finish;
    const own = ownOf(finish);
    const reason = own === undefined ? writeFinishReason(finish?.reason ?? 'stop') : finish?.raw;
    const usage = this.#usage ?? (own === undefined ? this.#estimated() : undefined);
    return {
      done: true,
      ...(reason !== undefined && { done_reason: reason }),
      ...(usage !== undefined && writeUsage(usage)),
      ...ownMembers(finish),
    };
  }

  /** An answer that failed in a way that is no end here. */
  get failure(): GatewayError | undefined {
    const { reason, raw } = this.#finish ?? {};
    if (this.malformed !== undefined && reason !== 'length' && reason !== 'context-window') {
      const message = `The arguments of the call "${this.malformed}" are not a JSON object.`;
      return coreErrors.UPSTREAM_FAILED({ message });
    }
    if (reason !== 'error' && reason !== 'cancelled' && reason !== 'content-filter') return undefined;
    const message =
      reason === 'content-filter'
        ? 'The answer was withheld by a content filter.'
        : `The model stopped: ${raw ?? reason}.`;
    return coreErrors.UPSTREAM_FAILED({ message });
  }

  #estimated(): Usage {
    return this.#start?.usage ?? { ...noUsage, output: Math.ceil(this.#characters / 4), estimated: true };
  }
}

/** Whether a part can be shown in this dialect at all: what another vendor ran cannot, nor what only another one knows. */
export function isShown(part: PartStartEvent): boolean {
  if (part.choice !== 0 || part.kind === 'opaque') return false;
  return part.kind !== 'tool-call' || part.executedBy !== 'provider';
}
