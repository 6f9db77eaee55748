import {
  asNumber,
  asString,
  isArray,
  isObject,
  seen,
  type GatewayError,
  type Json,
  type JsonObject,
  type ReplyObserver,
  type UpstreamError,
  type Usage,
} from '@tapgate/core';
import type { Framing } from '../peek.ts';
import { errorOf } from '../read-error.ts';
import { failStream } from './fail-stream.ts';
import { jsonOf, responseIn } from './split-stream.ts';
import { readUsage, searchesIn, withSearches } from './usage.ts';

/** Looks at a native answer beside its way. */
export class Observer implements ReplyObserver {
  readonly #operation: string;
  readonly #framing: Framing;
  #usage: JsonObject | undefined;
  /** By candidate: what its last word of them says. */
  readonly #searches = new Map<number, number>();
  #model: string | undefined;
  #error: UpstreamError | undefined;
  #complete = false;
  #events = 0;
  #closed = false;

  constructor(of: { readonly operation: string; readonly framing?: string }) {
    this.#operation = of.operation;
    this.#framing = of.framing === 'json-array' ? 'json-array' : 'sse';
  }

  get usage(): Usage | undefined {
    const usage = this.#usage && readUsage(this.#usage);
    return usage && withSearches(usage, this.#searches.values());
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
    const text = jsonOf(bytes);
    if (text === undefined || text === '') {
      if (this.#framing === 'json-array' && isClosing(bytes)) this.#closed = true;
      return 0;
    }
    const response = responseIn(text, parsed);
    if (response === undefined) return seen.broken;
    const flags = this.#look(response);
    if ((flags & (seen.error | seen.broken)) === 0) this.#events += 1;
    return flags;
  }

  whole(bytes: Uint8Array): number {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const document = parsed(text);
    if (isArray(document)) return document.filter(isObject).reduce((flags, one) => flags | this.#look(one), 0);
    if (!isObject(document)) return seen.broken;
    if (this.#operation === 'chat') return this.#look(document);
    return this.#other(document);
  }

  /** Embeddings, counts and lists are complete as they are. */
  #other(document: JsonObject): number {
    this.#error = errorOf(document);
    if (this.#error !== undefined) return seen.error;
    if (isObject(document['usageMetadata'])) this.#usage = document['usageMetadata'];
    this.#complete = true;
    return seen.content | seen.terminal;
  }

  #look(response: JsonObject): number {
    if (response['error'] !== undefined) {
      this.#error = errorOf(response);
      if (this.#error !== undefined) return seen.error;
    }
    const usage = response['usageMetadata'];
    if (isObject(usage)) this.#usage = usage;
    this.#model = asString(response['modelVersion']) ?? this.#model;
    const flags = this.#blocked(response) | this.#candidates(response);
    if (flags & seen.terminal) this.#complete = true;
    return flags;
  }

  #blocked(response: JsonObject): number {
    const feedback = response['promptFeedback'];
    return isObject(feedback) && feedback['blockReason'] !== undefined ? seen.content | seen.terminal : 0;
  }

  #candidates({ candidates }: JsonObject): number {
    if (!isArray(candidates)) return 0;
    let flags = 0;
    for (const candidate of candidates) {
      if (!isObject(candidate)) continue;
      const searches = searchesIn(candidate);
      if (searches !== undefined) this.#searches.set(asNumber(candidate['index']) ?? 0, searches);
      if (candidate['finishReason'] !== undefined) flags |= seen.content | seen.terminal;
      else if (showsSomething(candidate['content'])) flags |= seen.content;
    }
    return flags;
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(failStream(error, this.#framing, this.#closed ? 'closed' : this.#events > 0 ? 'begun' : 'new'));
  }
}

function showsSomething(content: Json | undefined): boolean {
  const parts = isObject(content) ? content['parts'] : undefined;
  return isArray(parts) && parts.some((part) => isObject(part) && part['text'] !== '');
}

function isClosing(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').trim() === ']';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
