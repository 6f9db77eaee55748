import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatRequest, Part, Seal, ToolCallPart, Turn, WriterContext } from '@tapgate/core';
import { bodyOf, RawJson, textOf } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures, validateMessagesReply, validateMessagesStream } from '@tapgate/test-kit';
import * as fc from 'fast-check';
import { anthropicMessages } from './anthropic-messages.ts';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const empty: ChatRequest = {
  model: 'm',
  instructions: [],
  turns: [],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
};
const context = (streamed: boolean): WriterContext => ({ streamed, model: 'm', id: 'x', createdAt: 0, request: empty });
const plain = { noNullPrototype: true };

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const name = fc.stringMatching(/^[a-z][\w.:/-]{0,8}$/);
const args = fc.dictionary(words, fc.jsonValue(), { maxKeys: 3, ...plain }).map((value) => JSON.stringify(value));
const seal: fc.Arbitrary<Seal | undefined> = fc.option(
  fc.record(
    {
      origin: fc.record({ dialect: fc.constantFrom('google-generate', 'openai-responses'), provider: name }, plain),
      form: fc.constantFrom('signature' as const, 'encrypted' as const),
      value: words,
    },
    plain,
  ),
  { nil: undefined },
);

interface Piece {
  readonly kind: 'text' | 'reasoning' | 'tool-call';
  readonly text: string;
  readonly name: string;
  readonly seal: Seal | undefined;
}
const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: words, name, seal: fc.constant(undefined) }, plain),
  fc.record({ kind: fc.constant('reasoning' as const), text: words, name, seal }, plain),
  fc.record({ kind: fc.constant('tool-call' as const), text: args, name, seal }, plain),
);

/** The events of some parts: their deltas cut anywhere, and those of several parts mixed in any way. */
function eventsOf(pieces: readonly Piece[], order: readonly number[]): readonly ChatEvent[] {
  const lines = pieces.map(({ kind, text, name: tool, seal: signed }, at): ChatEvent[] => {
    const part = `p${at}`;
    const call = kind === 'tool-call' ? { callId: `c${at}`, name: tool, executedBy: 'client' as const } : {};
    const middle = Math.floor(text.length / 2);
    return [
      { type: 'part-start', part, choice: 0, kind, ...call },
      { type: 'part-delta', part, text: text.slice(0, middle) },
      { type: 'part-delta', part, text: text.slice(middle) },
      { type: 'part-end', part, ...(signed && { seal: signed }) },
    ];
  });
  // Parts begin in their order; after that any may go on.
  const events: ChatEvent[] = [{ type: 'start', model: 'other' }];
  let begun = 0;
  for (const step of [...order, ...lines.flat().map(() => 0), ...lines.flat().map((_, at) => at)]) {
    if (begun < lines.length && step % 2 === 0) {
      events.push(...(lines[begun]?.splice(0, 1) ?? []));
      begun += 1;
    } else if (begun > 0) events.push(...(lines[step % begun]?.splice(0, 1) ?? []));
  }
  for (const line of lines) events.push(...line);
  const calls = pieces.some(({ kind }) => kind === 'tool-call');
  events.push({ type: 'finish', choice: 0, reason: calls ? 'tool-calls' : 'stop' });
  return events;
}

function written(events: readonly ChatEvent[], streamed: boolean): Buffer {
  const writer = anthropicMessages.writer(context(streamed));
  let text = '';
  for (const event of events) text += String(writer.push(event) ?? '');
  return Buffer.from(text + String(writer.end() ?? ''));
}

/** The parts that a client of this dialect sends back after an answer. */
function returned(answer: Buffer, streamed: boolean): readonly Part[] {
  const reader = anthropicMessages.reader({ streamed, provider: 'p', able: {} });
  const events = [...reader.push(answer), ...reader.end()];
  const again = anthropicMessages.writer({ ...context(false), model: '' });
  for (const event of events) again.push(event);
  const { content } = JSON.parse(String(again.end())) as { readonly content: unknown };
  const body = JSON.stringify({ model: 'm', max_tokens: 1, messages: [{ role: 'assistant', content }] });
  const request = readRequest({
    operation: 'chat',
    path: '',
    query: '',
    headers: new Map(),
    body: bodyOf(Buffer.from(body)),
  });
  return request.turns.flatMap(({ parts }) => parts);
}

/** What of a part must come back. */
function essence(part: Part): unknown {
  switch (part.kind) {
    case 'text':
      return ['text', part.text];
    case 'reasoning':
      return ['reasoning', part.text ?? part.summary?.join(''), part.seal];
    case 'tool-call':
      return ['tool-call', part.name, JSON.parse(part.argsText), part.seal];
    default:
      return part.kind;
  }
}

const expected = (pieces: readonly Piece[]): readonly unknown[] =>
  pieces.map(({ kind, text, name: tool, seal: signed }) => {
    if (kind === 'text') return ['text', text];
    return kind === 'reasoning'
      ? ['reasoning', text, signed]
      : ['tool-call', tool, JSON.parse(text) as unknown, signed];
  });

test('whatever parts an answer has, and however they are mixed, the client gets them in order and gives all of them back', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), fc.array(fc.nat(40), { maxLength: 30 }), (pieces, order) => {
      const events = eventsOf(pieces, order);
      const stream = written(events, true);
      const whole = written(events, false);
      assert.deepEqual(validateMessagesStream(stream, { ended: 'ok', written: true }), []);
      assert.deepEqual(validateMessagesReply(whole), []);
      assert.deepEqual(returned(stream, true).map(essence), expected(pieces));
      assert.deepEqual(returned(whole, false).map(essence), expected(pieces));
    }),
    { numRuns: 300 },
  );
});

const text = words.filter((one) => one.trim() !== '').map((one): Part => ({ kind: 'text', text: one }));
const call = fc
  .record({ name, argsText: args }, plain)
  .map((one): Omit<ToolCallPart, 'callId'> => ({ kind: 'tool-call', executedBy: 'client', ...one }));

/** A conversation that both sides can say: texts, calls with their results, texts. */
const conversation: fc.Arbitrary<readonly Turn[]> = fc
  .array(
    fc.record(
      {
        ask: text,
        say: fc.option(text, { nil: undefined }),
        calls: fc.array(call, { maxLength: 3 }),
        answers: fc.array(text, { minLength: 3, maxLength: 3 }),
      },
      plain,
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((rounds) =>
    rounds.flatMap(({ ask, say, calls, answers }, round): Turn[] => {
      const made = calls.map((one, at): ToolCallPart => ({ ...one, callId: `call:${round}.${at}` }));
      const parts = [...(say === undefined ? [] : [say]), ...made];
      const results = made.map(({ callId }, at): Part => ({
        kind: 'tool-result',
        callId,
        parts: [answers[at] ?? ask],
      }));
      return [
        { role: 'user', parts: [ask] },
        ...(parts.length === 0 ? [] : [{ role: 'assistant' as const, parts }]),
        ...(results.length === 0 ? [] : [{ role: 'tool' as const, parts: results }]),
      ];
    }),
  );

/** Neighbouring turns of one role are one: the API makes no difference. */
function merged(turns: readonly Turn[]): readonly unknown[] {
  const all: { role: string; parts: unknown[] }[] = [];
  for (const { role, parts } of turns) {
    const said = parts.map((part) =>
      part.kind === 'tool-result' ? [part.callId, part.parts.map(essence)] : essence(part),
    );
    const last = all.at(-1);
    if (last?.role === role) last.parts.push(...said);
    else all.push({ role, parts: said });
  }
  return all;
}

test('a conversation of another dialect is the same when it is read back', () => {
  const setting = fc.record(
    {
      maxTokens: fc.integer({ min: 1, max: 4096 }),
      temperature: fc.double({ min: 0, max: 1, noNaN: true }).map((one) => one + 0),
    },
    plain,
  );
  fc.assert(
    fc.property(
      conversation,
      fc.array(
        words.filter((one) => one.trim() !== ''),
        { maxLength: 3 },
      ),
      setting,
      (turns, instructions, { maxTokens, temperature }) => {
        const schema = new RawJson('{"type":"object"}', { type: 'object' });
        const request: ChatRequest = {
          ...empty,
          turns,
          instructions: instructions.map((one) => ({ kind: 'text', text: one, role: 'system' })),
          tools: [{ kind: 'function', name: 'a.b', schema, description: 'd' }],
          toolChoice: { mode: 'named', name: 'a.b' },
          output: { maxTokens },
          sampling: { temperature },
        };
        const incoming = { operation: 'chat', path: '', query: '', headers: new Map<string, string>() };
        const { body, losses } = writeRequest(request, { ...incoming, model: 'm', streamed: false, able: {} });
        const again = readRequest({ ...incoming, body });
        assert.deepEqual(losses, []);
        // A last message of the assistant is the beginning of an answer, and ends without white space.
        const ends = turns.at(-1)?.role === 'assistant';
        const trimmed = (value: unknown): unknown =>
          ends ? JSON.parse(JSON.stringify(value).replaceAll(/\s+"/g, '"')) : value;
        assert.deepEqual(trimmed(merged(again.turns)), trimmed(merged(turns)), textOf(body));
        assert.deepEqual(
          again.instructions.map((part) => part.kind === 'text' && part.text),
          instructions,
        );
        assert.deepEqual(
          [again.tools, again.toolChoice, again.output, again.sampling.temperature],
          [request.tools, request.toolChoice, request.output, temperature],
        );
      },
    ),
    { numRuns: 200 },
  );
});

test(
  'signed thinking comes back to its vendor byte for byte in the second turn, streamed and whole, edited and not',
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  () => {
    let seals = 0;
    for (const { bytes, streamed } of fixtures({ dialect: 'anthropic-messages', ok: true, covers: 'reasoning' })) {
      const reader = anthropicMessages.reader({ streamed, provider: 'anthropic', able: {} });
      const events = [...reader.push(bytes), ...reader.end()];
      const signatures = events.flatMap((event) => (event.type === 'part-end' && event.seal ? [event.seal.value] : []));
      seals += signatures.length;
      const { content } = JSON.parse(String(written(events, false))) as { readonly content: unknown };
      const body = JSON.stringify({
        model: 'm',
        max_tokens: 1,
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content },
          { role: 'user', content: 'b' },
        ],
      });
      const incoming = {
        operation: 'chat',
        path: '',
        query: '',
        headers: new Map<string, string>(),
        body: bodyOf(Buffer.from(body)),
      };
      const wanted = { ...incoming, model: 'm', streamed: false, able: {} };
      for (const { body: sent } of [
        anthropicMessages.nativeRequest(incoming, wanted),
        writeRequest(readRequest(incoming), wanted),
      ]) {
        const found = [...textOf(sent).matchAll(/"(?:signature|data)":"([^"]+)"/g)].map(([, value]) => value);
        assert.deepEqual(found, signatures);
      }
    }
    assert.ok(seals >= 5);
  },
);
