import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf } from '@tapgate/core';
import * as fc from 'fast-check';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const json = fc.jsonValue({ maxDepth: 2 });
const unknown = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), json, { maxKeys: 2 });
const withUnknown = <T extends object>(known: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.tuple(known, unknown).map(([one, other]) => ({ ...one, ...other }));

const texts = withUnknown(fc.record({ type: fc.constant('text'), text }));
const image = withUnknown(
  fc.record({
    type: fc.constant('image_url'),
    image_url: fc.record(
      {
        url: fc.constantFrom('https://example.com/a.png', 'data:image/png;base64,iVBORw0KGgo='),
        detail: fc.constantFrom('low', 'high'),
      },
      { requiredKeys: ['url'] },
    ),
  }),
);
const thinking = withUnknown(fc.record({ type: fc.constant('thinking'), thinking: text }));
const odd = fc.record({ type: fc.constantFrom('audio', 'later'), data: json });
const document = fc.record({
  type: fc.constant('document'),
  document: fc.record(
    { id: text, data: fc.oneof(text, fc.dictionary(text, json, { maxKeys: 2 })) },
    { requiredKeys: ['data'] },
  ),
});
const blocks = (...of: readonly fc.Arbitrary<object>[]): fc.Arbitrary<object[]> =>
  fc.array(fc.oneof(...of, odd), { maxLength: 3 });
const call = withUnknown(
  fc.record({
    id: text,
    type: fc.constant('function'),
    function: fc.record({
      name: fc.stringMatching(/^[a-z]{1,6}$/),
      arguments: json.map((value) => JSON.stringify(value)),
    }),
  }),
);
const citation = fc.record({ start: fc.nat(9), end: fc.nat(9), text, type: fc.constantFrom('TEXT_CONTENT', 'PLAN') });

const message = fc.oneof(
  withUnknown(fc.record({ role: fc.constant('system'), content: fc.oneof(text, blocks(texts)) })),
  withUnknown(fc.record({ role: fc.constant('user'), content: fc.oneof(text, blocks(texts, image)) })),
  withUnknown(
    fc.record(
      {
        role: fc.constant('assistant'),
        content: fc.oneof(text, blocks(texts, thinking), fc.constant(null)),
        tool_plan: text,
        tool_calls: fc.array(call, { maxLength: 3 }),
        citations: fc.array(citation, { maxLength: 2 }),
      },
      { requiredKeys: ['role'] },
    ),
  ),
  withUnknown(
    fc.record({ role: fc.constant('tool'), tool_call_id: text, content: fc.oneof(text, blocks(texts, document)) }),
  ),
);

const settings = fc.record(
  {
    temperature: fc.double({ min: 0, max: 3, noNaN: true }),
    p: fc.double({ min: 0, max: 1, noNaN: true }),
    k: fc.nat(600),
    max_tokens: fc.nat(),
    stop_sequences: fc.array(text, { maxLength: 7 }),
    tool_choice: fc.constantFrom('REQUIRED', 'NONE', 'OTHER'),
    thinking: fc.constantFrom(
      { type: 'enabled' },
      { type: 'enabled', token_budget: 5 },
      { type: 'disabled' },
      { type: 'odd' },
    ),
    response_format: fc.constantFrom({ type: 'text' }, { type: 'json_object' }, { type: 'json_object', schema: {} }),
    documents: fc.array(text, { maxLength: 2 }),
    tools: fc.constantFrom([], [null]),
    logprobs: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('any request of this dialect that is read and written is what it was', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), settings, unknown, (messages, set, more) => {
      const before = { model: 'm', messages, ...set, ...more, stream: true };
      const body = bodyOf(Buffer.from(JSON.stringify(before)));
      const incoming = { operation: 'chat', path: '/v2/chat', query: '', headers: new Map(), body };
      const written = writeRequest(readRequest(incoming), { ...incoming, model: 'm', streamed: true, able: {} });
      assert.deepEqual(JSON.parse(textOf(written.body)), JSON.parse(textOf(body)));
      assert.deepEqual(written.losses, []);
    }),
    { numRuns: 400 },
  );
});
