import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors, createEventSplitter, seen, type ReplyObserver } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures, readSse, sseText, validateResponsesStream } from '@tapgate/test-kit';
import { createObserver } from './observer.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

type Members = Record<string, unknown>;

const observer = (): ReplyObserver => createObserver({ operation: 'chat' });

const eventsIn = (bytes: Uint8Array): Uint8Array[] => {
  const events: Uint8Array[] = [];
  const splitter = createEventSplitter({ maxEventBytes: 10_000_000 });
  splitter.push(bytes, (event) => events.push(event));
  splitter.end((event) => events.push(event));
  return events;
};

const frame = (data: Members): Uint8Array => Buffer.from(sseText([{ event: String(data['type']), data }]));

const response = { id: 'resp_1', object: 'response', status: 'in_progress', model: 'real', output: [] };
const created = frame({ type: 'response.created', sequence_number: 0, response });
const item = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hi' }],
};

test('deltas are content, and what comes before them is none', () => {
  const watch = observer();
  const flags = [
    created,
    frame({ type: 'response.in_progress', sequence_number: 1, response }),
    Buffer.from(': keep-alive\n\n'),
    frame({ type: 'keepalive', sequence_number: 2 }),
    frame({ type: 'response.output_item.added', sequence_number: 3, output_index: 0, item: { ...item, content: [] } }),
    frame({
      type: 'response.content_part.added',
      sequence_number: 4,
      output_index: 0,
      part: { type: 'output_text', text: '' },
    }),
    frame({ type: 'response.output_text.delta', sequence_number: 5, output_index: 0, delta: 'Hi' }),
    frame({ type: 'response.output_item.done', sequence_number: 6, output_index: 0, item }),
  ].map((event) => watch.event(event));
  assert.deepEqual(flags, [0, 0, 0, 0, 0, 0, seen.content, 0]);
  assert.equal(watch.complete, false);
  assert.equal(watch.model, 'real');
});

test('an event that was cut is broken, and the next one is not', () => {
  const watch = observer();
  assert.equal(
    watch.event(
      Buffer.from('event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"H\n\n'),
    ),
    seen.broken,
  );
  assert.equal(watch.event(Buffer.from('data: {"type":"response.output_text.del\n\n')), seen.broken);
  assert.equal(
    watch.event(Buffer.from('data: {"type": "response.output_text.delta", "delta": "Hi"}\r\n\r\n')),
    seen.content,
  );
  assert.equal(
    watch.event(Buffer.from('data: {"type":"response.output_text.delta",\ndata: "delta":"Hi"}\n\n')),
    seen.content,
  );
  assert.equal(watch.event(Buffer.from('data: [DONE]\n\n')), 0);
});

test('an error event and a failed response are errors, with what they say', () => {
  const error = { code: 'rate_limit_exceeded', message: 'Slow down.' };
  for (const event of [
    { type: 'error', sequence_number: 1, ...error },
    { type: 'error', sequence_number: 1, error: { type: 'tokens', ...error } },
    { type: 'response.failed', sequence_number: 1, response: { ...response, status: 'failed', error } },
  ]) {
    const watch = observer();
    watch.event(created);
    assert.equal(watch.event(frame(event)), seen.error);
    assert.deepEqual([watch.error?.kind, watch.error?.message, watch.complete], ['rate-limit', 'Slow down.', false]);
  }
});

test('usage of a stream is read from its last event, and of a document from the document', () => {
  const usage = { input_tokens: 10, input_tokens_details: { cached_tokens: 4 }, output_tokens: 3, total_tokens: 13 };
  const done = { ...response, status: 'completed', usage };
  const stream = observer();
  assert.equal(stream.usage, undefined);
  assert.equal(stream.event(frame({ type: 'response.completed', response: done })), seen.content | seen.terminal);
  const whole = observer();
  assert.equal(whole.whole(Buffer.from(JSON.stringify(done))), seen.content | seen.terminal);
  for (const watch of [stream, whole]) {
    assert.deepEqual([watch.usage?.input, watch.usage?.cacheRead, watch.usage?.output], [6, 4, 3]);
    assert.equal(watch.complete, true);
  }
});

test('a document that is an error, or a failed response, is one', () => {
  const error = { message: 'It broke.', code: 'server_error' };
  for (const body of [{ error }, { ...response, status: 'failed', error }]) {
    const watch = observer();
    assert.equal(watch.whole(Buffer.from(JSON.stringify(body))), seen.error);
    assert.equal(watch.error?.message, 'It broke.');
  }
  assert.equal(observer().whole(Buffer.from('<html>')), seen.broken);
  const stored = createObserver({ operation: 'responses-get' });
  const failed = Buffer.from(JSON.stringify({ ...response, status: 'failed', error }));
  assert.equal(stored.whole(failed) & seen.error, 0, 'that a stored response failed is no failure to tell it');
});

test('a stream that breaks off ends as a failed response, wherever it breaks', { skip }, () => {
  for (const { name, bytes } of fixtures({ dialect: 'openai-responses', streamed: true })) {
    if (name === 'openai/responses-midstream-error') continue;
    const events = eventsIn(bytes).filter((event) => !/^:|\[DONE\]/m.test(Buffer.from(event).toString()));
    for (let cut = 0; cut < events.length; cut += 7) {
      const watch = observer();
      for (const event of events.slice(0, cut)) watch.event(event);
      const end = watch.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'upstream' }));
      const stream = Buffer.concat([...events.slice(0, cut), end]);
      const found = validateResponsesStream(stream, { ended: 'error' });
      // What the provider itself wrote is not ours to mend.
      assert.deepEqual(
        found.filter((sentence) => !/is named|sequence_number/.test(sentence)),
        [],
        `${name} cut at ${cut}`,
      );
      const said = readSse(end).map(({ data }) => JSON.parse(data) as Members);
      assert.deepEqual(
        said.map(({ type }) => type),
        cut === 0 ? ['error'] : ['error', 'response.failed'],
        name,
      );
    }
  }
});

test('what was finished before a stream broke off is told, and the numbers go on', () => {
  const watch = observer();
  for (const event of [
    created,
    frame({ type: 'response.output_item.done', sequence_number: 41, output_index: 0, item }),
  ])
    watch.event(event);
  const [error, failed] = readSse(watch.fail(coreErrors.UPSTREAM_RESET({ provider: 'upstream' }))).map(
    ({ data }) => JSON.parse(data) as Members,
  );
  assert.deepEqual([error?.['sequence_number'], failed?.['sequence_number']], [42, 43]);
  const { id, status, output } = (failed?.['response'] ?? {}) as Members;
  assert.deepEqual([id, status, output], ['resp_1', 'failed', [item]]);
});

// S-10
test('an error that is told in the place of the provider’s own has its number, so that none is missing', () => {
  for (const type of ['error', 'response.failed']) {
    const watch = observer();
    for (const event of [
      created,
      frame({ type: 'response.output_item.done', sequence_number: 41, output_index: 0, item }),
      frame({ type, sequence_number: 42, code: 'server_error', message: 'It broke.', response: { id: 'resp_1' } }),
    ])
      watch.event(event);
    const [error] = readSse(watch.fail(coreErrors.UPSTREAM_FAILED({ message: 'It broke.' })));
    assert.equal((JSON.parse(error?.data ?? '') as Members)['sequence_number'], 42, type);
  }
});
