import {
  asString,
  isObject,
  parseObject,
  readEvent,
  seen,
  type GatewayError,
  type JsonObject,
  type ReplyObserver,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { Emitter } from './emitter.ts';
import { EventHead } from './event-head.ts';
import { errorFields, failedFields } from './failed-response.ts';
import { isBalanced } from './is-balanced.ts';
import { readFailure } from './read-failure.ts';
import { readUsage } from './read-usage.ts';
import { isDelta, showsContent } from './shows-content.ts';

/** Looks at an answer that goes by untouched. */
export function createObserver(of: { readonly operation: string }): ReplyObserver {
  return new ResponsesObserver(of.operation);
}

const OPEN_BRACE = 0x7b;
const SPACE = 0x20;

/** Bytes of finished items that are kept to tell a client what it had when the answer broke off. */
const maxKeptBytes = 1_048_576;

const dataName = Buffer.from('data:');

class ResponsesObserver implements ReplyObserver {
  error: UpstreamError | undefined;
  complete = false;
  readonly #operation: string;
  readonly #head = new EventHead();
  #created: Uint8Array | undefined;
  #last: Uint8Array | undefined;
  readonly #items: Uint8Array[] = [];
  #keptBytes = 0;
  #shown = false;
  /** The event or document that tells the usage; it is read when somebody asks. */
  #end: Uint8Array | undefined;
  #response: JsonObject | undefined;

  constructor(operation: string) {
    this.#operation = operation;
  }

  event(bytes: Uint8Array): number {
    const buffer = asBuffer(bytes);
    const type = this.#head.typeOf(buffer);
    if (type === undefined) return this.#unnamed(bytes);
    if (!endsWhole(buffer)) return seen.broken;
    return this.#passed(bytes, this.#named(type, bytes));
  }

  whole(bytes: Uint8Array): number {
    const json = parseObject(asBuffer(bytes).toString('utf8'));
    if (json === undefined) return seen.broken;
    this.#response = json;
    const failed = isObject(json['error']) && (this.#operation === 'chat' || !('id' in json));
    if (failed) this.error = readFailure(json);
    else this.complete = true;
    return failed ? seen.error : seen.content | seen.terminal;
  }

  get usage(): Usage | undefined {
    const response = this.#ending();
    return response === undefined ? undefined : readUsage(response);
  }

  get model(): string | undefined {
    const response = this.#ending() ?? this.#beginning();
    return asString(response?.['model']);
  }

  fail(error: GatewayError): Uint8Array {
    const emitter = new Emitter(true, this.#sequence());
    emitter.emit('error', errorFields(error));
    const begun = this.#beginning();
    if (begun !== undefined) {
      const response = { ...begun, ...this.#ending() };
      emitter.emit('response.failed', failedFields(error, response, this.#finished()));
    }
    return Buffer.from(emitter.take() ?? '');
  }

  #named(type: string, bytes: Uint8Array): number {
    switch (type) {
      case 'response.created':
        this.#created = bytes;
        return 0;
      case 'response.completed':
      case 'response.incomplete':
        this.#end = bytes;
        this.complete = true;
        return seen.content | seen.terminal;
      case 'response.failed':
      case 'error':
        return this.#failed(bytes);
      case 'response.output_item.done':
        this.#keep(bytes);
        return this.#content(type, bytes);
      default:
        return this.#content(type, bytes);
    }
  }

  /** Deltas are content always; whether something else is matters up to the first content alone. */
  #content(type: string, bytes: Uint8Array): number {
    const shows = isDelta(type) || (!this.#shown && showsContent(type, bytes));
    this.#shown ||= shows;
    return shows ? seen.content : 0;
  }

  /** Events of servers that name none outside of their data, comments, and what is no event of this dialect. */
  #unnamed(bytes: Uint8Array): number {
    const { data } = readEvent(bytes);
    if (data === undefined || data === '' || data === '[DONE]') return 0;
    const json = parseObject(data);
    if (json === undefined) return seen.broken;
    const type = asString(json['type']) ?? '';
    if (isObject(json['error']) && !type.startsWith('response.')) return this.#failed(bytes);
    return this.#passed(bytes, this.#named(type, bytes));
  }

  /** An error is not passed on: what is told in its place goes on from the event before it. */
  #passed(bytes: Uint8Array, found: number): number {
    if ((found & seen.error) === 0) this.#last = bytes;
    return found;
  }

  #failed(bytes: Uint8Array): number {
    this.#end = bytes;
    this.error = readFailure(parseObject(readEvent(bytes).data ?? '') ?? {});
    return seen.error;
  }

  #keep(bytes: Uint8Array): void {
    this.#keptBytes += bytes.byteLength;
    if (this.#keptBytes <= maxKeptBytes) this.#items.push(bytes);
  }

  #ending(): JsonObject | undefined {
    if (this.#response === undefined && this.#end !== undefined) this.#response = responseIn(this.#end);
    return this.#response;
  }

  #beginning(): JsonObject | undefined {
    return this.#created === undefined ? undefined : responseIn(this.#created);
  }

  #finished(): readonly JsonObject[] {
    const items = this.#items.map((bytes) => parseObject(readEvent(bytes).data ?? '')?.['item']);
    return items.filter((item) => isObject(item));
  }

  #sequence(): number {
    const event = this.#last === undefined ? undefined : parseObject(readEvent(this.#last).data ?? '');
    const last = event?.['sequence_number'];
    return typeof last === 'number' ? last + 1 : 0;
  }
}

function responseIn(event: Uint8Array): JsonObject | undefined {
  const response = parseObject(readEvent(event).data ?? '')?.['response'];
  return isObject(response) ? response : undefined;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Whether the data are an object that is not cut: behind their first brace all brackets and strings end. Where they do
 * not they are read, before they are called broken.
 */
function endsWhole(bytes: Buffer): boolean {
  let start = bytes.indexOf(dataName) + dataName.length;
  if (start < dataName.length) return true;
  while (bytes[start] === SPACE) start += 1;
  if (bytes[start] === OPEN_BRACE && isBalanced(bytes, start, bytes.length - 1)) return true;
  const { data } = readEvent(bytes);
  return data === '[DONE]' || parseObject(data ?? '') !== undefined;
}
