import assert from 'node:assert/strict';

import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { anthropicMessages } from '@tapgate/anthropic';
import type { ChatEvent, Dialect } from '@tapgate/core';
import { googleGenerate } from '@tapgate/google';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import { fixtures, fixturesFolder, noFixtures, randomSplit } from '@tapgate/test-kit';
import * as fc from 'fast-check';

const dialects = [openaiChat, openaiResponses, anthropicMessages, googleGenerate];
const skip = fixturesFolder() === undefined ? noFixtures : false;

function read(dialect: Dialect, chunks: readonly Uint8Array[]): readonly ChatEvent[] {
  const reader = dialect.reader({ streamed: true, provider: 'p', able: {} });
  const events: ChatEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  events.push(...reader.end());
  return withoutOldNews(events);
}

/** A count that is the same as the one before is no news. */
function withoutOldNews(events: readonly ChatEvent[]): readonly ChatEvent[] {
  let before: unknown;
  return events.filter((event) => {
    if (event.type !== 'usage') return true;
    const isNew = !isDeepStrictEqual(event, before);
    before = event;
    return isNew;
  });
}

/** The same stream, in which no event looks like the one before it. */
function unlike(stream: string): string {
  let count = 0;
  return stream.replaceAll(/^data: ?\{/gm, () => {
    count += 1;
    return `data: {${' '.repeat(count % 2)}`;
  });
}

/** What an error was is said by its message. */
const comparable = (events: readonly ChatEvent[]): unknown =>
  events.map((event) => (event.type === 'error' ? { type: 'error', message: event.error.message } : event));

for (const dialect of dialects) {
  test(`what ${dialect.name} knows again it reads as if it had parsed it, in every recording`, { skip }, () => {
    const recorded = fixtures({ dialect: dialect.name, streamed: true, ok: true });
    assert.ok(recorded.length > 5);
    for (const { name, bytes } of recorded) {
      const parsed = read(dialect, [Buffer.from(unlike(Buffer.from(bytes).toString('utf8')))]);
      for (const chunks of [[bytes], randomSplit(bytes, 7)])
        assert.deepEqual(comparable(read(dialect, chunks)), comparable(parsed), name);
    }
  });
}

type Json = Record<string, unknown>;
const frame = (json: Json): string =>
  `${typeof json['type'] === 'string' ? `event: ${json['type']}\n` : ''}data: ${JSON.stringify(json)}\n\n`;

const text = fc.oneof(fc.string(), fc.constantFrom('', 'a', '"', '\\', 'é\u2028', '<think>', '</think>'));
const small = fc.constantFrom(0, 0, 0, 0, 1, 2);

/** Streams of events in every order, lawful or not, for each dialect. */
const streams: Readonly<Record<string, fc.Arbitrary<readonly Json[]>>> = {
  'openai-chat': fc.array(
    fc.oneof(
      fc
        .record(
          {
            content: text,
            reasoning_content: text,
            refusal: text,
            tool_calls: fc.tuple(fc.record({ index: small, function: fc.record({ arguments: text }) })),
            function_call: fc.record({ name: fc.constantFrom('', 'f'), arguments: text }),
            audio: fc.record({ transcript: text }),
            odd: small,
          },
          { requiredKeys: [] },
        )
        .map((delta) => ({ id: 'c', choices: [{ index: 0, delta }] })),
      fc
        .tuple(text, small, text)
        .map(([content, index, obfuscation]) => ({ id: 'c', choices: [{ index, delta: { content } }], obfuscation })),
      fc.record({ index: small, text }).map(({ index, text: args }) => ({
        id: 'c',
        choices: [{ delta: { tool_calls: [{ index, id: `i${index}`, function: { name: 'f', arguments: args } }] } }],
      })),
      fc.tuple(text, text).map(([content, token]) => ({
        id: 'c',
        choices: [{ index: 0, delta: { content }, logprobs: { content: [{ token }], refusal: null } }],
      })),
      fc.constant({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      small.map((completion_tokens) => ({ choices: [], usage: { prompt_tokens: 1, completion_tokens } })),
    ),
  ),
  'openai-responses': fc.array(
    fc.oneof(
      fc
        .record({
          type: fc.constantFrom(
            'response.output_text.delta',
            'response.refusal.delta',
            'response.function_call_arguments.delta',
            'response.reasoning_summary_text.delta',
            'response.reasoning_text.delta',
          ),
          sequence_number: fc.nat(),
          output_index: small,
          content_index: fc.constantFrom(0, 1),
          delta: text,
          logprobs: fc.constantFrom<readonly Json[]>([], [{ token: 'a' }]),
        })
        .map((event): Json => event),
      fc
        .record({ type: fc.constant('response.output_text.done'), output_index: small, text })
        .map((event): Json => event),
      small.map((output_index) => ({
        type: 'response.output_item.added',
        output_index,
        item: { type: 'function_call', id: `f${output_index}`, call_id: 'c', name: 'f', arguments: '' },
      })),
      small.map((output_index) => ({
        type: 'response.output_item.done',
        output_index,
        item: { type: 'message', id: `m${output_index}`, content: [{ type: 'output_text', text: 'aa' }] },
      })),
      fc.constant({ type: 'response.completed', response: { status: 'completed', output: [] } }),
    ),
  ),
  'anthropic-messages': fc.array(
    fc.oneof(
      fc
        .tuple(
          small,
          fc.oneof(
            { weight: 8, arbitrary: fc.record({ type: fc.constant('text_delta'), text }) },
            fc.record({ type: fc.constant('thinking_delta'), thinking: text }),
            fc.record({ type: fc.constant('input_json_delta'), partial_json: text }),
            fc.record({ type: fc.constant('signature_delta'), signature: text }),
            fc.record({ type: fc.constant('odd_delta'), text }),
          ),
        )
        .map(([index, delta]) => ({ type: 'content_block_delta', index, delta })),
      fc
        .tuple(small, fc.constantFrom('text', 'thinking', 'tool_use', 'odd'))
        .map(([index, type]) => ({ type: 'content_block_start', index, content_block: { type, id: 'i', name: 'f' } })),
      small.map((index) => ({ type: 'content_block_stop', index })),
      fc.constant({ type: 'ping' }),
    ),
    { maxLength: 30, size: 'max' },
  ),
  'google-generate': fc.array(
    fc.oneof(
      fc
        .tuple(fc.record({ text, thought: fc.boolean() }, { requiredKeys: ['text'] }), small, small)
        .map(([part, index, candidatesTokenCount]) => ({
          candidates: [{ content: { parts: [part] }, index }],
          usageMetadata: { promptTokenCount: 1, candidatesTokenCount },
        })),
      fc.tuple(text, fc.constantFrom('', 's')).map(([said, thoughtSignature]) => ({
        candidates: [{ content: { parts: [{ text: said, thoughtSignature }] } }],
      })),
      text.map((said) => ({ candidates: [{ content: { parts: [{ text: said }] }, avgLogprobs: said.length }] })),
      fc.constant({ candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] } }] }),
      fc.constant({ candidates: [{ content: { parts: [{ text: '' }] }, finishReason: 'STOP' }] }),
    ),
  ),
};

for (const dialect of dialects) {
  test(`${dialect.name} reads events in whatever order as if each were parsed`, () => {
    const events = streams[dialect.name];
    assert.ok(events);
    const often = fc
      .tuple(events, fc.nat(3))
      .map(([list, times]) => list.flatMap((one) => Array<Json>(times + 1).fill(one)));
    fc.assert(
      fc.property(fc.oneof(events, often), (list) => {
        const stream = list.map(frame).join('');
        assert.deepEqual(
          comparable(read(dialect, [Buffer.from(stream)])),
          comparable(read(dialect, [Buffer.from(unlike(stream))])),
        );
      }),
      { numRuns: 1_000 },
    );
  });
}
