import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { readSse, sseText } from '../sse.ts';
import { validateChatReply } from './chat-reply.ts';
import { validateChatStream } from './chat-stream.ts';
import { validateError } from './error-reply.ts';
import { validateGenerateReply } from './generate-reply.ts';
import { validateGenerateStream } from './generate-stream.ts';
import { validateMessagesReply } from './messages-reply.ts';
import { validateMessagesStream } from './messages-stream.ts';
import { validateResponsesReply } from './responses-reply.ts';
import { validateResponsesStream } from './responses-stream.ts';
import { validateSse } from './sse-framing.ts';

const all: readonly ((bytes: Uint8Array) => readonly string[])[] = [
  validateSse,
  validateChatStream,
  validateChatReply,
  validateResponsesStream,
  validateResponsesReply,
  validateMessagesStream,
  validateMessagesReply,
  validateGenerateStream,
  validateGenerateReply,
  ...['openai-chat', 'anthropic-messages', 'google-generate', 'another'].map(
    (dialect) => (bytes: Uint8Array) => validateError(dialect, 500, bytes),
  ),
];

function everyoneTells(bytes: Uint8Array): void {
  for (const validate of all) {
    const sentences = validate(bytes);
    assert.ok(sentences.every((sentence) => typeof sentence === 'string' && sentence !== ''));
  }
}

test('validators take any bytes and never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), everyoneTells), { numRuns: 200 });
});

test('validators take any JSON, as a document and as an event, and never throw', () => {
  const members = [
    'type',
    'choices',
    'delta',
    'response',
    'item',
    'index',
    'candidates',
    'error',
    'usage',
    'content',
    'x',
  ];
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, true, -1, 1.5, '', 'text', 'message_start', 'response.created', 'error'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...members), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const check = (value: unknown): void => {
    const json = JSON.stringify(value);
    everyoneTells(Buffer.from(json));
    everyoneTells(Buffer.from(sseText([{ data: json }, { event: 'error', data: json }])));
  };
  fc.assert(fc.property(tree, check), { numRuns: 300 });
});

test(
  'validators take any recording with a stretch of other bytes in it and never throw',
  {
    skip: fixturesFolder() === undefined ? noFixtures : false,
  },
  () => {
    const recordings = fixtures({ exact: true }).filter(({ bytes }) => bytes.byteLength < 20_000);
    const changed = fc
      .tuple(
        fc.constantFrom(...recordings),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(30),
        fc.uint8Array({ maxLength: 8 }),
      )
      .map(([{ bytes }, place, gone, put]) => {
        const at = Math.floor(place * bytes.byteLength);
        return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);
      });
    fc.assert(fc.property(changed, everyoneTells), { numRuns: 200 });
  },
);

test('events that are written are framed well and read as they were', () => {
  const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text));
  const frame = fc.record({
    event: line.filter((name) => name !== ''),
    data: fc.array(line, { minLength: 1 }).map((lines) => lines.join('\n')),
  });
  fc.assert(
    fc.property(fc.array(frame), fc.constantFrom('\n' as const, '\r\n' as const), (frames, lineEnd) => {
      const bytes = Buffer.from(sseText(frames, lineEnd));
      assert.deepEqual(validateSse(bytes), []);
      assert.deepEqual(
        readSse(bytes).map(({ event, data }) => ({ event, data })),
        frames.map(({ event, data }) => ({ event, data })),
      );
    }),
    { numRuns: 200 },
  );
});
