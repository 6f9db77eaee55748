import {
  type ChatEvent,
  defined,
  type FinishEvent,
  isObject,
  type JsonObject,
  noUsage,
  type PartStartEvent,
  type StartEvent,
  type Usage,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { estimateInputTokens, tokensOf } from './estimate-tokens.ts';
import { ownMembers, ownOf } from './own-fields.ts';
import { writeStopReason } from './stop-reason.ts';
import { writeUsage } from './usage.ts';

/** What an answer has said of itself so far, and how its message says it. */
export class AnswerState {
  readonly #context: WriterContext;
  #start: StartEvent | undefined;
  #usage: Usage | undefined;
  #finish: FinishEvent | undefined;
  #clientCalls = false;
  #characters = 0;

  constructor(context: WriterContext) {
    this.#context = context;
  }

  note(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        this.#start = { ...this.#start, ...event };
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'finish':
        if (event.choice === 0) this.#finish = event;
        break;
      case 'part-start':
        this.#noteCall(event);
        break;
      case 'part-delta':
        this.#characters += event.text.length;
        break;
      default:
    }
  }

  #noteCall({ kind, choice, executedBy }: PartStartEvent): void {
    if (kind === 'tool-call' && choice === 0 && executedBy !== 'provider') this.#clientCalls = true;
  }

  /** Why the answer ended in a way that this dialect has no stop reason for: it is an error then. */
  get failure(): string | undefined {
    const reason = this.#finish?.reason;
    return reason === 'error' || reason === 'cancelled' ? (this.#finish?.raw ?? reason) : undefined;
  }

  /** The message as it begins. Its usage is never without input tokens: clients show how full the context is by it. */
  head(): JsonObject {
    const start = this.#start;
    const own = start && ownOf(start);
    const { usage: ownUsage, ...members } = start === undefined ? {} : ownMembers(start);
    const { id, model } = this.#context;
    const message = {
      id: own === undefined ? `msg_${id.replaceAll(/[^a-zA-Z0-9_-]/g, '')}` : (start?.id ?? ''),
      type: 'message',
      role: 'assistant',
      model: model === '' ? (start?.model ?? '') : model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
    };
    const foreign = { stop_details: null, container: null, diagnostics: null };
    const usage = writeUsage(start?.usage ?? this.#estimated(0), isObject(ownUsage) ? ownUsage : undefined);
    return { ...message, ...(own === undefined ? foreign : members), usage };
  }

  /** How the answer ended, as `message_delta` says it. */
  tail(): { readonly delta: JsonObject; readonly usage: JsonObject; readonly members: JsonObject } {
    const finish = this.#finish;
    const { delta, usage: ownUsage, ...members } = finish === undefined ? {} : ownMembers(finish);
    const more = isObject(delta) ? delta : this.#foreignDetails();
    return {
      delta: { stop_reason: this.#stopReason(), stop_sequence: finish?.stopSequence ?? null, ...more },
      usage: writeUsage(this.#usage ?? this.#known(), isObject(ownUsage) ? ownUsage : undefined),
      members,
    };
  }

  #stopReason(): string {
    const finish = this.#finish;
    const isOwn = finish?.ext?.[dialectName] !== undefined;
    if (isOwn && finish.raw !== undefined && finish.reason !== 'tool-calls') return finish.raw;
    // A plugin may have taken the calls out; a client that is told of calls waits for them.
    const reason = finish?.reason === 'tool-calls' && !this.#clientCalls ? 'stop' : (finish?.reason ?? 'stop');
    return writeStopReason(reason, this.#clientCalls);
  }

  #foreignDetails(): JsonObject {
    const isRefused = this.#finish?.reason === 'refusal' || this.#finish?.reason === 'content-filter';
    const details = isRefused ? { type: 'refusal', category: null, explanation: null } : null;
    return { stop_details: details, container: null };
  }

  /** Where nobody counted, the gateway does. */
  #known(): Usage {
    const output = this.#characters === 0 ? 0 : tokensOf(this.#characters);
    const start = this.#start?.usage;
    return start === undefined
      ? this.#estimated(output)
      : { ...start, output: Math.max(start.output, output), estimated: true };
  }

  #estimated(output: number): Usage {
    return defined({ ...noUsage, input: estimateInputTokens(this.#context.request), output, estimated: true });
  }
}
