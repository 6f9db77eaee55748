import { type ChatEvent, coreErrors, type GatewayError, isObject, type ReplyReader } from '@tapgate/core';
import { messageOf } from '../read-error.ts';
import { objectIn } from './line-in.ts';
import { ReplyEvents } from './reply-events.ts';

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
  if (text.trim() === '') return failed(coreErrors.UPSTREAM_EMPTY({ provider }));
  const document = objectIn(text);
  const isAnswer = document !== undefined && (isObject(document['message']) || messageOf(document) !== undefined);
  if (!isAnswer) return failed(coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'not an answer to a conversation' }));
  const reply = new ReplyEvents();
  const events = reply.take(document);
  if (reply.over) return events;
  return [...events, ...failed(coreErrors.UPSTREAM_TRUNCATED({ provider }, { kind: 'truncated' }))];
}

function failed(error: GatewayError): readonly ChatEvent[] {
  return [{ type: 'error', error }];
}
