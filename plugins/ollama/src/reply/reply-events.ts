import {
  asString,
  type ChatEvent,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type ToolCallPart,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { messageOf, upstreamError } from '../read-error.ts';
import { readCall } from '../request/read-call.ts';
import { sniffImage } from '../request/sniff-image.ts';
import { readFinishReason } from './finish-reason.ts';
import { madeId } from './made-id.ts';
import { isMetric, readUsage } from './usage.ts';

/** What a line says of the answer itself, and what else it says. */
interface Said {
  readonly thinking: string;
  readonly content: string;
  readonly images: readonly string[];
  readonly calls: readonly ToolCallPart[];
  readonly rest: JsonObject;
}

/** Turns the lines of an answer into events: one answer, streamed or whole, which is a single line. */
export class ReplyEvents {
  /** What the first line says of the whole answer, and later ones repeat. */
  #head: JsonObject | undefined;
  #created = '';
  #open: { readonly part: string; readonly kind: 'text' | 'reasoning' } | undefined;
  #parts = 0;
  #calls = 0;
  over = false;

  take(line: JsonObject): readonly ChatEvent[] {
    const said = messageOf(line);
    if (said !== undefined) {
      this.over = true;
      return [{ type: 'error', error: upstreamError(said) }];
    }
    const events: ChatEvent[] = [];
    const { model, created_at: created, message, done, done_reason: reason, ...members } = line;
    const rest = this.#begin(asString(model), asString(created) ?? '', members, events);
    const { rest: more, ...shown } = this.#read(isObject(message) ? message : {});
    if (Object.keys(more).length > 0) rest['message'] = more;
    if (done !== true && Object.keys(rest).length > 0)
      events.push({ type: 'opaque', dialect: dialectName, name: 'line', json: rest });
    this.#show(shown, events);
    if (done === true) this.#finish(line, asString(reason), rest, events);
    return events;
  }

  /** Takes what belongs to the whole answer out of a line's members. */
  #begin(model: string | undefined, created: string, members: JsonObject, events: ChatEvent[]): JsonObject {
    const others = Object.entries(members).filter(([name]) => !isMetric(name));
    if (this.#head === undefined) {
      this.#created = created;
      this.#head = Object.fromEntries(others.filter(([, value]) => typeof value === 'string'));
      const ext = { [dialectName]: { ...this.#head, $created: created } };
      const seconds = Math.floor(Date.parse(created) / 1000);
      events.push({
        type: 'start',
        ...defined({ model, created: Number.isFinite(seconds) ? seconds : undefined }),
        ext,
      });
    }
    const head = this.#head;
    return Object.fromEntries(others.filter(([name, value]) => !(Object.hasOwn(head, name) && head[name] === value)));
  }

  #read(message: JsonObject): Said {
    const { role: _role, content, thinking, images, tool_calls: calls, ...rest } = message;
    const read = isArray(calls) ? calls.map((call, at) => readCall(call, this.#madeId(call, at))) : [];
    const isWhole = read.every((call) => call !== undefined);
    if (!isWhole && calls !== undefined) rest['tool_calls'] = calls;
    return {
      thinking: asString(thinking) ?? '',
      content: asString(content) ?? '',
      images: isArray(images) ? images.filter((image) => typeof image === 'string') : [],
      calls: isWhole ? read : [],
      rest,
    };
  }

  #madeId(call: Json, at: number): string {
    const called = isObject(call) && isObject(call['function']) ? call['function'] : {};
    return madeId(this.#created, String(this.#calls + at), asString(called['name']) ?? '');
  }

  #show({ thinking, content, images, calls }: Omit<Said, 'rest'>, events: ChatEvent[]): void {
    this.#say('reasoning', thinking, events);
    this.#say('text', content, events);
    for (const base64 of images) {
      this.#close(events);
      const part = this.#next();
      const mediaType = sniffImage(base64) ?? 'image/png';
      events.push(
        { type: 'part-start', part, choice: 0, kind: 'media', mediaType, base64 },
        { type: 'part-end', part },
      );
    }
    for (const call of calls) this.#call(call, events);
  }

  #say(kind: 'text' | 'reasoning', text: string, events: ChatEvent[]): void {
    if (text === '') return;
    if (this.#open?.kind !== kind) {
      this.#close(events);
      this.#open = { part: this.#next(), kind };
      events.push({ type: 'part-start', part: this.#open.part, choice: 0, kind });
    }
    events.push({ type: 'part-delta', part: this.#open.part, text });
  }

  #call({ callId, name, argsText, executedBy, ext }: ToolCallPart, events: ChatEvent[]): void {
    this.#close(events);
    this.#calls += 1;
    const part = this.#next();
    const start = { type: 'part-start', part, choice: 0, kind: 'tool-call', callId, name, executedBy } as const;
    events.push(
      { ...start, ...defined({ ext }) },
      { type: 'part-delta', part, text: argsText },
      { type: 'part-end', part },
    );
  }

  #finish(line: JsonObject, word: string | undefined, rest: JsonObject, events: ChatEvent[]): void {
    this.#close(events);
    this.over = true;
    const usage = readUsage(line);
    if (usage !== undefined) events.push({ type: 'usage', usage });
    const reason = readFinishReason(word, this.#calls > 0);
    // Measures without a count of tokens are no usage, and come back all the same.
    const measures = Object.entries(line).filter(([name]) => usage === undefined && isMetric(name));
    const ext = { [dialectName]: { ...rest, ...Object.fromEntries(measures) } };
    events.push({ type: 'finish', choice: 0, reason, ...defined({ raw: word }), ext });
  }

  #close(events: ChatEvent[]): void {
    if (this.#open !== undefined) events.push({ type: 'part-end', part: this.#open.part });
    this.#open = undefined;
  }

  #next(): string {
    const part = `p${this.#parts}`;
    this.#parts += 1;
    return part;
  }
}
