import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Capabilities, ChatEvent, ChatRequest } from '@tapgate/core';
import {
  chunkings,
  fixtures,
  fixturesFolder,
  noFixtures,
  validateChatReply,
  validateChatStream,
  type Fixture,
} from '@tapgate/test-kit';
import { differencesOfAnswers, unexplained } from './explained-differences.test.ts';
import { openaiChat } from './openai-chat.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
/** One file of the recordings is indexed under this dialect and holds another's answer. */
const answers = fixtures({ dialect: 'openai-chat', ok: true }).filter(
  ({ name }) => name !== 'gemini/openai-compat-tool',
);

const ables: Readonly<Record<string, Capabilities>> = {
  'together/think-tags': { reasoningOut: 'think-tags' },
  'huggingface/text-think-tags': { reasoningOut: 'think-tags' },
};

function read(fixture: Fixture, chunks: readonly Uint8Array[], streamed = fixture.streamed): ChatEvent[] {
  const reader = openaiChat.reader({ streamed, provider: fixture.entry.provider, able: ables[fixture.name] ?? {} });
  return [...chunks.flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()];
}

function write(events: readonly ChatEvent[], streamed: boolean, fixture: Fixture, wantUsage = true): string {
  const writer = openaiChat.writer({
    streamed,
    model: fixture.entry.model ?? 'm',
    id: 'x',
    createdAt: 1,
    request: request(wantUsage),
  });
  const pieces = events.map((event) => writer.push(event));
  return [...pieces, writer.end()].map((piece) => piece?.toString() ?? '').join('');
}

function request(wantUsage: boolean): ChatRequest {
  return {
    model: 'm',
    instructions: [],
    turns: [],
    tools: [],
    output: {},
    sampling: {},
    stream: true,
    wantUsage,
    ext: {},
  };
}

suite('recorded answers', { skip }, () => {
  for (const fixture of answers) {
    test(`${fixture.name} reads the same however it is cut`, () => {
      const whole = read(fixture, [fixture.bytes]);
      for (const { name, chunks } of chunkings(fixture.bytes, { splits: 50 })) {
        assert.deepEqual(read(fixture, chunks), whole, name);
      }
    });

    test(`${fixture.name} ends well if it was whole, and with an error if it was not`, () => {
      const last = read(fixture, [fixture.bytes]).at(-1);
      assert.equal(last?.type, fixture.whole ? 'finish' : 'error');
    });
  }

  for (const fixture of answers.filter(({ whole }) => whole)) {
    test(`${fixture.name} is written as a stream that every client accepts`, () => {
      const events = read(fixture, [fixture.bytes]);
      const usage = events.some(({ type }) => type === 'usage') ? 'asked' : 'unasked';
      for (const asked of [usage, 'unasked'] as const) {
        const stream = Buffer.from(write(events, true, fixture, asked === 'asked'));
        assert.deepEqual(validateChatStream(stream, { ended: 'ok', written: true, usage: asked }), []);
      }
    });

    test(`${fixture.name} is written as a document that every client accepts`, () => {
      const text = write(read(fixture, [fixture.bytes]), false, fixture);
      assert.deepEqual(validateChatReply(Buffer.from(text), { written: true }), []);
    });
  }

  for (const fixture of answers.filter(({ whole, streamed }) => whole && !streamed)) {
    test(`${fixture.name} comes back with every field it had`, () => {
      const before = JSON.parse(Buffer.from(fixture.bytes).toString('utf8')) as unknown;
      const after = JSON.parse(write(read(fixture, [fixture.bytes]), false, fixture)) as unknown;
      assert.deepEqual(unexplained(before, after, differencesOfAnswers), []);
    });
  }
});
