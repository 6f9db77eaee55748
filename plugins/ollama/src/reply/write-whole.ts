import {
  type ChatEvent,
  type GatewayError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type PartStartEvent,
  type ReplyWriter,
  writeJson,
  type WriterContext,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { writeError } from '../write-error.ts';
import { AnswerState, isShown } from './answer-state.ts';
import { joinMembers } from './join-members.ts';
import { writeCall, writeMedia } from './write-part.ts';

/** Writes an answer in one document. */
export class WholeWriter implements ReplyWriter {
  readonly contentType = 'application/json; charset=utf-8';
  readonly #context: WriterContext;
  readonly #state: AnswerState;
  readonly #parts = new Map<string, { readonly start: PartStartEvent; text: string }>();
  #rest: JsonObject = {};

  constructor(context: WriterContext) {
    this.#context = context;
    this.#state = new AnswerState(context);
  }

  push(event: ChatEvent): undefined {
    this.#state.note(event);
    if (event.type === 'part-start' && isShown(event)) this.#parts.set(event.part, { start: event, text: '' });
    else if (event.type === 'part-delta') {
      const part = this.#parts.get(event.part);
      if (part !== undefined) part.text += event.text;
    } else if (event.type === 'opaque' && event.dialect === dialectName)
      this.#rest = joinMembers(this.#rest, event.json);
    return undefined;
  }

  end(): string {
    const message = this.#message();
    const { failure, head, end } = this.#state;
    // No status has gone out yet: an error must not be told under that of a success.
    if (failure !== undefined) throw failure;
    const { message: more, ...rest } = this.#rest;
    return writeJson({ ...head, message: { ...message, ...(isObject(more) && more) }, ...joinMembers(rest, end) });
  }

  fail(error: GatewayError): string {
    return writeError(error).body;
  }

  #message(): JsonObject {
    const said = { content: '', thinking: '' };
    const images: Json[] = [];
    const calls: JsonObject[] = [];
    for (const { start, text } of this.#parts.values()) {
      if (start.kind === 'tool-call') {
        const call = writeCall(start, text, calls.length, `call_${this.#context.id}_${calls.length}`);
        if (call === undefined) this.#state.malformed ??= start.name ?? '';
        else calls.push(call);
      } else if (start.kind === 'media') {
        const media = writeMedia(start);
        said.content += typeof media['content'] === 'string' ? media['content'] : '';
        if (isArray(media['images'])) images.push(...media['images']);
      } else said[start.kind === 'reasoning' ? 'thinking' : 'content'] += text;
    }
    return {
      role: 'assistant',
      content: said.content,
      ...(said.thinking !== '' && { thinking: said.thinking }),
      ...(images.length > 0 && { images }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }
}
