import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isContent, type ChatEvent, type ErrorEvent } from '@tapgate/core';
import * as fc from 'fast-check';
import { chunkings, fixtures, fixturesFolder, noFixtures, sseText } from '@tapgate/test-kit';
import { createReader } from './reader.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

type Members = Record<string, unknown>;

const read = (chunks: Iterable<Uint8Array>, streamed: boolean): ChatEvent[] => {
  const reader = createReader({ streamed, provider: 'upstream', able: {} });
  const events: ChatEvent[] = [];
  for (const chunk of chunks) events.push(...reader.push(chunk));
  return [...events, ...reader.end()];
};

const readStream = (events: readonly Members[], named = true): ChatEvent[] => {
  const frames = events.map((data) => (named ? { event: String(data['type']), data } : { data }));
  return read([Buffer.from(sseText(frames))], true);
};

const readWhole = (json: unknown): ChatEvent[] => read([Buffer.from(JSON.stringify(json))], false);

const created: Members = { type: 'response.created', response: { id: 'resp_1', model: 'm', status: 'in_progress' } };
const added = (index: number, item: Members): Members => ({
  type: 'response.output_item.added',
  output_index: index,
  item,
});
const done = (index: number, item: Members): Members => ({
  type: 'response.output_item.done',
  output_index: index,
  item,
});
const completed = (output: readonly Members[], more: Members = {}): Members => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output, ...more },
});
const message = (text: string, id = 'msg_1'): Members => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const functionCall = (args: string, id = 'fc_1'): Members => ({
  type: 'function_call',
  id,
  call_id: 'call_1',
  name: 'look',
  arguments: args,
});

const textOf = (events: readonly ChatEvent[]): string =>
  events.map((event) => (event.type === 'part-delta' ? event.text : '')).join('');
const finishOf = (events: readonly ChatEvent[]): ChatEvent | undefined => events.find(({ type }) => type === 'finish');
const errorOf = (events: readonly ChatEvent[]): ErrorEvent['error'] | undefined =>
  events.find((event) => event.type === 'error')?.error;

test('every recorded answer reads the same however it is cut', { skip }, () => {
  for (const { name, bytes, streamed } of fixtures({ dialect: 'openai-responses' })) {
    const whole = read([bytes], streamed);
    for (const { name: cut, chunks } of chunkings(bytes)) {
      assert.deepEqual(read(chunks, streamed), whole, `${name}, ${cut}`);
    }
  }
});

test('a recorded answer that is not an error ends with usage and a finish', { skip }, () => {
  const failed = new Set(['openai/responses-midstream-error', 'openai/responses-background-queued']);
  for (const { name, bytes, streamed } of fixtures({ dialect: 'openai-responses', ok: true })) {
    if (failed.has(name) || name === 'openai/responses-compact') continue;
    const [counted, finish] = read([bytes], streamed).slice(-2);
    assert.deepEqual([counted?.type, finish?.type], ['usage', 'finish'], name);
  }
});

test('a character that is cut in two is whole again', () => {
  const text = '你好🙂é';
  const bytes = Buffer.from(
    sseText(
      [created, added(0, { type: 'message', id: 'm' }), done(0, message(text)), completed([])].map((data) => ({
        data,
      })),
    ),
  );
  for (const { chunks, name } of chunkings(bytes, { splits: 20 })) assert.equal(textOf(read(chunks, true)), text, name);
});

test('events without their names are read by their type', () => {
  const events = [created, added(0, { type: 'message', id: 'm' }), done(0, message('Hi')), completed([message('Hi')])];
  assert.deepEqual(readStream(events, false), readStream(events));
});

test('items are known by their place, though their ids change from event to event', () => {
  const delta = (id: string, text: string): Members => ({
    type: 'response.output_text.delta',
    item_id: id,
    output_index: 0,
    content_index: 0,
    delta: text,
  });
  const events = readStream([
    created,
    added(0, { type: 'message', id: 'a', content: [] }),
    delta('b', 'Hel'),
    delta('c', 'lo'),
    done(0, message('Hello', 'd')),
    completed([message('Hello', 'e')]),
  ]);
  assert.equal(textOf(events), 'Hello');
  assert.equal(events.filter(({ type }) => type === 'part-start').length, 1);
});

test('arguments come from wherever they are: deltas, their done event, the finished item, the last event', () => {
  const args = '{"city":"Paris"}';
  const start = added(0, functionCall(''));
  const delta: Members = { type: 'response.function_call_arguments.delta', output_index: 0, delta: '{"city"' };
  const argsDone: Members = { type: 'response.function_call_arguments.done', output_index: 0, arguments: args };
  const end = completed([functionCall(args)]);
  for (const middle of [
    [],
    [delta],
    [argsDone],
    [delta, argsDone],
    [done(0, functionCall(args))],
    [delta, argsDone, done(0, functionCall(args))],
  ]) {
    const events = readStream([created, start, ...middle, end]);
    assert.equal(textOf(events), args);
    assert.deepEqual(
      events.filter(({ type }) => type === 'part-start' || type === 'part-end').map(({ type }) => type),
      ['part-start', 'part-end'],
    );
    assert.equal(finishOf(events)?.type === 'finish' && (finishOf(events) as { reason: string }).reason, 'tool-calls');
  }
});

test('what only a closing event said is kept, though the last event has no output', () => {
  const args = '{"city":"Paris"}';
  const argsDone: Members = { type: 'response.function_call_arguments.done', output_index: 0, arguments: args };
  assert.equal(textOf(readStream([created, added(0, functionCall('')), argsDone, completed([])])), args);
});

test('an item that never closed is found in the last event by its place, though its id changed', () => {
  const events = readStream([
    created,
    added(0, { type: 'message', id: 'a', content: [] }),
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hel' },
    completed([message('Hello', 'b')]),
  ]);
  assert.equal(textOf(events), 'Hello');
  assert.equal(events.filter(({ type }) => type === 'part-start').length, 1);
});

test('an answer that comes in its last event alone is read from there', () => {
  const events = readStream([
    created,
    completed([message('Hi'), functionCall('{}')], { usage: { input_tokens: 1, output_tokens: 2 } }),
  ]);
  assert.equal(textOf(events), 'Hi{}');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['start', 'part-start', 'part-delta', 'part-end', 'part-start', 'part-delta', 'part-end', 'usage', 'finish'],
  );
});

test('the seal of thinking is the one of the finished item', () => {
  const reasoning = (seal: string): Members => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: [],
    encrypted_content: seal,
  });
  const events = readStream([
    created,
    added(0, reasoning('early')),
    done(0, reasoning('true')),
    completed([reasoning('late')]),
  ]);
  const ends = events.filter((event) => event.type === 'part-end');
  assert.deepEqual(
    ends.map(({ seal }) => seal),
    [{ origin: { dialect: 'openai-responses', provider: 'upstream' }, form: 'encrypted', value: 'true' }],
  );
});

test('summaries are parts of their own, and the seal is the last one’s', () => {
  const item = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [
      { type: 'summary_text', text: 'One' },
      { type: 'summary_text', text: 'Two' },
    ],
    encrypted_content: 'seal',
  };
  const part = (index: number, text: string): Members[] => [
    {
      type: 'response.reasoning_summary_part.added',
      output_index: 0,
      summary_index: index,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: index, delta: text },
    { type: 'response.reasoning_summary_text.done', output_index: 0, summary_index: index, text },
    {
      type: 'response.reasoning_summary_part.done',
      output_index: 0,
      summary_index: index,
      part: { type: 'summary_text', text },
    },
  ];
  const events = readStream([
    created,
    added(0, { type: 'reasoning', id: 'rs_1', summary: [] }),
    ...part(0, 'One'),
    ...part(1, 'Two'),
    done(0, item),
    completed([item]),
  ]);
  const starts = events.filter((event) => event.type === 'part-start');
  assert.deepEqual(
    starts.map(({ summary, itemId }) => [summary, itemId]),
    [
      [true, 'rs_1'],
      [true, 'rs_1'],
    ],
  );
  const ends = events.filter((event) => event.type === 'part-end');
  assert.deepEqual(
    ends.map(({ seal }) => seal?.value),
    [undefined, 'seal'],
  );
  assert.equal(textOf(events), 'OneTwo');
});

test('a stream that ends without its last event was cut off', () => {
  for (const cut of [[], [created], [created, added(0, functionCall('{}')), done(0, functionCall('{}'))]]) {
    const events = readStream(cut);
    assert.equal(errorOf(events)?.code, 'UPSTREAM_TRUNCATED');
    assert.equal(finishOf(events), undefined);
  }
  assert.equal(errorOf(read([Buffer.from(': keep-alive\n\n: keep-alive\n\n')], true))?.code, 'UPSTREAM_TRUNCATED');
  assert.equal(errorOf(read([], false))?.code, 'UPSTREAM_TRUNCATED');
});

test('an error comes before any content, so that the status can still be told', () => {
  const error = { code: 'rate_limit_exceeded', message: 'Slow down.' };
  for (const first of [
    { type: 'error', error: { type: 'tokens', ...error, param: null }, sequence_number: 0 },
    { type: 'error', ...error, param: null, sequence_number: 0 },
    { error: { type: 'tokens', ...error } },
  ]) {
    const events = readStream([created, first]);
    assert.equal(events.some(isContent), false);
    const { kind, status, message: said } = errorOf(events)?.upstream ?? {};
    assert.deepEqual([kind, status, said], ['rate-limit', 429, 'Slow down.']);
  }
  const inBody = read([Buffer.from(JSON.stringify({ error: { ...error, type: 'tokens' } }))], true);
  assert.equal(errorOf(inBody)?.upstream?.kind, 'rate-limit');
});

test('a failed response keeps its usage, and what came before it stands', () => {
  const events = readStream([
    created,
    added(0, { type: 'message', id: 'm' }),
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Half' },
    {
      type: 'response.failed',
      response: {
        id: 'resp_1',
        status: 'failed',
        error: { code: 'server_error', message: 'It broke.' },
        usage: { input_tokens: 3, output_tokens: 1, total_tokens: 4 },
      },
    },
  ]);
  assert.deepEqual(
    events.slice(-2).map(({ type }) => type),
    ['usage', 'error'],
  );
  assert.equal(errorOf(events)?.upstream?.message, 'It broke.');
  assert.equal(textOf(events), 'Half');
});

test('a conversation that is too long is known for what it is', () => {
  const error = { code: 'context_length_exceeded', message: 'Your input exceeds the context window of this model.' };
  const failed = { id: 'resp_1', status: 'failed', error };
  for (const events of [readStream([created, { type: 'response.failed', response: failed }]), readWhole(failed)]) {
    const { kind, status, message: said } = errorOf(events)?.upstream ?? {};
    assert.deepEqual([kind, status, said], ['context-length', 400, error.message]);
  }
});

test('an error after an error is not a second one, and nothing follows', { skip }, () => {
  const [fixture] = fixtures({ name: 'openai/responses-midstream-error' });
  const events = read([fixture?.bytes ?? new Uint8Array()], true);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['start', 'error'],
  );
  assert.equal(errorOf(events)?.upstream?.kind, 'quota');
});

test('an answer that was cut short says why', () => {
  const reasons = { max_output_tokens: 'length', content_filter: 'content-filter', something_new: 'other' };
  for (const [reason, wanted] of Object.entries(reasons)) {
    const response = { id: 'r', status: 'incomplete', incomplete_details: { reason }, output: [functionCall('{"ci')] };
    for (const events of [readStream([created, { type: 'response.incomplete', response }]), readWhole(response)]) {
      const finish = finishOf(events);
      assert.deepEqual(finish?.type === 'finish' && [finish.reason, finish.raw], [wanted, reason]);
    }
  }
});

test('a refusal is a refusal', () => {
  const content = [{ type: 'refusal', refusal: 'I cannot help with that.' }];
  const refused = { type: 'message', id: 'm', role: 'assistant', content };
  const streamed = readStream([
    created,
    added(0, { type: 'message', id: 'm', content: [] }),
    { type: 'response.content_part.added', output_index: 0, content_index: 0, part: { type: 'refusal', refusal: '' } },
    { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'I cannot' },
    { type: 'response.refusal.done', output_index: 0, content_index: 0, refusal: 'I cannot help with that.' },
    done(0, refused),
    completed([refused]),
  ]);
  for (const events of [streamed, readWhole({ id: 'r', status: 'completed', output: [refused] })]) {
    const start = events.find((event) => event.type === 'part-start');
    assert.equal(start?.kind, 'refusal');
    assert.equal(textOf(events), 'I cannot help with that.');
    assert.equal(finishOf(events)?.type === 'finish' && (finishOf(events) as { reason: string }).reason, 'refusal');
  }
});

test('what the vendor ran by itself is no call of the client', { skip }, () => {
  for (const name of [
    'openai/responses-web-search-stream',
    'openai/responses-mcp-approval-stream',
    'xai/responses-web-search',
  ]) {
    const [fixture] = fixtures({ name });
    const events = read([fixture?.bytes ?? new Uint8Array()], fixture?.streamed ?? false);
    assert.equal(
      events.some((event) => event.type === 'part-start' && event.kind === 'tool-call'),
      false,
      name,
    );
    const finish = finishOf(events);
    assert.equal(finish?.type === 'finish' && finish.reason, 'stop', name);
  }
});

test('an image that was made is media, with the vendor’s fields beside it', { skip }, () => {
  const [fixture] = fixtures({ name: 'openai/responses-image-generation-stream' });
  const events = read([fixture?.bytes ?? new Uint8Array()], true);
  const image = events.find((event) => event.type === 'part-start' && event.kind === 'media');
  assert.equal(image?.type === 'part-start' && image.mediaType, 'image/webp');
  const fields = image?.type === 'part-start' ? image.ext?.['openai-responses'] : {};
  assert.equal(fields?.['size'], '1536x1024');
});

test('cached tokens are counted once', () => {
  const usage = {
    input_tokens: 2006,
    input_tokens_details: { cached_tokens: 1920, cache_write_tokens: 6 },
    output_tokens: 300,
    output_tokens_details: { reasoning_tokens: 128 },
    total_tokens: 2306,
  };
  const events = readWhole({ id: 'r', status: 'completed', service_tier: 'flex', output: [], usage });
  const counted = events.find((event) => event.type === 'usage');
  assert.deepEqual(counted?.usage, {
    input: 80,
    cacheRead: 1920,
    cacheWrite: 6,
    output: 300,
    reasoning: 128,
    estimated: false,
    tier: 'flex',
    raw: usage,
  });
});

test('counts that contradict each other are held to what is possible', () => {
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 12 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 9 },
  };
  const counted = readWhole({ id: 'r', status: 'completed', output: [], usage }).find(
    (event) => event.type === 'usage',
  );
  const { input, reasoning, estimated } = counted?.usage ?? {};
  assert.deepEqual([input, reasoning, estimated], [0, 5, true]);
});

test('a price that the server tells is kept to the billionth', { skip }, () => {
  const [fixture] = fixtures({ name: 'openrouter/responses-raw-cot-stream' });
  const counted = read([fixture?.bytes ?? new Uint8Array()], true).find((event) => event.type === 'usage');
  assert.equal(counted?.usage.billedNanos, 11_300n);
});

test('what is no answer of this dialect is malformed', () => {
  assert.equal(errorOf(read([Buffer.from('data: {"type":"response.cre\n\n')], true))?.code, 'UPSTREAM_MALFORMED');
  assert.equal(errorOf(read([Buffer.from('<html>Bad gateway</html>')], false))?.code, 'UPSTREAM_MALFORMED');
  assert.equal(errorOf(readWhole({ choices: [] }))?.code, 'UPSTREAM_MALFORMED');
});

test('what nobody knows is passed over', () => {
  const events = readStream([
    created,
    { type: 'keepalive', sequence_number: 1 },
    { type: 'response.something_new', output_index: 0, item: 7 },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 'Hi' },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, delta: 7 },
    added(2, { type: 'a_new_item', id: 'x' }),
    done(2, { type: 'a_new_item', id: 'x', value: 1 }),
    { no: 'type' },
    completed([]),
  ]);
  assert.equal(errorOf(events), undefined);
  assert.equal(textOf(events), 'Hi');
  const opaque = events.find((event) => event.type === 'part-start' && event.kind === 'opaque');
  assert.deepEqual(opaque?.type === 'part-start' && opaque.json, { type: 'a_new_item', id: 'x', value: 1 });
  assert.equal(events.at(-1)?.type, 'finish');
});

/** Puts something else in place of one value of many. */
const spoiled = (value: unknown, at: { left: number }, by: unknown): unknown => {
  at.left -= 1;
  if (at.left === 0) return by;
  if (Array.isArray(value)) return value.map((item) => spoiled(item, at, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, spoiled(member, at, by)]));
};

test('no answer, however broken, makes the reader throw', { skip }, () => {
  const answers = fixtures({ dialect: 'openai-responses' });
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('message', 'function_call', 'response.output_item.added', -1, 1e9),
  );
  fc.assert(
    fc.property(fc.nat(answers.length - 1), fc.integer({ min: 1, max: 600 }), junk, (index, left, by) => {
      const { bytes, streamed } = answers[index] ?? { bytes: new Uint8Array(), streamed: false };
      const text = Buffer.from(bytes).toString();
      const place = { left };
      const broken = streamed
        ? text.replaceAll(
            /^data: ({.*})$/gm,
            (_, json: string) => `data: ${JSON.stringify(spoiled(JSON.parse(json), place, by))}`,
          )
        : JSON.stringify(spoiled(JSON.parse(text), place, by));
      const events = read([Buffer.from(broken)], streamed);
      assert.match(events.at(-1)?.type ?? '', /^(finish|error)$/);
    }),
    { numRuns: 300 },
  );
});
