import {
  asString,
  type GatewayError,
  isObject,
  type JsonObject,
  parseObject,
  readEvent,
  type ReplyObserver,
  seen,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { readErrorBody } from './read-error.ts';
import { mergeUsage, readUsage } from './usage.ts';
import { errorEvent } from './write-error.ts';

const deltaHead = Buffer.from('event: content_block_delta\ndata: {"type":"content_block_delta"');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** Looks at an answer on its way: the usage at both its ends, its errors, its end mark. Deltas are looked at from outside. */
export class MessagesObserver implements ReplyObserver {
  #usage: JsonObject | undefined;
  #model: string | undefined;
  #error: UpstreamError | undefined;
  #complete = false;

  get usage(): Usage | undefined {
    return this.#usage === undefined ? undefined : readUsage(this.#usage);
  }

  get model(): string | undefined {
    return this.#model;
  }

  get error(): UpstreamError | undefined {
    return this.#error;
  }

  get complete(): boolean {
    return this.#complete;
  }

  event(bytes: Uint8Array): number {
    if (isWholeDelta(bytes)) return seen.content;
    const { data } = readEvent(bytes);
    if (data === undefined) return 0;
    const event = parseObject(data);
    return event === undefined ? seen.broken : this.#flags(event);
  }

  whole(bytes: Uint8Array): number {
    const message = parseObject(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (message === undefined) return seen.broken;
    if (message['type'] === 'error' || isObject(message['error'])) return this.#failed(message);
    this.#start(message);
    this.#complete = true;
    return seen.content | seen.terminal;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(errorEvent(error));
  }

  #flags(event: JsonObject): number {
    switch (event['type']) {
      case 'message_start':
        if (isObject(event['message'])) this.#start(event['message']);
        return 0;
      case 'content_block_start':
        return showsAtOnce(event['content_block']) ? seen.content : 0;
      case 'content_block_delta':
        return seen.content;
      case 'message_delta':
        if (isObject(event['usage'])) this.#usage = mergeUsage(this.#usage, event['usage']);
        return seen.content;
      case 'message_stop':
        this.#complete = true;
        return seen.terminal;
      case 'error':
        return this.#failed(event);
      default:
        return 0;
    }
  }

  #start(message: JsonObject): void {
    this.#model ??= asString(message['model']);
    if (isObject(message['usage'])) this.#usage = mergeUsage(this.#usage, message['usage']);
  }

  #failed(document: JsonObject): number {
    this.#error = readErrorBody(document);
    return seen.error;
  }
}

/** Whether a block shows something before any delta: all but texts and thinking do. */
function showsAtOnce(block: unknown): boolean {
  const type = isObject(block) ? block['type'] : undefined;
  return type !== 'text' && type !== 'thinking';
}

/**
 * Whether bytes are a delta that was not cut, told by its beginning and its end. The two braces stand behind a quote that
 * closes a string: neither one that opens it, nor one that is escaped. Any other event is parsed.
 */
function isWholeDelta(bytes: Uint8Array): boolean {
  if (bytes.length < deltaHead.length || deltaHead.compare(bytes, 0, deltaHead.length) !== 0) return false;
  let at = bytes.length - 1;
  const back = (): number => {
    while (isSpace(bytes[at])) at -= 1;
    return bytes[at] ?? 0;
  };
  for (let braces = 0; braces < 2; braces += 1) {
    if (back() !== CLOSE_BRACE) return false;
    at -= 1;
  }
  const before = bytes[at - 1];
  return back() === QUOTE && before !== BACKSLASH && before !== COLON;
}

function isSpace(code: number | undefined): boolean {
  return code === SPACE || code === 0x0a || code === 0x0d;
}
