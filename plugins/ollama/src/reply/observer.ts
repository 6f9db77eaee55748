import {
  asString,
  type GatewayError,
  isArray,
  isObject,
  type JsonObject,
  parseObject,
  type ReplyObserver,
  seen,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { messageOf, upstreamError } from '../read-error.ts';
import { errorLine } from '../write-error.ts';
import { readUsage } from './usage.ts';

/** Looks at an answer of any operation: lines, of which the last says that it is, or one document. */
export class Observer implements ReplyObserver {
  readonly #streamed: boolean;
  usage: Usage | undefined;
  model: string | undefined;
  error: UpstreamError | undefined;
  complete = false;

  constructor(streamed: boolean) {
    this.#streamed = streamed;
  }

  event(bytes: Uint8Array): number {
    const text = textOf(bytes);
    if (text === '') return 0;
    const line = parseObject(text);
    return line === undefined ? seen.broken : this.#look(line);
  }

  whole(bytes: Uint8Array): number {
    const document = parseObject(textOf(bytes));
    return document === undefined ? seen.broken : this.#look(document) | (this.error === undefined ? seen.content : 0);
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(errorLine(error));
  }

  #look(line: JsonObject): number {
    const said = messageOf(line);
    if (said !== undefined) {
      this.error = upstreamError(said).upstream;
      return seen.error;
    }
    this.model ??= asString(line['model']);
    const flags = showsSomething(line) ? seen.content : 0;
    if (line['done'] !== true && this.#streamed) return flags;
    this.complete = true;
    this.usage = readUsage(line);
    return flags | seen.terminal;
  }
}

function showsSomething({ message, response, thinking }: JsonObject): boolean {
  if (isSome(response) || isSome(thinking)) return true;
  return isObject(message) && ['content', 'thinking', 'images', 'tool_calls'].some((name) => isSome(message[name]));
}

function isSome(value: JsonObject[string]): boolean {
  return typeof value === 'string' ? value !== '' : isArray(value) && value.length > 0;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trim();
}
