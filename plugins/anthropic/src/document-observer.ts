import { asNumber, type GatewayError, parseObject, type ReplyObserver, seen, type UpstreamError } from '@tapgate/core';
import { readErrorBody } from './read-error.ts';
import { errorEvent } from './write-error.ts';

/** Looks at an answer to anything but a request for a message: whatever comes is passed on. */
export class DocumentObserver implements ReplyObserver {
  #error: UpstreamError | undefined;
  readonly #operation: string;
  #seen = false;

  constructor(operation: string) {
    this.#operation = operation;
  }

  get usage(): undefined {
    return undefined;
  }

  get model(): undefined {
    return undefined;
  }

  get error(): UpstreamError | undefined {
    return this.#error;
  }

  get complete(): boolean {
    return this.#seen;
  }

  event(): number {
    this.#seen = true;
    return seen.content;
  }

  whole(bytes: Uint8Array): number {
    this.#seen = true;
    if (this.#operation !== 'count-tokens') return seen.content | seen.terminal;
    const document = parseObject(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    if (document === undefined) return seen.broken;
    if (asNumber(document['input_tokens']) !== undefined) return seen.content | seen.terminal;
    this.#error = readErrorBody(document);
    return seen.error;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(errorEvent(error));
  }
}
