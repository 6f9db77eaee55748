import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ReplyReader, ReplyWriter } from '@tapgate/core';
import { chunkings, fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { readFrame } from '../frames/frame.ts';
import { FrameSplitter } from '../frames/split-frames.ts';
import { shapeFaults } from '../service-shapes.test.ts';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const origin = { provider: 'b', model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' };

/** What every stream's messages have that is no field of theirs: letters that hide their length. */
const padding = 'p';

interface Sent {
  readonly name: string;
  readonly json: Record<string, any>;
}

function messagesOf(stream: Uint8Array): readonly Sent[] {
  const sent: Sent[] = [];
  const splitter = new FrameSplitter(1_000_000);
  splitter.push(stream, (bytes) => {
    const { headers, payload } = readFrame(bytes);
    const json = JSON.parse(Buffer.from(payload).toString('utf8')) as Record<string, unknown>;
    delete json[padding];
    sent.push({ name: headers[':event-type'] ?? '', json });
  });
  return sent;
}

/** What the vendor's own client makes of a stream: the document it adds up to. */
function documentOf(sent: readonly Sent[]): Record<string, any> {
  const content: Record<string, any>[] = [];
  const document: Record<string, any> = {};
  for (const { name, json } of sent) {
    const at = json['contentBlockIndex'] as number;
    if (name === 'messageStart') document['output'] = { message: { ...json, content } };
    else if (name === 'contentBlockStart') content[at] = structuredClone(json['start']);
    else if (name === 'contentBlockDelta') add((content[at] ??= {}), json['delta']);
    else if (name === 'messageStop' || name === 'metadata') Object.assign(document, json);
  }
  for (const { toolUse } of content) if (toolUse) toolUse.input = JSON.parse(toolUse.input || '{}');
  return document;
}

function add(block: Record<string, any>, delta: Record<string, any>): void {
  if ('text' in delta) block['text'] = (block['text'] ?? '') + delta['text'];
  if ('toolUse' in delta) block['toolUse'].input = (block['toolUse'].input ?? '') + delta['toolUse'].input;
  if ('toolResult' in delta) block['toolResult'].content = delta['toolResult'];
  const { text, signature, redactedContent } = delta['reasoningContent'] ?? {};
  if (redactedContent !== undefined) block['reasoningContent'] = { redactedContent };
  if (text === undefined && signature === undefined) return;
  const { reasoningText = { text: '' } } = block['reasoningContent'] ?? {};
  if (text !== undefined) reasoningText.text += text;
  if (signature !== undefined) reasoningText.signature = signature;
  block['reasoningContent'] = { reasoningText };
}

function read(reader: ReplyReader, chunks: readonly Uint8Array[]): ChatEvent[] {
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

function write(writer: ReplyWriter, events: readonly ChatEvent[]): Buffer {
  const pieces = [...events.map((event) => writer.push(event)), writer.end()];
  return Buffer.concat(pieces.map((piece) => Buffer.from((piece ?? '') as Uint8Array)));
}

const recorded = fixtures({ dialect: 'bedrock-converse', ok: true });

/** Names that the recorded service gave and its model does not have yet. */
const newer = /serverToolUsage|cache(?:Read|Write)InputTokenCount|toolUse\.type is "tool_use"/;

test('a recorded stream reads the same however it is cut, and at one byte a chunk', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => streamed)) {
    await t.test(name, () => {
      const expected = read(new StreamReader(origin), [bytes]);
      assert.deepEqual(
        expected.map(({ type }) => type).filter((type) => type === 'error' || type === 'finish'),
        ['finish'],
      );
      for (const { name: way, chunks } of chunkings(bytes))
        assert.deepEqual(read(new StreamReader(origin), chunks), expected, way);
    });
  }
});

test('a flipped bit anywhere in a recorded stream is an error, and no answer', { skip }, () => {
  const [fixture] = recorded.filter(({ streamed }) => streamed);
  assert.ok(fixture);
  for (let at = 0; at < fixture.bytes.length; at += 7) {
    const bytes = Buffer.from(fixture.bytes);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
    const events = read(new StreamReader(origin), [bytes]);
    assert.ok(
      events.some(({ type }) => type === 'error'),
      `byte ${at}`,
    );
    assert.ok(!events.some(({ type }) => type === 'finish'), `byte ${at}`);
  }
});

test('a recorded stream is written back to the answer it was, streamed and whole', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => streamed)) {
    await t.test(name, () => {
      const expected = documentOf(messagesOf(bytes));
      const events = read(new StreamReader(origin), [bytes]);
      assert.deepEqual(documentOf(messagesOf(write(new StreamWriter(), events))), expected);
      assert.deepEqual(JSON.parse(write(new WholeWriter(), events).toString('utf8')), expected);
    });
  }
});

test('a recorded whole answer is written back as it was, whole and as a stream', { skip }, async (t) => {
  for (const { name, bytes } of recorded.filter(({ streamed }) => !streamed)) {
    await t.test(name, () => {
      const expected = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
      const events = read(new WholeReader(origin), [bytes]);
      const whole = JSON.parse(write(new WholeWriter(), events).toString('utf8')) as Record<string, unknown>;
      assert.deepEqual(whole, expected);
      const sent = messagesOf(write(new StreamWriter(), events));
      assert.deepEqual(documentOf(sent), expected);
      assert.deepEqual(
        shapeFaults('ConverseResponse', whole).filter((fault) => !newer.test(fault)),
        [],
      );
      for (const { name: event, json } of sent)
        assert.deepEqual(
          shapeFaults('ConverseStreamOutput', { [event]: json }).filter((fault) => !newer.test(fault)),
          [],
        );
    });
  }
});

test('all input tokens of a recording add up to its total', { skip }, () => {
  for (const { name, bytes, streamed } of recorded) {
    const events = read(streamed ? new StreamReader(origin) : new WholeReader(origin), [bytes]);
    const usage = events.find((event) => event.type === 'usage')?.usage;
    assert.ok(usage, name);
    const { input, cacheRead, cacheWrite, output } = usage;
    assert.equal(input + cacheRead + cacheWrite + output, (usage.raw as { totalTokens: number }).totalTokens, name);
  }
});
