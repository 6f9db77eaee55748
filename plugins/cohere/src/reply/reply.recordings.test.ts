import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatRequest, ReplyReader, ReplyWriter, WriterContext } from '@tapgate/core';
import { chunkings, fixtures, fixturesFolder, noFixtures, readSse } from '@tapgate/test-kit';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const request: ChatRequest = {
  model: 'smart',
  instructions: [],
  turns: [],
  tools: [],
  output: {},
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: {},
};
const context = (streamed: boolean): WriterContext => ({ streamed, model: 'smart', id: 'x1', createdAt: 0, request });

type Document = Record<string, any>;

/** What the vendor's own client makes of a stream: the document it adds up to. */
function documentOf(stream: Uint8Array | string): Document {
  const document: Document = {};
  let message: Document = {};
  for (const { event, data } of readSse(stream)) {
    const { type, id, index, delta } = JSON.parse(data) as Document;
    assert.equal(event, type);
    if (type === 'message-start') {
      document['id'] = id;
      message = structuredClone(delta.message);
    } else if (type === 'content-start') message['content'][index] = { ...delta.message.content };
    else if (type === 'content-delta')
      for (const [name, text] of Object.entries(delta.message.content)) message['content'][index][name] += text;
    else if (type === 'tool-plan-delta') message['tool_plan'] += delta.message.tool_plan;
    else if (type === 'tool-call-start') message['tool_calls'][index] = structuredClone(delta.message.tool_calls);
    else if (type === 'tool-call-delta')
      message['tool_calls'][index].function.arguments += delta.message.tool_calls.function.arguments;
    else if (type === 'citation-start') message['citations'][index] = delta.message.citations;
    else if (type === 'message-end') Object.assign(document, delta);
  }
  return same({ ...document, message });
}

/** Differences that are allowed: no arguments are said in three ways, and what is empty may be left out. */
function same(document: Document): Document {
  const { content, tool_calls: calls, tool_plan: plan, citations, ...message } = structuredClone(document['message']);
  for (const { function: called } of calls ?? []) if (['', 'null'].includes(called.arguments)) called.arguments = '{}';
  const lists = Object.entries({ content, tool_calls: calls, tool_plan: plan, citations });
  const said = lists.filter(([, list]) => list !== undefined && list.length > 0);
  return { ...document, message: { ...message, ...Object.fromEntries(said) } };
}

function read(reader: ReplyReader, chunks: readonly Uint8Array[]): ChatEvent[] {
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

function write(writer: ReplyWriter, events: readonly ChatEvent[]): string {
  return [...events.map((event) => writer.push(event)), writer.end()].map((piece) => String(piece ?? '')).join('');
}

const recorded = fixtures({ dialect: 'cohere-chat-v2', ok: true });
const whole = (text: string): Document => same(JSON.parse(text) as Document);

test('a recorded stream reads the same however it is cut, and without its framing', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => streamed)) {
    await t.test(name, () => {
      const expected = read(new StreamReader('c'), [bytes]);
      assert.deepEqual(
        expected.map(({ type }) => type).filter((type) => type === 'error' || type === 'finish'),
        ['finish'],
      );
      for (const { name: way, chunks } of chunkings(bytes))
        assert.deepEqual(read(new StreamReader('c'), chunks), expected, way);
      const lines = Buffer.from(
        readSse(bytes)
          .map(({ data }) => `${data}\n`)
          .join(''),
      );
      assert.deepEqual(read(new StreamReader('c'), [lines]), expected);
    });
  }
});

test('a recorded stream is written back to the answer it was, streamed and whole', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => streamed)) {
    await t.test(name, () => {
      const expected = documentOf(bytes);
      const events = read(new StreamReader('c'), [bytes]);
      assert.deepEqual(documentOf(write(new StreamWriter(context(true)), events)), expected);
      assert.deepEqual(whole(write(new WholeWriter(context(false)), events)), expected);
    });
  }
});

test('a recorded whole answer is written back as it was, whole and as a stream', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => !streamed)) {
    await t.test(name, () => {
      const expected = whole(Buffer.from(bytes).toString('utf8'));
      const events = read(new WholeReader('c'), [bytes]);
      assert.deepEqual(whole(write(new WholeWriter(context(false)), events)), expected);
      assert.deepEqual(documentOf(write(new StreamWriter(context(true)), events)), expected);
      assert.deepEqual(read(new StreamReader('c'), [bytes]), events, 'a document in a stream’s place');
    });
  }
});

test('the tokens of a recording are told apart by whether a cache had them', { skip }, () => {
  for (const { name, bytes, streamed } of recorded) {
    const events = read(streamed ? new StreamReader('c') : new WholeReader('c'), [bytes]);
    const usage = events.find((event) => event.type === 'usage')?.usage;
    assert.ok(usage, name);
    const raw = usage.raw as { tokens: { input_tokens: number; output_tokens: number }; cached_tokens?: number };
    assert.equal(usage.input + usage.cacheRead, raw.tokens.input_tokens, name);
    assert.deepEqual([usage.cacheRead, usage.output], [raw.cached_tokens ?? 0, raw.tokens.output_tokens], name);
  }
});
