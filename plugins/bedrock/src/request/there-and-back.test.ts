import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CacheMark, ChatRequest, Part, ToolCallPart, ToolResultPart, Turn } from '@tapgate/core';
import * as fc from 'fast-check';
import { shapeFaults } from '../service-shapes.test.ts';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const shown = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => text.trim() !== '');
const cache = fc.option(
  fc.constantFrom<CacheMark>({}, { ttl: '5m' }).map((mark) => ({ cache: mark })),
  { nil: {} },
);
const text = fc.tuple(shown, cache).map(([said, mark]): Part => ({ kind: 'text', text: said, ...mark }));
const picture = fc.constant<Part>({ kind: 'media', mediaType: 'image/png', data: { base64: 'iVBORw0KGgo=' } });
const name = fc.stringMatching(/^[a-zA-Z0-9_.:/-]{1,12}$/);
const json = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.string(), fc.integer(), fc.boolean()), {
  maxKeys: 3,
});
const thought = fc.tuple(shown, fc.base64String({ minLength: 4 })).map(([said, value]): Part => ({
  kind: 'reasoning',
  text: said,
  seal: { origin: { dialect: 'bedrock-converse' }, form: 'signature', value },
}));

/** What an assistant says, the calls it makes, and their results. */
const exchange = fc
  .record({
    user: fc.array(fc.oneof(text, picture), { minLength: 1, maxLength: 3 }),
    thought: fc.option(thought, { nil: undefined }),
    said: fc.array(text, { maxLength: 2 }),
    calls: fc.array(fc.tuple(name, json, shown, fc.option(fc.boolean(), { nil: undefined })), { maxLength: 3 }),
  })
  .filter(({ said, calls }) => said.length + calls.length > 0);

const conversation = fc.array(exchange, { minLength: 1, maxLength: 4 }).map((exchanges): readonly Turn[] => {
  const turns: Turn[] = [];
  for (const [index, { user, thought: first, said, calls }] of exchanges.entries()) {
    turns.push({ role: 'user', parts: user });
    const made = calls.map(([tool, args], at): ToolCallPart => {
      const argsText = JSON.stringify(args);
      return { kind: 'tool-call', callId: `call_${index}_${at}`, name: tool, argsText, executedBy: 'client' };
    });
    turns.push({ role: 'assistant', parts: [...(first ? [first] : []), ...said, ...made] });
    const results = calls.map(([, , result, isError], at): ToolResultPart => {
      const parts = [{ kind: 'text' as const, text: result }];
      return { kind: 'tool-result', callId: `call_${index}_${at}`, parts, ...(isError !== undefined && { isError }) };
    });
    if (results.length > 0) turns.push({ role: 'tool', parts: results });
  }
  return [...turns, { role: 'user', parts: [{ kind: 'text', text: 'Go on.' }] }];
});

/** What a conversation says, without what a reader notes of where and how it was written. */
function contentOf(request: ChatRequest): unknown {
  const parts = (list: readonly Part[]): unknown[] => list.map(({ ext: _ext, ...part }) => part);
  return {
    instructions: parts(request.instructions).map((part) => ({ ...(part as object), role: 'system' })),
    // Neighbouring messages of one side are one.
    turns: request.turns.reduce<{ role: string; parts: unknown[] }[]>((merged, { role, parts: own }) => {
      const last = merged.at(-1);
      if (last?.role === role) last.parts.push(...parts(own));
      else merged.push({ role, parts: parts(own) });
      return merged;
    }, []),
    sampling: { ...request.sampling },
    output: { ...request.output },
  };
}

test('a conversation that is written and read again says what it said', () => {
  const settings = fc.record(
    {
      temperature: fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10),
      stop: fc.array(shown, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      conversation,
      fc.array(shown, { maxLength: 2 }),
      settings,
      fc.nat(9000),
      (turns, system, sampling, tokens) => {
        const request: ChatRequest = {
          model,
          instructions: system.map((one) => ({ kind: 'text', text: one })),
          turns,
          tools: [{ kind: 'function', name: 'some' }],
          output: { maxTokens: tokens + 1 },
          sampling,
          stream: true,
          wantUsage: true,
          ext: {},
        };
        const wanted = { operation: 'chat', model, streamed: true, able: {}, headers: new Map(), query: '', path: '' };
        const { body, path, losses } = writeRequest(request, wanted);
        assert.deepEqual(shapeFaults('ConverseStreamRequest', JSON.parse(Buffer.concat(body.chunks).toString())), []);
        const marks = turns.flatMap(({ parts }) => parts).filter((part) => part.cache !== undefined);
        // More marks than the API takes is a loss of its own.
        fc.pre(marks.length <= 4);
        assert.deepEqual(losses, []);
        const again = readRequest({ operation: 'chat', path, query: '', headers: new Map(), body });
        assert.deepEqual(contentOf(again), contentOf(request));
        assert.deepEqual([again.model, again.stream], [model, true]);
      },
    ),
    { numRuns: 200 },
  );
});
