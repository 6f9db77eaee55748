import {
  type ChatEvent,
  type GatewayError,
  isContent,
  parseObject,
  readEvent,
  type ReplyObserver,
  seen,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import { messageOf, readError } from '../read-error.ts';
import { errorEvent } from '../write-error.ts';
import { StreamReader } from './read-stream.ts';
import { readWhole } from './read-whole.ts';
import { readUsage } from './usage.ts';

/** Looks at an answer of the chat with the reader's own eyes. */
export class ChatObserver implements ReplyObserver {
  readonly #reader = new StreamReader('');
  usage: Usage | undefined;
  error: UpstreamError | undefined;
  complete = false;
  /** Answers do not name it. */
  readonly model = undefined;

  event(bytes: Uint8Array): number {
    const { data } = readEvent(bytes);
    if (data === undefined || data.trim() === '' || data.trim() === '[DONE]') return 0;
    if (parseObject(data) === undefined) return seen.broken;
    return this.#flags(this.#reader.take(data));
  }

  whole(bytes: Uint8Array): number {
    return this.#flags(readWhole(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), ''));
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(errorEvent(error));
  }

  #flags(events: readonly ChatEvent[]): number {
    let flags = 0;
    for (const event of events) {
      if (isContent(event)) flags |= seen.content;
      if (event.type === 'usage') this.usage = event.usage;
      else if (event.type === 'finish') {
        this.complete = true;
        flags |= seen.terminal;
      } else if (event.type === 'error') {
        this.error = event.error.upstream;
        flags |= this.error === undefined ? seen.broken : seen.error;
      }
    }
    return flags;
  }
}

/** Looks at an answer to anything else: ranks and vectors, with what they are billed by. */
export class DocumentObserver implements ReplyObserver {
  usage: Usage | undefined;
  error: UpstreamError | undefined;
  complete = false;
  readonly model = undefined;

  event(): number {
    this.complete = true;
    return seen.content;
  }

  whole(bytes: Uint8Array): number {
    const document = parseObject(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (document === undefined) return seen.broken;
    if (
      document['results'] === undefined &&
      document['embeddings'] === undefined &&
      messageOf(document) !== undefined
    ) {
      this.error = readError(500, new Map(), bytes);
      return seen.error;
    }
    this.complete = true;
    const { meta } = document as { meta?: { billed_units?: unknown } };
    if (typeof meta?.billed_units === 'object' && meta.billed_units !== null)
      this.usage = readUsage({ billed_units: { ...meta.billed_units } });
    return seen.content | seen.terminal;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(errorEvent(error));
  }
}
