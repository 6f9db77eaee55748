import {
  type ChatEvent,
  coreErrors,
  type GatewayError,
  isArray,
  isObject,
  type Json,
  readJson,
  type ReplyReader,
} from '@tapgate/core';
import { upstreamError } from './read-error.ts';
import { ReplyEvents } from './reply-events.ts';

const raw = new Set(['input']);

/** Reads an answer that comes in one document. */
export class WholeReader implements ReplyReader {
  readonly #provider: string;
  readonly #chunks: Uint8Array[] = [];

  constructor(provider: string) {
    this.#provider = provider;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#chunks.push(chunk);
    return [];
  }

  end(): readonly ChatEvent[] {
    return readWhole(Buffer.concat(this.#chunks).toString('utf8'), this.#provider);
  }
}

/** The events of a whole answer: the same as of the same answer in a stream. */
export function readWhole(text: string, provider: string): readonly ChatEvent[] {
  const document = parsed(text);
  if (!isObject(document))
    return failed(text.trim() === '' ? coreErrors.UPSTREAM_EMPTY({ provider }) : malformed(provider));
  if (document['type'] === 'error' || isObject(document['error'])) return failed(upstreamError(document));
  const { content } = document;
  if (!isArray(content)) return failed(malformed(provider));
  const reply = new ReplyEvents(provider);
  const events: ChatEvent[] = [];
  const { stop_reason, stop_sequence, stop_details, usage, ...head } = document;
  reply.start({ ...head, usage }, events);
  for (const [index, block] of content.entries()) {
    reply.open(index, isObject(block) ? block : { type: '' }, events);
    reply.close(index, events);
  }
  reply.finish({ usage, delta: { stop_reason, stop_sequence, stop_details } }, events);
  return events;
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text, { raw });
  } catch {
    return undefined;
  }
}

function malformed(provider: string): GatewayError {
  return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'not a message' });
}

function failed(error: GatewayError): readonly ChatEvent[] {
  return [{ type: 'error', error }];
}
