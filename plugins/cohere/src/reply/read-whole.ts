import {
  asString,
  type ChatEvent,
  coreErrors,
  type GatewayError,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  readJson,
  type ReplyReader,
} from '@tapgate/core';
import { messageOf, upstreamError } from '../read-error.ts';
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
  const document = parsed(text);
  if (!isObject(document))
    return failed(text.trim() === '' ? coreErrors.UPSTREAM_EMPTY({ provider }) : malformed(provider));
  const said = messageOf(document);
  if (said !== undefined) return failed(upstreamError(said));
  const { id, message, finish_reason, usage, ...rest } = document;
  if (!isObject(message)) return failed(malformed(provider));
  const reply = new ReplyEvents();
  const events: ChatEvent[] = [];
  reply.start(id, message, events);
  readMessage(message, reply, events);
  reply.finish(usage === undefined ? { finish_reason } : { finish_reason, usage }, rest, events);
  return events;
}

/** The plan first, then what is said with its sources, then the calls. */
function readMessage(message: JsonObject, reply: ReplyEvents, events: ChatEvent[]): void {
  const { tool_plan: plan, content, tool_calls: calls, citations } = message;
  const sources = isArray(citations) ? citations.filter(isObject) : [];
  const ofPlan = sources.filter(({ type }) => type === 'PLAN');
  const others = sources.filter(({ type }) => type !== 'PLAN');
  reply.plan(asString(plan) ?? '', events);
  for (const source of ofPlan) reply.source(source, events);
  reply.close('plan', events);
  const blocks = blocksOf(content);
  const lastText = blocks.findLastIndex(({ type }) => type === 'text');
  for (const [index, block] of blocks.entries()) {
    reply.content(index, block, events);
    for (const source of others)
      if ((source['content_index'] ?? (blocks.length > 0 ? lastText : -1)) === index) reply.source(source, events);
    reply.close(`content ${index}`, events);
  }
  if (blocks.length === 0) for (const source of others) reply.source(source, events);
  for (const [index, call] of (isArray(calls) ? calls.filter(isObject) : []).entries()) {
    reply.call(index, call, events);
    reply.close(`call ${index}`, events);
  }
}

function blocksOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return isArray(content) ? content.map((block) => (isObject(block) ? block : { type: '' })) : [];
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

function malformed(provider: string): GatewayError {
  return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'not an answer to a conversation' });
}

function failed(error: GatewayError): readonly ChatEvent[] {
  return [{ type: 'error', error }];
}
