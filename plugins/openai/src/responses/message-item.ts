import { isArray, writeJson, type Citation, type Json, type JsonObject } from '@tapgate/core';
import { writeAnnotation } from './citations.ts';
import { codePoints } from './code-points.ts';
import { OutputItem, type ItemStatus } from './output-item.ts';
import { WrittenText } from './written-text.ts';

/** A part of a message's content while it is written. */
export interface MessagePart {
  delta(text: string, logprobs: Json | undefined): void;
  source(citation: Citation): void;
}

/** A message of the model. Its parts are ended when the next one begins, or with it: until then sources may come. */
export class MessageItem extends OutputItem {
  readonly #parts: ContentPart[] = [];

  protected members(status: ItemStatus): JsonObject {
    return {
      id: this.id,
      type: 'message',
      status,
      role: 'assistant',
      content: this.#parts.map((part) => part.json()),
    };
  }

  protected finish(): void {
    this.#parts.at(-1)?.end();
  }

  text(fields: JsonObject): MessagePart {
    return this.#add(new TextContent(this.#of(), fields));
  }

  refusal(fields: JsonObject): MessagePart {
    return this.#add(new RefusalContent(this.#of(), fields));
  }

  /** A part of this dialect that the canonical form has no word for. */
  opaque(json: Json): void {
    this.#add(new OpaqueContent(this.#of(), json));
  }

  #of(): ContentOf {
    const index = this.#parts.length;
    const place = `${this.place},"content_index":${index}`;
    return {
      emit: (type, fields) => {
        if (!this.closed) this.emitter.emit(type, `${place}${fields}`);
      },
      changed: () => this.reopen('completed'),
    };
  }

  #add<P extends ContentPart>(part: P): P {
    this.#parts.at(-1)?.end();
    this.#parts.push(part);
    part.begin();
    return part;
  }
}

interface ContentOf {
  /** Writes an event about the part; `fields` begins with a comma. */
  readonly emit: (type: string, fields: string) => void;
  readonly changed: () => void;
}

abstract class ContentPart implements MessagePart {
  protected readonly of: ContentOf;
  #ended = false;

  constructor(of: ContentOf) {
    this.of = of;
  }

  abstract json(): Json;
  abstract delta(text: string, logprobs: Json | undefined): void;
  source(_citation: Citation): void {}

  begin(): void {
    this.of.emit('response.content_part.added', `,"part":${writeJson(this.json())}`);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.done();
    this.of.emit('response.content_part.done', `,"part":${writeJson(this.json())}`);
  }

  protected done(): void {}
}

class TextContent extends ContentPart {
  readonly #text = new WrittenText();
  readonly #logprobs: Json[] = [];
  readonly #annotations: JsonObject[] = [];
  readonly #fields: JsonObject;

  constructor(of: ContentOf, fields: JsonObject) {
    super(of);
    this.#fields = fields;
  }

  json(): JsonObject {
    const { json: text } = this.#text;
    return { type: 'output_text', annotations: this.#annotations, logprobs: this.#logprobs, text, ...this.#fields };
  }

  delta(text: string, logprobs: Json | undefined): void {
    this.#text.add(text);
    if (isArray(logprobs)) this.#logprobs.push(...logprobs);
    const told = isArray(logprobs) ? writeJson(logprobs) : '[]';
    this.of.emit('response.output_text.delta', `,"delta":${JSON.stringify(text)},"logprobs":${told}`);
  }

  override source(citation: Citation): void {
    const annotation = writeAnnotation(citation, codePoints(this.#text.text));
    if (annotation === undefined) return;
    const index = this.#annotations.push(annotation) - 1;
    const fields = `,"annotation_index":${index},"annotation":${writeJson(annotation)}`;
    this.of.emit('response.output_text.annotation.added', fields);
    this.of.changed();
  }

  protected override done(): void {
    const fields = `,"text":${this.#text.json.text},"logprobs":${writeJson(this.#logprobs)}`;
    this.of.emit('response.output_text.done', fields);
  }
}

class RefusalContent extends ContentPart {
  readonly #text = new WrittenText();
  readonly #fields: JsonObject;

  constructor(of: ContentOf, fields: JsonObject) {
    super(of);
    this.#fields = fields;
  }

  json(): JsonObject {
    return { type: 'refusal', refusal: this.#text.json, ...this.#fields };
  }

  delta(text: string): void {
    this.#text.add(text);
    this.of.emit('response.refusal.delta', `,"delta":${JSON.stringify(text)}`);
  }

  protected override done(): void {
    this.of.emit('response.refusal.done', `,"refusal":${this.#text.json.text}`);
  }
}

class OpaqueContent extends ContentPart {
  readonly #json: Json;

  constructor(of: ContentOf, json: Json) {
    super(of);
    this.#json = json;
  }

  json(): Json {
    return this.#json;
  }

  delta(): void {}
}
