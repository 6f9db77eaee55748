import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, type ChatEvent, type ReplyReader, type ReplyWriter, type WriterContext } from '@tapgate/core';
import {
  chunkings,
  fixtures,
  fixturesFolder,
  noFixtures,
  readSse,
  validateGenerateReply,
  validateGenerateStream,
} from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const of = (streamed: boolean, framing?: string): Parameters<typeof googleGenerate.reader>[0] => ({
  streamed,
  provider: 'g',
  able: {},
  ...(framing === undefined ? {} : { framing }),
});
const request = googleGenerate.readRequest({
  operation: 'chat',
  path: '/v1beta/models/m:generateContent',
  query: '',
  headers: new Map(),
  body: textBody('{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}'),
});
const context = (streamed: boolean, framing?: string): WriterContext => ({
  streamed,
  model: 'm',
  id: 'x',
  createdAt: 0,
  request,
  ...(framing === undefined ? {} : { framing }),
});

const answers = (streamed: boolean): readonly { readonly name: string; readonly bytes: Uint8Array }[] =>
  fixtures({ dialect: 'google-generate', streamed, ok: true }).filter(({ name }) => !name.endsWith('count-tokens'));

function read(reader: ReplyReader, chunks: readonly Uint8Array[]): ChatEvent[] {
  const events: ChatEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  return events;
}

function write(writer: ReplyWriter, events: readonly ChatEvent[]): Buffer {
  let text = '';
  for (const event of events) text += String(writer.push(event) ?? '');
  return Buffer.from(text + String(writer.end() ?? ''));
}

type Members = Record<string, any>;

/** What the vendor's clients make of a stream: the parts put together, and of all else the last that is said. */
function answerOf(chunks: readonly Members[]): Members {
  const answer: Members = {};
  const candidates = new Map<number, Members>();
  for (const { candidates: list = [], ...rest } of chunks) {
    Object.assign(answer, rest);
    for (const { content = {}, index = 0, groundingMetadata, ...more } of list as Members[]) {
      const candidate = candidates.get(index) ?? { index, parts: [] };
      candidates.set(index, Object.assign(candidate, more));
      if (groundingMetadata && Object.keys(groundingMetadata).length > 0)
        candidate['groundingMetadata'] = groundingMetadata;
      for (const part of content.parts ?? []) add(candidate['parts'], part);
    }
  }
  return { ...answer, ...(candidates.size > 0 && { candidates: [...candidates.values()] }) };
}

/** Texts of one kind are one; a signature on an empty text is theirs; arguments in pieces are left out of the comparison. */
function add(parts: Members[], part: Members): void {
  const last = parts.at(-1);
  if (typeof part['text'] !== 'string') parts.push(part);
  else if (
    last &&
    typeof last['text'] === 'string' &&
    last['thought'] === part['thought'] &&
    !(last['thoughtSignature'] && part['thoughtSignature'])
  ) {
    last['text'] += part['text'];
    if (part['thoughtSignature']) last['thoughtSignature'] = part['thoughtSignature'];
  } else if (part['text'] !== '' || part['thoughtSignature']) parts.push({ ...part });
}

const eventsIn = (stream: Uint8Array): Members[] => readSse(stream).map(({ data }) => JSON.parse(data) as Members);

/** The differences that are allowed: what a candidate without parts looks like, and an index that is 0 unsaid. */
function normal(answer: Members): Members {
  const copy = structuredClone(answer);
  for (const candidate of (copy['candidates'] ?? []) as Members[]) {
    candidate['index'] ??= 0;
    if (!candidate['content']?.parts?.length) delete candidate['content'];
  }
  return copy;
}

test('a recorded stream reads the same however it is cut', { skip }, async (t) => {
  for (const { name: title, bytes } of answers(true)) {
    await t.test(title, () => {
      const expected = read(googleGenerate.reader(of(true)), [bytes]);
      assert.equal(expected.filter(({ type }) => type === 'error').length, 0);
      assert.equal(expected.filter(({ type }) => type === 'finish').length, 1);
      for (const { name, chunks } of chunkings(bytes)) {
        assert.deepEqual(read(googleGenerate.reader(of(true)), chunks), expected, name);
      }
    });
  }
});

test('a recorded stream framed as a JSON array reads as the same events', { skip }, async (t) => {
  for (const { name: title, bytes } of answers(true)) {
    await t.test(title, () => {
      const expected = read(googleGenerate.reader(of(true)), [bytes]);
      const array = Buffer.from(
        `[${readSse(bytes)
          .map(({ data }) => data)
          .join('\n,\r\n')}\n]\n`,
      );
      for (const { name, chunks } of chunkings(array, { splits: 20 })) {
        assert.deepEqual(read(googleGenerate.reader(of(true, 'json-array')), chunks), expected, name);
      }
    });
  }
});

test('a recorded stream is written back to the answer it was', { skip }, async (t) => {
  for (const { name, bytes } of answers(true)) {
    await t.test(name, () => {
      const events = read(googleGenerate.reader(of(true)), [bytes]);
      const stream = write(googleGenerate.writer(context(true)), events);
      assert.deepEqual(validateGenerateStream(stream, { written: false }), []);
      const written = answerOf(eventsIn(stream));
      const recorded = answerOf(eventsIn(bytes));
      // Arguments in pieces come whole out of here.
      if (!name.endsWith('stream-tool-args-partial')) assert.deepEqual(written, recorded);
      const array = write(googleGenerate.writer(context(true, 'json-array')), events);
      assert.deepEqual(JSON.parse(array.toString()), eventsIn(stream));
    });
  }
});

test('a recorded whole answer is written back as it was', { skip }, async (t) => {
  for (const { name: title, bytes } of answers(false)) {
    await t.test(title, () => {
      const events = read(googleGenerate.reader(of(false)), [bytes]);
      const whole = write(googleGenerate.writer(context(false)), events);
      assert.deepEqual(validateGenerateReply(whole), []);
      const written = JSON.parse(whole.toString()) as Members;
      const recorded = JSON.parse(Buffer.from(bytes).toString()) as Members;
      assert.deepEqual(normal(written), normal(recorded));
      for (const { name, chunks } of chunkings(bytes, { splits: 5 })) {
        assert.deepEqual(read(googleGenerate.reader(of(false)), chunks), events, name);
      }
    });
  }
});

test('calls whose arguments a stream gave in pieces are whole', { skip }, () => {
  const [fixture] = fixtures({ name: 'gemini/stream-tool-args-partial' });
  assert.ok(fixture);
  const stream = write(googleGenerate.writer(context(true)), read(googleGenerate.reader(of(true)), [fixture.bytes]));
  const { candidates } = answerOf(eventsIn(stream));
  const calls = candidates[0].parts.map((part: Members) => ({
    ...part['functionCall'],
    signed: part['thoughtSignature'] !== undefined,
  }));
  assert.deepEqual(calls, [
    { name: 'getWeather', args: { location: 'Boston' }, signed: true },
    { name: 'getWeather', args: { location: 'San Francisco' }, signed: false },
  ]);
});
