import {
  type ChatEvent,
  coreErrors,
  type FinishEvent,
  type GatewayError,
  type JsonObject,
  noUsage,
  type PartStartEvent,
  type StartEvent,
  type Usage,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { writeStopReason } from './stop-reason.ts';
import { writeUsage } from './usage.ts';

/** How an answer ended, in the words of both its last events. */
export interface Tail {
  readonly stop: JsonObject;
  readonly metadata: JsonObject;
}

/** What an answer has said of itself so far. */
export class AnswerState {
  #start: StartEvent | undefined;
  #usage: Usage | undefined;
  #finish: FinishEvent | undefined;

  note(event: ChatEvent): void {
    if (event.type === 'start') this.#start = { ...this.#start, ...event };
    else if (event.type === 'usage') this.#usage = event.usage;
    else if (event.type === 'finish' && event.choice === 0) this.#finish = event;
  }

  get head(): JsonObject {
    return { role: 'assistant', ...ownMembers(this.#start) };
  }

  get tail(): Tail {
    const finish = this.#finish;
    const { additionalModelResponseFields, ...metadata } = ownMembers(finish);
    const own = ownOf(finish) !== undefined && finish?.reason !== 'tool-calls' ? finish?.raw : undefined;
    return {
      stop: { stopReason: own ?? writeStopReason(finish?.reason ?? 'stop'), additionalModelResponseFields },
      metadata: {
        usage: writeUsage(this.#usage ?? this.#start?.usage ?? { ...noUsage, estimated: true }),
        metrics: { latencyMs: 0 },
        ...metadata,
      },
    };
  }

  /** An answer that failed in a way that this dialect has no stop reason for. */
  get failure(): GatewayError | undefined {
    const { reason, raw, ext } = this.#finish ?? {};
    if ((reason !== 'error' && reason !== 'cancelled') || ext?.[dialectName] !== undefined) return undefined;
    return coreErrors.UPSTREAM_FAILED({ message: `The model stopped: ${raw ?? reason}.` });
  }
}

/** Whether a part can be shown in this dialect at all: what another vendor ran or sealed cannot. */
export function isShown(part: PartStartEvent): boolean {
  if (part.choice !== 0) return false;
  if (part.kind === 'opaque') return part.origin?.dialect === dialectName;
  return part.kind !== 'tool-call' || part.executedBy !== 'provider' || ownOf(part) !== undefined;
}
