import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  coreErrors,
  noUsage,
  textBody,
  type ChatEvent,
  type ChatRequest,
  type FinishReason,
  type Seal,
  type Usage,
} from '@tapgate/core';
import { readSse, validateResponsesReply, validateResponsesStream } from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { createReader } from './reader.ts';
import { uncarry } from './seal-carrier.ts';
import { createWriter } from './writer.ts';

type Members = Record<string, unknown>;

const requestOf = (body: Members): ChatRequest =>
  readRequest({
    operation: 'chat',
    path: '/v1/responses',
    query: '',
    headers: new Map(),
    body: textBody(JSON.stringify({ model: 'asked', input: 'Hello', ...body })),
  });

const write = (events: readonly ChatEvent[], streamed = true, body: Members = {}): Buffer => {
  const context = { streamed, model: 'asked', id: 'ex.1', createdAt: 1_700_000_000, request: requestOf(body) };
  const writer = createWriter(context);
  const out = events.map((event) => writer.push(event));
  return Buffer.from([...out, writer.end()].filter((text) => text !== undefined).join(''));
};

const eventsOf = (stream: Uint8Array): Members[] => readSse(stream).map(({ data }) => JSON.parse(data) as Members);

const contentOf = (response: Members): Members[] =>
  (response['output'] as Members[]).flatMap((item) => (item['content'] as Members[] | undefined) ?? []);

const lastResponse = (stream: Uint8Array): Members => eventsOf(stream).at(-1)?.['response'] as Members;

const finish = (reason: FinishReason = 'stop'): ChatEvent => ({ type: 'finish', choice: 0, reason });
const usage: ChatEvent = { type: 'usage', usage: { ...noUsage, input: 10, cacheRead: 5, output: 7, reasoning: 2 } };
const say = (text: string, part = 't'): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'text' },
  { type: 'part-delta', part, text },
  { type: 'part-end', part },
];
const call = (part: string, callId: string, args: readonly string[], name = 'look'): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'tool-call', callId, name, executedBy: 'client' },
  ...args.map((text): ChatEvent => ({ type: 'part-delta', part, text })),
  { type: 'part-end', part },
];

test('an answer has every event of its life, in order', () => {
  const stream = write([{ type: 'start', id: 'chatcmpl-1', model: 'real' }, ...say('Hi'), finish(), usage]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const events = eventsOf(stream);
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ],
  );
  assert.deepEqual(
    events.map((event) => event['sequence_number']),
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  );
  const { id, object, model, status, output, usage: counted } = lastResponse(stream);
  assert.deepEqual(
    { id, object, model, status },
    { id: 'resp_ex_1', object: 'response', model: 'asked', status: 'completed' },
  );
  assert.deepEqual(counted, {
    input_tokens: 15,
    input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 22,
  });
  const [message] = output as Members[];
  assert.deepEqual(message, {
    id: 'msg_ex_1_0',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hi' }],
  });
});

test('the response repeats what was asked', () => {
  const asked = {
    instructions: 'Be brief.',
    temperature: 0.5,
    max_output_tokens: 100,
    metadata: { a: 'b' },
    tools: [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} }, strict: false }],
    tool_choice: 'required',
    text: { verbosity: 'low' },
    reasoning: { effort: 'high' },
  };
  const response = JSON.parse(write([...say('Hi'), finish()], false, asked).toString()) as Members;
  assert.deepEqual(validateResponsesReply(response), []);
  const { text, reasoning, ...rest } = asked;
  for (const [name, value] of Object.entries(rest)) assert.deepEqual(response[name], value, name);
  assert.deepEqual(response['text'], { format: { type: 'text' }, ...text });
  assert.deepEqual(response['reasoning'], { summary: null, ...reasoning });
  assert.equal(response['store'], false);
  assert.equal(response['top_p'], null);
});

test('three calls side by side stay apart', () => {
  const start = (part: string, callId: string): ChatEvent => ({
    type: 'part-start',
    part,
    choice: 0,
    kind: 'tool-call',
    callId,
    name: `tool_${part}`,
    executedBy: 'client',
  });
  const stream = write([
    start('a', 'call_a'),
    { type: 'part-delta', part: 'a', text: '{"n":' },
    start('b', 'call_b'),
    { type: 'part-delta', part: 'b', text: '{}' },
    { type: 'part-delta', part: 'a', text: '1}' },
    start('c', 'call_c'),
    { type: 'part-end', part: 'b' },
    { type: 'part-end', part: 'a' },
    { type: 'part-end', part: 'c' },
    finish('tool-calls'),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const calls = lastResponse(stream)['output'] as Members[];
  assert.deepEqual(
    calls.map((item) => [item['call_id'], item['arguments'], item['status']]),
    [
      ['call_a', '{"n":1}', 'completed'],
      ['call_b', '{}', 'completed'],
      ['call_c', '{}', 'completed'],
    ],
  );
});

test('a call without arguments is a call with an empty object', () => {
  for (const args of [[], [''], [' ']]) {
    const stream = write([...call('a', 'call_a', args), finish('tool-calls')]);
    assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
    const said = eventsOf(stream).filter(({ type }) => type === 'response.function_call_arguments.delta');
    assert.equal(
      said
        .map((event) => event['delta'])
        .join('')
        .trim(),
      '{}',
    );
  }
});

test('ids that are empty, or come twice, are made anew, and no item has the id of a call', () => {
  const stream = write([
    ...call('a', '', ['{}']),
    ...call('b', '', ['{}']),
    ...call('c', 'same', ['{}']),
    ...call('d', 'same', ['{}']),
    finish('tool-calls'),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const calls = lastResponse(stream)['output'] as Members[];
  const ids = calls.flatMap((item) => [item['id'], item['call_id']]);
  assert.equal(new Set(ids).size, 8);
  assert.equal(calls[2]?.['call_id'], 'same');
  assert.deepEqual(write([...call('a', '', ['{}']), finish()]), write([...call('a', '', ['{}']), finish()]));
});

test('an answer that the limit cut off is incomplete, and so is its last call', () => {
  const stream = write([
    ...say('Let me see.'),
    {
      type: 'part-start',
      part: 'a',
      choice: 0,
      kind: 'tool-call',
      callId: 'call_a',
      name: 'look',
      executedBy: 'client',
    },
    { type: 'part-delta', part: 'a', text: '{"cit' },
    { type: 'part-end', part: 'a' },
    finish('length'),
  ]);
  const response = lastResponse(stream);
  assert.equal(eventsOf(stream).at(-1)?.['type'], 'response.incomplete');
  assert.deepEqual(response['incomplete_details'], { reason: 'max_output_tokens' });
  assert.deepEqual(
    (response['output'] as Members[]).map(({ status }) => status),
    ['completed', 'incomplete'],
  );
});

test('what comes after the finish does not open again what was closed', () => {
  const stream = write([
    { type: 'part-start', part: 'a', choice: 0, kind: 'tool-call', callId: 'c', name: 'look', executedBy: 'client' },
    { type: 'part-delta', part: 'a', text: '{}' },
    finish('tool-calls'),
    { type: 'part-delta', part: 'a', text: 'late' },
    { type: 'part-end', part: 'a' },
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  assert.equal((lastResponse(stream)['output'] as Members[])[0]?.['arguments'], '{}');
});

test('events on the way to an item of the vendor’s own are passed on where clients know them', () => {
  const dialect = 'openai-responses';
  const item = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } };
  const on = (name: string, more: Record<string, string | number>): ChatEvent => ({
    type: 'opaque',
    dialect,
    name,
    json: { type: name, sequence_number: 40, output_index: 7, item_id: 'ws_1', ...more },
  });
  const announced = { type: 'response.output_item.added', item: { ...item, status: 'in_progress' } };
  const stream = write([
    ...say('Hi'),
    { type: 'opaque', dialect, name: 'response.output_item.added', json: announced },
    on('response.web_search_call.searching', { extra: 1 }),
    on('response.web_search_call.invented', {}),
    on('response.web_search_call.completed', { item_id: 'another' }),
    { type: 'opaque', dialect: 'google-generate', name: 'response.web_search_call.completed', json: {} },
    {
      type: 'part-start',
      part: 'w',
      choice: 0,
      kind: 'opaque',
      itemId: 'ws_1',
      origin: { dialect },
      opaqueType: 'web_search_call',
      json: item,
    },
    { type: 'part-end', part: 'w' },
    finish(),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const passed = eventsOf(stream).filter(({ type }) => String(type).startsWith('response.web_search_call'));
  assert.deepEqual(
    passed.map(({ type, output_index: index, extra }) => [type, index, extra]),
    [['response.web_search_call.searching', 1, 1]],
  );
});

test('every way to end has its status', () => {
  const ends: readonly (readonly [FinishReason, string, string])[] = [
    ['stop', 'response.completed', 'completed'],
    ['stop-sequence', 'response.completed', 'completed'],
    ['tool-calls', 'response.completed', 'completed'],
    ['refusal', 'response.completed', 'completed'],
    ['pause', 'response.completed', 'completed'],
    ['other', 'response.completed', 'completed'],
    ['length', 'response.incomplete', 'incomplete'],
    ['context-window', 'response.incomplete', 'incomplete'],
    ['content-filter', 'response.incomplete', 'incomplete'],
    ['error', 'response.failed', 'failed'],
    ['cancelled', 'response.failed', 'cancelled'],
  ];
  for (const [reason, type, status] of ends) {
    const stream = write([...say('Hi'), finish(reason)]);
    assert.deepEqual(validateResponsesStream(stream, { written: true }), [], reason);
    assert.deepEqual([eventsOf(stream).at(-1)?.['type'], lastResponse(stream)['status']], [type, status]);
  }
});

test('an answer without a finish is complete, and one without a word too', () => {
  assert.equal(lastResponse(write(say('Hi')))['status'], 'completed');
  const empty = write([]);
  assert.deepEqual(validateResponsesStream(empty, { written: true, ended: 'ok' }), []);
  assert.deepEqual(lastResponse(empty)['output'], []);
});

test('an error in the middle is an error event and a failed response with all that was said, and nothing follows', () => {
  const context = { streamed: true, model: 'asked', id: 'ex', createdAt: 1, request: requestOf({}) };
  const writer = createWriter(context);
  const error = coreErrors.UPSTREAM_FAILED({ message: 'The model is overloaded.' }, { kind: 'overloaded' });
  const out = [...say('Half an ans'), usage].map((event) => writer.push(event) ?? '');
  const stream = Buffer.from(out.join('') + writer.push({ type: 'error', error }) + (writer.end() ?? ''));
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'error' }), []);
  assert.equal(writer.push(finish()), undefined);
  const [failure, failed] = eventsOf(stream).slice(-2);
  assert.equal(failure?.['message'], 'The model is overloaded.');
  assert.deepEqual(failed?.['type'], 'response.failed');
  const response = failed?.['response'] as Members;
  assert.deepEqual(response['error'], { code: 'server_error', message: 'The model is overloaded.' });
  assert.equal((response['usage'] as Members)['output_tokens'], 7);
  assert.equal(contentOf(response)[0]?.['text'], 'Half an ans');
  assert.doesNotMatch(stream.toString(), /\[DONE\]|node:|\.ts:/);
});

test('an error before the beginning is an error event alone', () => {
  const context = { streamed: true, model: 'asked', id: 'ex', createdAt: 1, request: requestOf({}) };
  const stream = Buffer.from(createWriter(context).fail(coreErrors.DEADLINE({ deadlineMs: 5 })));
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'error' }), []);
  assert.deepEqual(
    eventsOf(stream).map(({ type }) => type),
    ['error'],
  );
});

test('a conversation that is too long says so in the code that clients look for', () => {
  const error = coreErrors.UPSTREAM_REFUSED(
    { message: 'Your input exceeds the context window.' },
    { kind: 'context-length' },
  );
  const stream = write([{ type: 'start' }, { type: 'error', error }]);
  assert.deepEqual((lastResponse(stream)['error'] as Members)['code'], 'context_length_exceeded');
});

test('thinking stands in content, what is shown of it in summary, and a search that another vendor made is a search', () => {
  const stream = write([
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'Hmm' },
    { type: 'part-end', part: 'r' },
    { type: 'part-start', part: 's', choice: 0, kind: 'reasoning', summary: true },
    { type: 'part-delta', part: 's', text: 'It thought.' },
    { type: 'part-end', part: 's' },
    {
      type: 'part-start',
      part: 'w',
      choice: 0,
      kind: 'tool-call',
      callId: 'srv_1',
      name: 'web_search',
      executedBy: 'provider',
    },
    { type: 'part-delta', part: 'w', text: '{"query":"weather"}' },
    { type: 'part-end', part: 'w' },
    {
      type: 'part-start',
      part: 'x',
      choice: 0,
      kind: 'tool-call',
      callId: 'srv_2',
      name: 'run_code',
      executedBy: 'provider',
    },
    { type: 'part-end', part: 'x' },
    ...say('Done.'),
    finish(),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const [thought, shown, search, message] = lastResponse(stream)['output'] as Members[];
  assert.deepEqual([thought?.['content'], thought?.['summary']], [[{ type: 'reasoning_text', text: 'Hmm' }], []]);
  assert.deepEqual(
    [shown?.['content'], shown?.['summary']],
    [undefined, [{ type: 'summary_text', text: 'It thought.' }]],
  );
  assert.deepEqual(search?.['action'], { type: 'search', query: 'weather' });
  assert.equal(message?.['type'], 'message');
});

test('who asks for a summary is shown another vendor’s thinking there, where clients look for it', () => {
  const seal: Seal = { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 'Er+/=' };
  const events: ChatEvent[] = [
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'Hmm, ' },
    { type: 'part-delta', part: 'r', text: 'so.' },
    { type: 'part-end', part: 'r', seal },
    ...say('Done.'),
    finish(),
  ];
  for (const streamed of [false, true]) {
    const written = write(events, streamed, { reasoning: { effort: 'low', summary: 'auto' } });
    const response = streamed ? lastResponse(written) : (JSON.parse(written.toString()) as Members);
    if (streamed) assert.deepEqual(validateResponsesStream(written, { written: true, ended: 'ok' }), []);
    const [thought] = response['output'] as Members[];
    assert.deepEqual(
      [thought?.['content'], thought?.['summary']],
      [undefined, [{ type: 'summary_text', text: 'Hmm, so.' }]],
    );
  }
});

test('sources of a text are its annotations, wherever they come', () => {
  const source = (url: string, part?: string): ChatEvent => ({
    type: 'source',
    choice: 0,
    ...(part && { part }),
    citation: { url, title: 'A page', start: 0, end: 2 },
  });
  const stream = write([
    source('https://a.example'),
    ...say('Hi'),
    source('https://b.example'),
    finish(),
    source('https://c.example'),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true }), []);
  assert.deepEqual(
    contentOf(lastResponse(stream)).flatMap((part) => (part['annotations'] as Members[]).map(({ url }) => url)),
    ['https://a.example', 'https://b.example', 'https://c.example'],
  );
});

test('several answers to one request are items of their own', () => {
  const stream = write([
    ...[0, 1].map((choice): ChatEvent => ({ type: 'part-start', part: `t${choice}`, choice, kind: 'text' })),
    { type: 'part-delta', part: 't1', text: 'two' },
    { type: 'part-delta', part: 't0', text: 'one' },
    ...['t0', 't1'].map((part): ChatEvent => ({ type: 'part-end', part })),
    { type: 'finish', choice: 1, reason: 'length' },
    { type: 'finish', choice: 0, reason: 'stop' },
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  const texts = contentOf(lastResponse(stream)).map((part) => part['text']);
  assert.deepEqual(texts, ['one', 'two']);
});

test('probabilities of tokens are told with their text', () => {
  const token = { token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] };
  const stream = write([
    { type: 'part-start', part: 't', choice: 0, kind: 'text' },
    { type: 'part-delta', part: 't', text: 'Hi', logprobs: { dialect: 'openai-chat', json: [token] } },
    { type: 'part-end', part: 't' },
    finish(),
  ]);
  assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
  assert.deepEqual(contentOf(lastResponse(stream))[0]?.['logprobs'], [token]);
});

/** What a part of an answer comes to. */
interface Gist {
  readonly kind: string;
  readonly text: string;
  readonly name?: string;
  readonly callId?: string;
  readonly seal?: Seal;
  readonly urls?: readonly string[];
}

/** Objects like those that JSON gives. */
const plain = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(members, { noNullPrototype: true });

const words = fc.array(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }), { minLength: 1, maxLength: 4 });
const url = fc.nat(99).map((n) => `https://example.com/${n}`);
const seal = plain({
  origin: plain({
    dialect: fc.constantFrom('openai-responses', 'anthropic-messages', 'a:b c'),
    model: fc.constant('m'),
  }),
  form: fc.constantFrom('signature', 'encrypted', 'redacted'),
  value: fc.string({ minLength: 1 }),
});
const ownSeal = (given: Seal): Seal =>
  given.origin.dialect === 'openai-responses'
    ? { ...given, form: 'encrypted', origin: { dialect: 'openai-responses' } }
    : given;

const textPart = plain({
  kind: fc.constantFrom('text', 'refusal'),
  deltas: words,
  urls: fc.array(url, { maxLength: 2 }),
});
const thinking = plain({
  kind: fc.constantFrom('summary', 'reasoning'),
  deltas: words,
  seal: fc.option(seal.map(ownSeal), { nil: undefined }),
});
const calling = plain({
  kind: fc.constantFrom('tool-call', 'custom'),
  deltas: fc.json({ maxDepth: 1 }).map((json) => [`{"a":`, json, '}']),
  name: fc.stringMatching(/^[a-z]{1,8}$/),
});
const onePart = fc.oneof(textPart, thinking, calling);
type OnePart = typeof onePart extends fc.Arbitrary<infer T> ? T : never;

/** The events of parts, those of a pair of neighbours side by side where `beside` says so. */
function eventsFrom(parts: readonly OnePart[], beside: boolean): ChatEvent[] {
  const each = parts.map((part, index) => lifeOf(part, String(index)));
  if (!beside) return each.flat();
  const out: ChatEvent[] = [];
  for (let at = 0; at < each.length; at += 2) {
    const [one = [], other = []] = [each[at], each[at + 1]];
    for (let step = 0; step < Math.max(one.length, other.length); step++) {
      out.push(...one.slice(step, step + 1), ...other.slice(step, step + 1));
    }
  }
  return out;
}

function lifeOf(part: OnePart, id: string): ChatEvent[] {
  const of = { part: id, choice: 0 };
  const deltas = part.deltas.map((text): ChatEvent => ({ type: 'part-delta', part: id, text }));
  const end: ChatEvent = { type: 'part-end', part: id };
  if ('urls' in part) {
    const kind = part.kind === 'refusal' ? 'refusal' : 'text';
    const cited = kind === 'text' ? part.urls : [];
    const sources = cited.map((to): ChatEvent => ({
      type: 'source',
      ...of,
      citation: { url: to, title: to, start: 0, end: 0 },
    }));
    return [{ type: 'part-start', ...of, kind }, ...deltas, ...sources, end];
  }
  if ('name' in part) {
    const custom = part.kind === 'custom' ? { custom: true as const } : {};
    const { name } = part;
    const start: ChatEvent = {
      type: 'part-start',
      ...of,
      kind: 'tool-call',
      callId: `call_${id}`,
      name,
      executedBy: 'client',
      ...custom,
    };
    return [start, ...deltas, end];
  }
  const summary = part.kind === 'summary' ? { summary: true as const } : {};
  return [
    { type: 'part-start', ...of, kind: 'reasoning', ...summary },
    ...deltas,
    { ...end, ...(part.seal && { seal: part.seal }) },
  ];
}

function gists(events: readonly ChatEvent[]): Gist[] {
  const parts = new Map<string, { -readonly [K in keyof Gist]: Gist[K] }>();
  for (const event of events) {
    if (event.type === 'part-start') {
      const kind = `${event.kind}${event.summary ? ' summary' : ''}${event.custom ? ' custom' : ''}`;
      const { name, callId } = event;
      parts.set(event.part, { kind, text: '', ...(name && { name }), ...(callId && { callId }) });
    }
    const part = 'part' in event && event.part !== undefined ? parts.get(event.part) : undefined;
    if (part === undefined) continue;
    if (event.type === 'part-delta') part.text += event.text;
    if (event.type === 'source') part.urls = [...(part.urls ?? []), event.citation.url ?? ''];
    if (event.type === 'part-end' && event.seal) part.seal = event.seal;
  }
  const place = ([part]: readonly [string, Gist]): number => Number.parseInt(part, 10);
  return [...parts].toSorted((one, other) => place(one) - place(other)).map(([, gist]) => gist);
}

/** A seal as a client would return it. */
const returned = (part: Gist): Gist => {
  const { seal: given } = part.seal === undefined ? {} : uncarry(part.seal.value);
  return given === undefined ? part : { ...part, seal: given };
};

test('whatever is written reads as the same answer, streamed and whole, and passes the strictest client', () => {
  const count = fc.nat(10_000);
  const counted = plain({ input: count, cacheRead: count, cacheWrite: count, output: count });
  fc.assert(
    fc.property(fc.array(onePart, { maxLength: 6 }), fc.boolean(), counted, (parts, beside, tokens) => {
      const events = eventsFrom(parts, beside);
      const told: Usage = { ...noUsage, ...tokens };
      const all: ChatEvent[] = [{ type: 'start' }, ...events, { type: 'usage', usage: told }, finish()];
      const stream = write(all);
      assert.deepEqual(validateResponsesStream(stream, { written: true, ended: 'ok' }), []);
      const whole = write(all, false);
      assert.deepEqual(validateResponsesReply(whole), []);
      for (const [bytes, streamed] of [
        [stream, true],
        [whole, false],
      ] as const) {
        const reader = createReader({ streamed, provider: 'p', able: {} });
        const read = [...reader.push(bytes), ...reader.end()];
        assert.deepEqual(gists(read).map(returned), gists(events));
        const { raw: _, ...usageRead } = read.find((event) => event.type === 'usage')?.usage ?? noUsage;
        assert.deepEqual(usageRead, told);
        assert.deepEqual(read.at(-1)?.type, 'finish');
      }
    }),
    { numRuns: 200 },
  );
});
