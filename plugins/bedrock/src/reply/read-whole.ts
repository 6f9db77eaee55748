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
import { isErrorDocument, readException, upstreamError } from '../read-error.ts';
import { argumentsOf, ReplyEvents, type ReplyOrigin } from './reply-events.ts';

const raw = new Set(['input', 'json']);

/** Reads an answer that comes in one document. */
export class WholeReader implements ReplyReader {
  readonly #origin: ReplyOrigin;
  readonly #chunks: Uint8Array[] = [];

  constructor(origin: ReplyOrigin) {
    this.#origin = origin;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#chunks.push(chunk);
    return [];
  }

  end(): readonly ChatEvent[] {
    return readWhole(Buffer.concat(this.#chunks).toString('utf8'), this.#origin);
  }
}

/** The events of a whole answer: the same as of the same answer in a stream. */
export function readWhole(text: string, origin: ReplyOrigin): readonly ChatEvent[] {
  const { provider } = origin;
  const document = parsed(text);
  if (!isObject(document))
    return failed(text.trim() === '' ? coreErrors.UPSTREAM_EMPTY({ provider }) : malformed(provider));
  if (isErrorDocument(document)) return failed(upstreamError(readException(asString(document['__type']), text)));
  const { output, stopReason, additionalModelResponseFields, ...metadata } = document;
  const message = isObject(output) ? output['message'] : undefined;
  if (!isObject(message) || !isArray(message['content'])) return failed(malformed(provider));
  const { content, ...head } = message;
  const reply = new ReplyEvents(origin);
  const events: ChatEvent[] = [];
  reply.start(head, events);
  for (const [index, block] of content.entries()) {
    readBlock(index, isObject(block) ? block : { '': block }, reply, events);
    reply.close(index, events);
  }
  const fields = additionalModelResponseFields === undefined ? {} : { additionalModelResponseFields };
  reply.stop({ stopReason, ...fields }, events);
  reply.metadata(metadata, events);
  return events;
}

function readBlock(index: number, block: JsonObject, reply: ReplyEvents, events: ChatEvent[]): void {
  const members = Object.entries(block);
  const [[name, value] = []] = members;
  if (members.length !== 1) reply.whole(index, block, events);
  else if (name === 'text' && typeof value === 'string') reply.text(index, value, events);
  else if (name === 'toolUse' && isObject(value)) {
    reply.call(index, value, events);
    reply.input(index, argumentsOf(value['input']), events);
  } else if (name === 'reasoningContent' && isObject(value)) readReasoning(index, value, reply, events);
  else if (name === 'citationsContent' && isCited(value)) readCited(index, value, reply, events);
  else reply.whole(index, block, events);
}

function readReasoning(index: number, block: JsonObject, reply: ReplyEvents, events: ChatEvent[]): void {
  const { reasoningText, ...redacted } = block;
  reply.reasoning(index, isObject(reasoningText) ? reasoningText : redacted, events);
}

/** Whether a cited text is one that the canonical form can say: texts, and sources of all of them. */
function isCited(block: Json | undefined): block is JsonObject {
  if (!isObject(block)) return false;
  const { content, citations, ...rest } = block;
  return (
    isArray(content) &&
    content.every((piece) => isObject(piece) && typeof piece['text'] === 'string') &&
    isArray(citations) &&
    citations.length > 0 &&
    citations.every(isObject) &&
    Object.keys(rest).length === 0
  );
}

function readCited(index: number, block: JsonObject, reply: ReplyEvents, events: ChatEvent[]): void {
  const { content, citations } = block;
  for (const piece of isArray(content) ? content : [])
    if (isObject(piece)) reply.text(index, asString(piece['text']) ?? '', events);
  for (const citation of isArray(citations) ? citations : [])
    if (isObject(citation)) reply.source(index, citation, events);
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text, { raw });
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
