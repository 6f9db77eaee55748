import { test } from 'node:test';
import assert from 'node:assert/strict';
import {
  bytesOf,
  textBody,
  type Capabilities,
  type ChatEvent,
  type ChatRequest,
  type Incoming,
  type Wanted,
  type WriterContext,
  type Written,
} from '@tapgate/core';
import { openaiChat } from './openai-chat.ts';

/** A request as the gateway hands it to the dialect. */
export function incoming(body: unknown, operation = 'chat', headers: Record<string, string> = {}): Incoming {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const path = operation === 'chat' ? '/v1/chat/completions' : `/v1/${operation}`;
  return { operation, path, query: '', headers: new Map(Object.entries(headers)), body: textBody(text) };
}

export function wanted(able: Capabilities = {}, changes: Partial<Wanted> = {}): Wanted {
  return {
    operation: 'chat',
    model: 'the-model',
    streamed: false,
    able,
    headers: new Map(),
    query: '',
    path: '/v1/chat/completions',
    ...changes,
  };
}

/** What a target gets of a client's request that is written anew. */
export function translated(body: object, able: Capabilities = {}): { json: any; losses: Written['losses'] } {
  return asked(openaiChat.readRequest(incoming({ model: 'm', ...body })), able);
}

/** What a target gets of a canonical request. */
export function asked(request: ChatRequest, able: Capabilities = {}): { json: any; losses: Written['losses'] } {
  const out = openaiChat.writeRequest(request, wanted(able, { streamed: request.stream }));
  return { json: jsonOf(out), losses: out.losses };
}

export function jsonOf({ body }: Written): any {
  return JSON.parse(Buffer.from(bytesOf(body)).toString('utf8'));
}

/** A canonical request with nothing in it but what is given. */
export function canonical(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'm',
    instructions: [],
    turns: [],
    tools: [],
    output: {},
    sampling: {},
    stream: false,
    wantUsage: true,
    ext: {},
    ...changes,
  };
}

/** Events of an answer that comes as these chunks, the end mark behind them unless it says otherwise. */
export function streamed(chunks: readonly unknown[], able: Capabilities = {}, end = '[DONE]'): readonly ChatEvent[] {
  const texts = chunks.map((json) => `data: ${JSON.stringify(json)}\n\n`);
  return read(`${texts.join('')}${end === '' ? '' : `data: ${end}\n\n`}`, able);
}

export function read(text: string | Uint8Array, able: Capabilities = {}): readonly ChatEvent[] {
  const reader = openaiChat.reader({ streamed: true, provider: 'p', able });
  return [...reader.push(Buffer.from(text as string)), ...reader.end()];
}

/** A chunk with one choice. */
export function chunk(delta: object, rest: object = {}): object {
  return { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, ...rest }] };
}

export function context(changes: Partial<WriterContext> = {}): WriterContext {
  return { streamed: true, model: 'asked', id: 'x', createdAt: 7, request: canonical(), ...changes };
}

/** What a client gets of events, as text. */
export function written(events: readonly ChatEvent[], changes: Partial<WriterContext> = {}): string {
  const writer = openaiChat.writer(context(changes));
  const pieces = [...events.map((event) => writer.push(event)), writer.end()];
  return pieces.map((piece) => piece?.toString() ?? '').join('');
}

/** The chunks of a written stream, its end mark as the text it is. */
export function chunksOf(text: string): any[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as unknown)));
}

/** Parts of events put together: kind, and what was said in it. */
export function said(events: readonly ChatEvent[]): unknown[] {
  const texts = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'part-start')
      texts.set(event.part, `${event.kind}${event.name === undefined ? '' : ` ${event.name}`}: `);
    if (event.type === 'part-delta') texts.set(event.part, `${texts.get(event.part)}${event.text}`);
  }
  return [...texts.values()];
}

test('the samples say what they are', () => {
  assert.deepEqual(said(streamed([chunk({ content: 'a' }), chunk({ content: 'b' })])), ['text: ab']);
});
