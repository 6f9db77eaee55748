import { writeJson, type JsonObject, type StartEvent, type WriterContext } from '@tapgate/core';
import { ownFields } from '../own.ts';

/** What an answer says of itself, as it becomes known: the id and the time it first said stay. */
export class AnswerHead {
  readonly #context: WriterContext;
  #id: string | undefined;
  #created: number | undefined;
  readonly #fields: JsonObject = {};

  constructor(context: WriterContext) {
    this.#context = context;
  }

  /** Takes what a start says. The members that are this dialect's own are given back. */
  take(start: StartEvent): JsonObject {
    this.#id ??= start.id;
    this.#created ??= start.created;
    const fields = ownFields(start);
    Object.assign(this.#fields, fields);
    return fields;
  }

  /** Own members so far. */
  get fields(): JsonObject {
    return this.#fields;
  }

  /** The members with which every chunk and every whole answer begins, without the closing brace. */
  text(object: 'chat.completion' | 'chat.completion.chunk'): string {
    this.#id ??= `chatcmpl-${this.#context.id}`;
    this.#created ??= this.#context.createdAt;
    const { model } = this.#context;
    return `{"id":${JSON.stringify(this.#id)},"object":"${object}","created":${this.#created},"model":${JSON.stringify(model)}`;
  }
}

/** Members as text, to stand behind others: each with its comma before. */
export function membersText(object: JsonObject): string {
  let text = '';
  for (const [name, value] of Object.entries(object)) {
    if (value !== undefined) text += `,${JSON.stringify(name)}:${writeJson(value)}`;
  }
  return text;
}
