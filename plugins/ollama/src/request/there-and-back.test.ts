import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf } from '@tapgate/core';
import * as fc from 'fast-check';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const json = fc.jsonValue({ maxDepth: 2 });
const unknown = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), json, { maxKeys: 2 });
const withUnknown = (known: fc.Arbitrary<object>): fc.Arbitrary<object> =>
  fc.tuple(known, unknown).map(([one, other]) => ({ ...one, ...other }));
const some = (members: Record<string, fc.Arbitrary<unknown>>, ...requiredKeys: string[]): fc.Arbitrary<object> =>
  withUnknown(fc.record(members, { requiredKeys }));

const image = fc.constantFrom(
  'iVBORw0KGgo=',
  'AAAA',
  'data:image/png;base64,iVBORw0KGgo=',
  'https://example.com/a.png',
);
const content = fc.oneof(text, fc.constant(null));
const called = some(
  {
    name: fc.stringMatching(/^[a-z. ]{1,6}$/),
    index: fc.nat(3),
    arguments: fc.oneof(fc.dictionary(text, json, { maxKeys: 2 }), json),
  },
  'name',
);
const call = some(
  { id: fc.oneof(text, fc.constant(null)), type: fc.constant('function'), function: called },
  'function',
);
const role = (...roles: string[]): fc.Arbitrary<string> => fc.constantFrom(...roles);

const message = fc.oneof(
  some({ role: role('system', 'System', 'user', 'USER', 'other'), content, images: fc.array(image) }, 'role'),
  some(
    {
      role: role('assistant'),
      content,
      thinking: fc.oneof(text, json),
      images: fc.array(image),
      tool_calls: fc.array(call, { maxLength: 3 }),
    },
    'role',
  ),
  some({ role: role('tool', 'Tool'), content, tool_name: text, tool_call_id: text }, 'role'),
);

const tool = some(
  {
    type: fc.constantFrom('function', 'other'),
    function: some({ name: text, description: fc.oneof(text, json), parameters: json }, 'name'),
  },
  'function',
);
const number = fc.double({ min: -5, max: 600, noNaN: true });
const options = some({
  temperature: number,
  top_p: number,
  top_k: fc.nat(),
  num_predict: fc.integer({ min: -3, max: 5 }),
  num_ctx: fc.nat(),
  repeat_penalty: number,
  stop: fc.oneof(text, fc.array(text, { maxLength: 3 })),
});
const settings = fc.record(
  {
    options: fc.oneof(options, json),
    tools: fc.oneof(fc.array(tool, { maxLength: 3 }), json),
    think: fc.constantFrom(true, false, 'low', 'max', 'odd', null),
    format: fc.constantFrom('json', '', { type: 'object' }, null, []),
    keep_alive: fc.constantFrom('5m', 0, -1),
    logprobs: fc.boolean(),
    top_logprobs: fc.nat(9),
    truncate: fc.boolean(),
  },
  { requiredKeys: [] },
);

test('any request of this dialect that is read and written is what it was', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), settings, unknown, (messages, set, more) => {
      const before = { model: 'm', messages, ...set, ...more, stream: true };
      const body = bodyOf(Buffer.from(JSON.stringify(before)));
      const incoming = { operation: 'chat', path: '/api/chat', query: '', headers: new Map(), body };
      const written = writeRequest(readRequest(incoming), { ...incoming, model: 'm', streamed: true, able: {} });
      assert.deepEqual(JSON.parse(textOf(written.body)), JSON.parse(textOf(body)));
      assert.deepEqual(written.losses, []);
    }),
    { numRuns: 400 },
  );
});
