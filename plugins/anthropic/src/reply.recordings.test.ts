import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatEvent, type ReplyReader, type ReplyWriter, type WriterContext } from '@tapgate/core';
import {
  chunkings,
  fixtures,
  fixturesFolder,
  noFixtures,
  readSse,
  validateMessagesReply,
  validateMessagesStream,
} from '@tapgate/test-kit';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';
import { readRequest } from './read-request.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const incoming = { operation: 'chat', path: '/v1/messages', query: '', headers: new Map() };
const request = readRequest({ ...incoming, body: { chunks: [Buffer.from('{"model":"","messages":[]}')], length: 26 } });

/** Without the model of the client, the answer keeps its own. */
const context = (streamed: boolean): WriterContext => ({ streamed, model: '', id: 'x1', createdAt: 0, request });

type Message = Record<string, unknown> & { content: Record<string, unknown>[]; usage: Record<string, unknown> };

/** What the vendor's client makes of a stream: the message it adds up to. */
function messageOf(stream: Uint8Array | string): Message {
  let message: Message | undefined;
  for (const { data } of readSse(stream)) {
    const event = JSON.parse(data) as Record<string, unknown>;
    message = added(message, event);
  }
  assert.ok(message);
  for (const block of message.content)
    if (typeof block['input'] === 'string') block['input'] = JSON.parse(block['input'] || '{}');
  return message;
}

function added(message: Message | undefined, event: Record<string, unknown>): Message | undefined {
  const { type, index } = event as { type: string; index: number };
  if (type === 'message_start') return message ?? structuredClone(event['message'] as Message);
  const block = message?.content[index];
  if (type === 'content_block_start') message?.content.push({ ...(event['content_block'] as object) });
  else if (type === 'content_block_delta' && block) add(block, event['delta'] as Record<string, string>);
  else if (type === 'message_delta' && message) {
    const { delta, usage, type: _type, ...rest } = event as Message & { delta: object };
    Object.assign(message, delta, rest);
    Object.assign(message.usage, usage);
  }
  return message;
}

function add(block: Record<string, unknown>, delta: Record<string, string>): void {
  const { type } = delta;
  if (type === 'citations_delta')
    block['citations'] = [...((block['citations'] ?? []) as unknown[]), delta['citation']];
  else if (type === 'signature_delta') block['signature'] = delta['signature'];
  else if (type === 'input_json_delta')
    block['input'] = (typeof block['input'] === 'string' ? block['input'] : '') + delta['partial_json'];
  else {
    const name = type === 'thinking_delta' ? 'thinking' : 'text';
    block[name] = String(block[name]) + delta[name];
  }
}

function read(reader: ReplyReader, chunks: readonly Uint8Array[]): ChatEvent[] {
  const events: ChatEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  return events;
}

function write(writer: ReplyWriter, events: readonly ChatEvent[]): string {
  let text = '';
  for (const event of events) text += String(writer.push(event) ?? '');
  return text + String(writer.end() ?? '');
}

const skip = fixturesFolder() === undefined ? noFixtures : false;
const answers = (streamed: boolean): readonly { readonly name: string; readonly bytes: Uint8Array }[] =>
  fixtures({ dialect: 'anthropic-messages', streamed, ok: true }).filter(({ name }) => !name.includes('count-tokens'));

test('a recorded stream reads the same however it is cut', { skip }, async (t) => {
  for (const { name: title, bytes } of answers(true)) {
    await t.test(title, () => {
      const expected = read(new StreamReader('a'), [bytes]);
      assert.equal(expected.filter(({ type }) => type === 'error').length, 0);
      assert.equal(expected.filter(({ type }) => type === 'finish').length, 1);
      for (const { name, chunks } of chunkings(bytes))
        assert.deepEqual(read(new StreamReader('a'), chunks), expected, name);
    });
  }
});

test('a recorded stream is written back to the message it was', { skip }, async (t) => {
  for (const { name, bytes } of answers(true)) {
    await t.test(name, () => {
      const expected = messageOf(bytes);
      const events = read(new StreamReader('a'), [bytes]);
      const stream = write(new StreamWriter(context(true)), events);
      const whole = write(new WholeWriter(context(false)), events);
      assert.deepEqual(validateMessagesStream(Buffer.from(stream)), []);
      assert.deepEqual(validateMessagesReply(Buffer.from(whole)), []);
      assert.deepEqual(messageOf(stream), expected);
      assert.deepEqual(JSON.parse(whole), expected);
    });
  }
});

test('a recorded whole answer is written back as it was, whole and as a stream', { skip }, async (t) => {
  for (const { name: title, bytes } of answers(false)) {
    await t.test(title, () => {
      const expected = JSON.parse(Buffer.from(bytes).toString('utf8')) as Message;
      const events = read(new WholeReader('a'), [bytes]);
      const stream = write(new StreamWriter(context(true)), events);
      assert.deepEqual(validateMessagesStream(Buffer.from(stream)), []);
      assert.deepEqual(JSON.parse(write(new WholeWriter(context(false)), events)), expected);
      assert.deepEqual(messageOf(stream), expected);
      for (const { name, chunks } of chunkings(bytes, { splits: 5 }))
        assert.deepEqual(read(new WholeReader('a'), chunks), events, name);
    });
  }
});
