import assert from 'node:assert/strict';
import test from 'node:test';
import { eachRuleAlone } from '../../subjects/each-rule.ts';
import { fixtures, fixturesFolder, noFixtures } from '../replay.ts';
import { sseText, type SseFrame } from '../sse.ts';
import { responsesStreamRules, validateResponsesStream } from './responses-stream.ts';
import type { StreamOptions } from './stream-options.ts';

type Members = Readonly<Record<string, unknown>>;

const response = (status: string, more: Members = {}): Members => ({
  response: { id: 'resp_1', object: 'response', status, ...more },
});
const usage = { input_tokens: 5, output_tokens: 3, total_tokens: 8 };
const created = { type: 'response.created', ...response('in_progress') };
const message = (more: Members = {}): Members => ({ type: 'message', id: 'msg_1', role: 'assistant', ...more });
const call = (more: Members = {}): Members => ({
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'look',
  ...more,
});
const added = (item: Members, output_index: unknown = 0): Members => ({
  type: 'response.output_item.added',
  output_index,
  item,
});
const done = (item: Members, output_index: unknown = 0): Members => ({
  type: 'response.output_item.done',
  output_index,
  item,
});
const at = { output_index: 0, item_id: 'msg_1', content_index: 0 };
const part = (more: Members = {}): Members => ({
  type: 'response.content_part.added',
  ...at,
  part: { type: 'output_text', text: '' },
  ...more,
});
const partDone = (text = 'Hello', more: Members = {}): Members => ({
  type: 'response.content_part.done',
  ...at,
  part: { type: 'output_text', text },
  ...more,
});
const delta = (text: unknown = 'Hello', more: Members = {}): Members => ({
  type: 'response.output_text.delta',
  ...at,
  delta: text,
  ...more,
});
const textDone = (text: unknown = 'Hello', more: Members = {}): Members => ({
  type: 'response.output_text.done',
  ...at,
  text,
  ...more,
});
const said = message({ content: [{ type: 'output_text', text: 'Hello' }] });
const args = (text = '{}'): Members[] => [
  { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc_1', delta: text },
  { type: 'response.function_call_arguments.done', output_index: 0, item_id: 'fc_1', arguments: text },
];
const called = call({ arguments: '{}' });
const completed = (...output: Members[]): Members => ({
  type: 'response.completed',
  ...response('completed', { output, usage }),
});
const error = { type: 'error', code: 'server_error', message: 'It failed.', param: null };
const failed = {
  type: 'response.failed',
  ...response('failed', { error: { code: 'server_error', message: 'It failed.' } }),
};

/** The events with their names and numbers. */
const framed = (events: readonly Members[]): SseFrame[] =>
  events.map((event, sequence_number) => ({
    event: String(event['type']),
    data: { ...event, sequence_number: event['sequence_number'] ?? sequence_number },
  }));
const check = (events: readonly Members[], options: StreamOptions = {}): readonly string[] =>
  validateResponsesStream(Buffer.from(sseText(framed(events))), options);
const raw = (...events: (string | SseFrame)[]): readonly string[] =>
  validateResponsesStream(Buffer.from(sseText(events)));

const spoken = [part(), delta('Hel'), delta('lo'), textDone(), partDone()];
/** A message with these events inside. */
const inside = (...events: Members[]): readonly string[] =>
  check([created, added(message()), ...events, done(said), completed(said)]);
const good = [created, added(message()), ...spoken, done(said), completed(said)];

test('good streams of Responses have no violation', () => {
  assert.deepEqual(check(good, { ended: 'ok', written: true }), []);
  assert.deepEqual(check([created, added(call()), ...args(), done(called), completed(called)]), []);
  assert.deepEqual(check([created, error], { ended: 'error' }), []);
  assert.deepEqual(check([created, error, failed], { ended: 'error' }), []);
  assert.deepEqual(check([created, { type: 'keepalive' }, failed], { ended: 'error' }), []);
  const cut = {
    type: 'response.incomplete',
    ...response('incomplete', { output: [], incomplete_details: { reason: 'max_output_tokens' } }),
  };
  assert.deepEqual(check([created, cut], { ended: 'ok' }), []);
});

test('reasoning with a summary has no violation, and its summary needs its part', () => {
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'So.' }] };
  const of = { output_index: 0, item_id: 'rs_1', summary_index: 0 };
  const events = [
    { type: 'response.reasoning_summary_part.added', ...of, part: { type: 'summary_text', text: '' } },
    { type: 'response.reasoning_summary_text.delta', ...of, delta: 'So.' },
    { type: 'response.reasoning_summary_text.done', ...of, text: 'So.' },
    { type: 'response.reasoning_summary_part.done', ...of, part: { type: 'summary_text', text: 'So.' } },
  ];
  assert.deepEqual(check([created, added(reasoning), ...events, done(reasoning), completed(reasoning)]), []);
  const [, bare] = events;
  assert.match(
    check([created, added(reasoning), bare ?? {}, done(reasoning), completed(reasoning)]).join(),
    /summary_index 0/,
  );
});

eachRuleAlone('a stream of Responses', responsesStreamRules, {
  empty: () => check([]),
  json: () =>
    raw(
      ...framed([created]),
      '{',
      ...framed([completed()]).map(({ event, data }) => ({
        event: event ?? '',
        data: { ...(data as object), sequence_number: 2 },
      })),
    ),
  'done-mark': () => raw(...framed(good), '[DONE]'),
  name: () => raw(...framed([created]), { data: { ...completed(), sequence_number: 1 } }),
  type: () => check([created, { type: 'response.surprise' }, completed()]),
  sequence: () => check([created, { ...completed(), sequence_number: 7 }]),
  first: () => check([{ type: 'response.in_progress', ...response('in_progress') }, completed()]),
  'created-again': () => check([created, created, completed()]),
  response: () => check([created, { type: 'response.in_progress' }, completed()]),
  'response-id': () =>
    check([created, { type: 'response.in_progress', ...response('in_progress', { id: 'resp_2' }) }, completed()]),
  status: () => check([created, { type: 'response.in_progress', ...response('completed') }, completed()]),
  'item-order': () => check([created, added(message(), 1), completed()]),
  'item-id': () =>
    check([created, added(message({ id: '' })), done(message({ id: '' })), completed(message({ id: '' }))]),
  'call-id': () =>
    check([
      created,
      added(call({ call_id: '' })),
      done({ ...called, call_id: '' }),
      completed({ ...called, call_id: '' }),
    ]),
  'item-unknown': () => inside({ ...delta(), output_index: 4 }),
  'item-over': () => check([created, added(message()), ...spoken, done(said), delta(), completed(said)]),
  'item-named': () => inside(part(), delta('Hel', { item_id: 'msg_2' }), delta('lo'), textDone(), partDone()),
  'item-type': () => inside({ ...args()[0], item_id: 'msg_1' }),
  'item-open': () => check([created, added(message()), completed()]),
  'item-changed': () =>
    check([created, added(call()), ...args(), done({ ...called, call_id: 'call_2' }), completed(called)]),
  'item-differs': () =>
    check([created, added(call()), ...args(), done(call({ arguments: '{"a":1}' })), completed(called)]),
  'part-order': () => inside(part({ content_index: 1 }), partDone('', { content_index: 1 })),
  'part-missing': () => inside(delta()),
  'part-over': () =>
    inside(part(), partDone(''), { type: 'response.output_text.annotation.added', ...at, annotation: {} }),
  'part-open': () => inside(part(), delta(), textDone()),
  'part-differs': () => inside(part(), delta(), textDone(), partDone('Hell')),
  'delta-text': () => inside(part(), delta({}), delta(), textDone(), partDone()),
  'text-differs': () => inside(part(), delta(), textDone('Hell'), partDone()),
  'text-over': () => inside(part(), delta('Hel'), textDone('Hel'), delta('lo'), partDone()),
  arguments: () => check([created, added(call()), ...args('{'), done(call({ arguments: '{' })), completed(called)]),
  'output-differs': () => check([created, added(message()), done(message()), completed()]),
  'usage-missing': () => check([created, { type: 'response.completed', ...response('completed', { output: [] }) }]),
  'usage-shape': () =>
    check([created, { type: 'response.completed', ...response('completed', { output: [], usage: {} }) }]),
  'usage-sum': () =>
    check([
      created,
      { type: 'response.completed', ...response('completed', { output: [], usage: { ...usage, total_tokens: 9 } }) },
    ]),
  'incomplete-reason': () =>
    check([created, { type: 'response.incomplete', ...response('incomplete', { output: [] }) }]),
  'failed-error': () => check([created, { type: 'response.failed', ...response('failed') }]),
  'after-end': () =>
    check(
      [created, error, created].map((event, number) =>
        number === 2 ? { type: 'response.in_progress', ...response('in_progress') } : event,
      ),
    ),
  'end-missing': () => check([created, added(message()), ...spoken, done(said)]),
  'error-shape': () => check([created, { ...error, code: 500 }]),
  'error-unexpected': () => check([created, error, failed], { ended: 'ok' }),
  'error-missing': () => check(good, { ended: 'error' }),
});

test('what the gateway wrote must be numbered', () => {
  const events = framed([created, completed()]).map(({ event, data }) => ({
    event: event ?? '',
    data: { ...(data as object), sequence_number: undefined },
  }));
  const stream = Buffer.from(sseText(events));
  assert.deepEqual(validateResponsesStream(stream), []);
  assert.match(validateResponsesStream(stream, { written: true }).join(), /sequence_number/);
});

const skip = fixturesFolder() === undefined ? noFixtures : false;
test("the vendor's own recorded streams are clean", { skip }, () => {
  const recordings = fixtures({
    provider: ['openai', 'azure'],
    dialect: 'openai-responses',
    streamed: true,
    recorded: true,
  });
  assert.ok(recordings.length > 8);
  for (const { name, bytes } of recordings) assert.deepEqual(validateResponsesStream(bytes), [], name);
});
test('a stream cut at any of its events is not clean', { skip }, () => {
  const [recording] = fixtures({ name: 'openai/responses-reasoning-tool-stream' });
  const events = Buffer.from(recording?.bytes ?? [])
    .toString()
    .split(/(?<=\n\n)/)
    .filter((event) => event.trim() !== '');
  for (let cut = 0; cut < events.length; cut += 1) {
    assert.notDeepEqual(validateResponsesStream(Buffer.from(events.slice(0, cut).join(''))), [], String(cut));
  }
});
