import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ChatEvent, PartStartEvent, Seal, Usage } from '@tapgate/core';
import { randomSplit, validateGenerateReply, validateGenerateStream } from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

/** A part of an answer, as a test says it. */
interface Said {
  readonly kind: 'text' | 'reasoning' | 'tool-call' | 'media';
  readonly pieces: readonly string[];
  readonly seal: Seal | undefined;
  readonly name: string;
}

const seal = fc.record({
  origin: fc.constant({ dialect: 'google-generate' }),
  form: fc.constant('signature' as const),
  value: fc.base64String({ minLength: 4, maxLength: 40 }),
});
const words = fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 });
const args = fc
  .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  .map((value) => JSON.stringify(value));
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z\d_.:-]{0,20}$/).filter((text) => !text.startsWith('tapgate__'));
const said: fc.Arbitrary<Said> = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    pieces: words,
    seal: fc.option(seal, { nil: undefined }),
    name: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('reasoning' as const),
    pieces: words,
    seal: fc.constant(undefined),
    name: fc.constant(''),
  }),
  fc.record({
    kind: fc.constant('tool-call' as const),
    pieces: fc.tuple(args),
    seal: fc.option(seal, { nil: undefined }),
    name,
  }),
  fc.record({
    kind: fc.constant('media' as const),
    pieces: fc.tuple(fc.base64String({ minLength: 4, maxLength: 20 })),
    seal: fc.constant(undefined),
    name: fc.constant(''),
  }),
);
const count = fc.integer({ min: 0, max: 1000 });
const usage: fc.Arbitrary<Usage> = fc
  .record({ input: count, cacheRead: count, thought: count, spoken: count })
  .map(({ input, cacheRead, thought, spoken }) => ({
    input,
    cacheRead,
    cacheWrite: 0,
    output: thought + spoken,
    reasoning: thought,
    estimated: false,
  }));
const answer = fc.record({
  choices: fc.array(fc.array(said, { maxLength: 5 }), { minLength: 1, maxLength: 2 }),
  usage,
  length: fc.boolean(),
});

function eventsOf({
  choices,
  usage: spent,
  length,
}: {
  choices: Said[][];
  usage: Usage;
  length: boolean;
}): ChatEvent[] {
  const events: ChatEvent[] = [{ type: 'start', id: 'r1', model: 'm1' }];
  for (const [choice, parts] of choices.entries()) {
    for (const [index, part] of parts.entries()) events.push(...partOf(part, choice, `${choice}-${index}`));
  }
  events.push({ type: 'usage', usage: spent });
  for (const [choice, parts] of choices.entries()) {
    const calls = parts.some(({ kind }) => kind === 'tool-call');
    events.push({ type: 'finish', choice, reason: length ? 'length' : calls ? 'tool-calls' : 'stop' });
  }
  return events;
}

function partOf(part: Said, choice: number, id: string): ChatEvent[] {
  const start: PartStartEvent = { type: 'part-start', part: id, choice, kind: part.kind };
  const end: ChatEvent = { type: 'part-end', part: id, ...(part.seal && { seal: part.seal }) };
  if (part.kind === 'media') return [{ ...start, mediaType: 'image/png', base64: part.pieces[0] ?? '' }, end];
  const call = part.kind === 'tool-call' ? { name: part.name, callId: `c${id}`, executedBy: 'client' as const } : {};
  return [
    { ...start, ...call },
    ...part.pieces.map((text): ChatEvent => ({ type: 'part-delta', part: id, text })),
    end,
  ];
}

/** What a client is told in the end: neighbouring texts of one kind are one, as the API has no other bound between them. */
function contentOf(events: readonly ChatEvent[]): unknown {
  const parts = new Map<
    string,
    { choice: number; kind: string; text: string; what: unknown; signature: string | undefined }
  >();
  let spent: unknown;
  const finishes: unknown[] = [];
  for (const event of events) {
    if (event.type === 'part-start') {
      const what = event.kind === 'tool-call' ? [event.name, event.callId] : [event.mediaType, event.base64];
      parts.set(event.part, { choice: event.choice, kind: event.kind, text: '', what, signature: undefined });
    } else if (event.type === 'part-delta')
      Object.assign(parts.get(event.part) ?? {}, { text: (parts.get(event.part)?.text ?? '') + event.text });
    else if (event.type === 'part-end' && event.seal)
      Object.assign(parts.get(event.part) ?? {}, { signature: event.seal.value });
    else if (event.type === 'usage') {
      const { input, cacheRead, output, reasoning } = event.usage;
      spent = { input, cacheRead, output, reasoning };
    } else if (event.type === 'finish') finishes.push([event.choice, event.reason]);
  }
  const joined: { choice: number; kind: string; text: string; what: unknown; signatures: (string | undefined)[] }[] =
    [];
  for (const { signature, ...part } of [...parts.values()].toSorted((one, other) => one.choice - other.choice)) {
    const last = joined.at(-1);
    const isMore =
      last?.choice === part.choice && last.kind === part.kind && (part.kind === 'text' || part.kind === 'reasoning');
    if (isMore) {
      last.text += part.text;
      last.signatures.push(signature);
    } else joined.push({ ...part, signatures: [signature] });
  }
  const told = joined.map(({ signatures, ...part }) => ({
    ...part,
    signatures: signatures.filter((one) => one !== undefined),
  }));
  return { told, spent, finishes };
}

function write(events: readonly ChatEvent[], streamed: boolean, framing?: string): Buffer {
  const request = {
    model: 'm',
    instructions: [],
    turns: [],
    tools: [],
    output: {},
    sampling: {},
    stream: streamed,
    wantUsage: true,
    ext: {},
  };
  const writer = googleGenerate.writer({
    streamed,
    model: 'm',
    id: 'x',
    createdAt: 0,
    request,
    ...(framing === undefined ? {} : { framing }),
  });
  const pieces = events.map((event) => String(writer.push(event) ?? ''));
  return Buffer.from(pieces.join('') + String(writer.end() ?? ''));
}

function read(chunks: readonly Uint8Array[], streamed: boolean): ChatEvent[] {
  const reader = googleGenerate.reader({ streamed, provider: 'g', able: {} });
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
}

test('any answer that is written is read again as the same, streamed, as an array, and whole', () => {
  fc.assert(
    fc.property(answer, fc.nat(), (of, seed) => {
      const events = eventsOf(of);
      const stream = write(events, true);
      assert.deepEqual(validateGenerateStream(stream, { ended: 'ok', written: true }), []);
      assert.deepEqual(contentOf(read(randomSplit(stream, seed), true)), contentOf(events));
      const array = write(events, true, 'json-array');
      assert.deepEqual(contentOf(read(randomSplit(array, seed), true)), contentOf(events));
      const whole = write(events, false);
      assert.deepEqual(validateGenerateReply(whole), []);
      assert.deepEqual(contentOf(read([whole], false)), contentOf(events));
    }),
    { numRuns: 300 },
  );
});
