import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatEvent, coreErrors, noUsage, type PartStartEvent, type WriterContext } from '@tapgate/core';
import { readSse, validateMessagesReply, validateMessagesStream } from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { readTag } from './seal-tag.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

const body = Buffer.from(
  '{"model":"smart","max_tokens":9,"messages":[{"role":"user","content":"Say something about the sea."}]}',
);
const request = readRequest({
  operation: 'chat',
  path: '/v1/messages',
  query: '',
  headers: new Map(),
  body: { chunks: [body], length: body.length },
});
const context = (streamed: boolean): WriterContext => ({ streamed, model: 'smart', id: 'e-1', createdAt: 0, request });

type Sent = Record<string, unknown> & {
  readonly type: string;
  readonly index?: number;
  readonly delta?: Record<string, unknown>;
  readonly content_block?: Record<string, unknown>;
};

function written(events: readonly ChatEvent[]): {
  readonly text: string;
  readonly sent: readonly Sent[];
  readonly whole: Record<string, unknown>;
} {
  const stream = new StreamWriter(context(true));
  const whole = new WholeWriter(context(false));
  let text = '';
  for (const event of events) {
    text += stream.push(event) ?? '';
    whole.push(event);
  }
  text += stream.end();
  assert.deepEqual(validateMessagesStream(Buffer.from(text)), []);
  const document = whole.end();
  assert.deepEqual(validateMessagesReply(Buffer.from(document)), []);
  return {
    text,
    sent: readSse(text).map(({ data }) => JSON.parse(data) as Sent),
    whole: JSON.parse(document) as Record<string, unknown>,
  };
}

const start: ChatEvent = { type: 'start', id: 'chatcmpl-1', model: 'gpt' };
const part = (id: string, kind: PartStartEvent['kind'], more: Partial<PartStartEvent> = {}): ChatEvent => ({
  type: 'part-start',
  part: id,
  choice: 0,
  kind,
  ...more,
});
const call = (id: string, callId: string, name = 'look'): ChatEvent =>
  part(id, 'tool-call', { callId, name, executedBy: 'client' });
const delta = (id: string, text: string): ChatEvent => ({ type: 'part-delta', part: id, text });
const end = (id: string): ChatEvent => ({ type: 'part-end', part: id });
const finish = (reason: 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'error'): ChatEvent => ({
  type: 'finish',
  choice: 0,
  reason,
});

/** The types of what was sent, with the index of blocks. */
const shape = (sent: readonly Sent[]): readonly string[] =>
  sent.map(({ type, index }) => (index === undefined ? type : `${type.replace('content_block_', '')} ${index}`));

test('reasoning and then text are two blocks, each begun and stopped, and the message ends', () => {
  const { sent } = written([
    start,
    part('r', 'reasoning'),
    delta('r', 'hm'),
    end('r'),
    part('t', 'text'),
    delta('t', 'Hel'),
    delta('t', 'lo'),
    end('t'),
    finish('stop'),
    { type: 'usage', usage: { ...noUsage, input: 7, output: 3 } },
  ]);
  assert.deepEqual(shape(sent), [
    'message_start',
    'ping',
    'start 0',
    'delta 0',
    'delta 0',
    'stop 0',
    'start 1',
    'delta 1',
    'delta 1',
    'stop 1',
    'message_delta',
    'message_stop',
  ]);
  assert.deepEqual([sent[2]?.content_block?.['type'], sent[6]?.content_block?.['type']], ['thinking', 'text']);
  assert.equal(sent[10]?.delta?.['stop_reason'], 'end_turn');
});

test('the stream ends with message_stop and never with [DONE]', () => {
  const { text, sent } = written([start, part('t', 'text'), delta('t', 'x'), end('t'), finish('stop')]);
  assert.equal(text.includes('[DONE]'), false);
  assert.equal(sent.at(-1)?.type, 'message_stop');
});

test('message_start has an estimate of the input tokens, and the end has the true usage', () => {
  const { sent, whole } = written([
    start,
    part('t', 'text'),
    delta('t', 'x'),
    end('t'),
    finish('stop'),
    { type: 'usage', usage: { ...noUsage, input: 1200, cacheRead: 30, output: 44 } },
  ]);
  const message = sent[0]?.['message'] as { usage: { input_tokens: number } } | undefined;
  assert.ok((message?.usage.input_tokens ?? 0) > 0);
  const last = sent.at(-2)?.['usage'] as Record<string, unknown>;
  assert.deepEqual([last['input_tokens'], last['cache_read_input_tokens'], last['output_tokens']], [1200, 30, 44]);
  assert.equal((whole['usage'] as Record<string, unknown>)['input_tokens'], 1200);
});

test('an answer that nobody counted has a usage all the same', () => {
  const { sent, whole } = written([start, part('t', 'text'), delta('t', 'some words here'), end('t'), finish('stop')]);
  const last = sent.at(-2)?.['usage'] as Record<string, number>;
  assert.ok((last['input_tokens'] ?? 0) > 0 && (last['output_tokens'] ?? 0) > 0);
  assert.ok(((whole['usage'] as Record<string, number>)['output_tokens'] ?? 0) > 0);
});

test('calls whose arguments come mixed are blocks one after the other, and no argument is lost', () => {
  const { sent, whole } = written([
    start,
    call('a', 'call_1', 'one'),
    delta('a', '{"x":'),
    call('b', 'call_2', 'two'),
    delta('b', '{"y"'),
    delta('a', '1}'),
    call('c', 'call_3', 'three'),
    delta('b', ':2}'),
    delta('c', '{}'),
    end('c'),
    end('b'),
    end('a'),
    finish('tool-calls'),
  ]);
  const json = (index: number): string =>
    sent
      .filter((one) => one.index === index && one.delta)
      .map((one) => String(one.delta?.['partial_json']))
      .join('');
  assert.deepEqual([0, 1, 2].map(json), ['{"x":1}', '{"y":2}', '{}']);
  const content = whole['content'] as { readonly name: string; readonly input: unknown }[];
  assert.deepEqual(
    content.map(({ name, input }) => [name, input]),
    [
      ['one', { x: 1 }],
      ['two', { y: 2 }],
      ['three', {}],
    ],
  );
});

test('the first call is not held back while a second one waits', () => {
  const writer = new StreamWriter(context(true));
  for (const event of [start, call('a', '1'), call('b', '2')]) writer.push(event);
  assert.match(writer.push(delta('a', '{"x":')) ?? '', /input_json_delta/);
  assert.equal(writer.push(delta('b', '{"y":')), undefined);
});

test('a call without arguments is {} whether the model wrote nothing or null', () => {
  for (const texts of [[], [''], ['nu', 'll'], [' ']]) {
    const { sent, whole } = written([
      start,
      call('a', '1'),
      ...texts.map((text) => delta('a', text)),
      end('a'),
      finish('tool-calls'),
    ]);
    assert.equal(sent.filter((one) => one.type === 'content_block_delta').length, 0);
    assert.deepEqual((whole['content'] as { input: unknown }[])[0]?.input, {});
  }
});

test('a call makes the stop reason tool_use, whatever the provider says', () => {
  const { sent } = written([start, call('a', '1'), delta('a', '{}'), end('a'), finish('stop')]);
  assert.equal(sent.at(-2)?.delta?.['stop_reason'], 'tool_use');
});

test('an answer whose calls a plugin took out tells of none', () => {
  const { sent } = written([start, part('t', 'text'), delta('t', 'x'), end('t'), finish('tool-calls')]);
  assert.equal(sent.at(-2)?.delta?.['stop_reason'], 'end_turn');
});

test('a call that was cut off by the limit is not taken for a whole one', () => {
  const stream = new StreamWriter(context(true));
  const whole = new WholeWriter(context(false));
  for (const event of [start, call('a', '1'), delta('a', '{"x":'), end('a'), finish('length')]) {
    stream.push(event);
    whole.push(event);
  }
  assert.match(stream.end(), /"stop_reason":"max_tokens"/);
  const message = JSON.parse(whole.end()) as { stop_reason: string; content: { input: unknown }[] };
  assert.deepEqual([message.stop_reason, message.content[0]?.input], ['max_tokens', { _raw: '{"x":' }]);
});

test('ids of calls are legal, each once, and never empty', () => {
  const { sent } = written([
    start,
    ...['functions.look:0', 'same', 'same', '', ''].flatMap((id, at) => [
      call(`p${at}`, id),
      delta(`p${at}`, '{}'),
      end(`p${at}`),
    ]),
    finish('tool-calls'),
  ]);
  const ids = sent.filter((one) => one.content_block).map((one) => String(one.content_block?.['id']));
  assert.equal(new Set(ids).size, 5);
  for (const id of ids) assert.match(id, /^[a-zA-Z0-9_-]+$/);
});

test('a call with free text for its arguments is a call with one text in an object', () => {
  const { whole } = written([
    start,
    part('a', 'tool-call', { callId: '1', name: 'sql', executedBy: 'client', custom: true }),
    delta('a', 'say "hi"\n\ud83d'),
    delta('a', '\ude00'),
    end('a'),
    finish('tool-calls'),
  ]);
  assert.deepEqual((whole['content'] as { input: unknown }[])[0]?.input, { input: 'say "hi"\n😀' });
});

test('an image that a model made is said in words', () => {
  const { whole, sent } = written([
    start,
    part('m', 'media', { mediaType: 'image/png', base64: 'iVBO' }),
    end('m'),
    finish('stop'),
  ]);
  assert.equal((whole['content'] as { text: string }[])[0]?.text, '[image/png]');
  assert.deepEqual(sent[3]?.delta, { type: 'text_delta', text: '[image/png]' });
});

test('a refusal is a text, and the stop reason says so', () => {
  const { sent } = written([start, part('r', 'refusal'), delta('r', 'No.'), end('r'), finish('content-filter')]);
  assert.equal(sent.at(-2)?.delta?.['stop_reason'], 'refusal');
  assert.deepEqual(sent[3]?.delta, { type: 'text_delta', text: 'No.' });
});

test('a text that stays empty is no block', () => {
  const { sent } = written([
    start,
    part('t', 'text'),
    delta('t', ''),
    end('t'),
    call('a', '1'),
    delta('a', '{}'),
    end('a'),
    finish('tool-calls'),
  ]);
  assert.deepEqual(shape(sent).slice(2, 5), ['start 0', 'delta 0', 'stop 0']);
});

test('thinking of another vendor carries its seal as a tag, behind all of its text', () => {
  const seal = {
    origin: { dialect: 'openai-responses', provider: 'openai' },
    form: 'encrypted' as const,
    value: 'gAAA…',
  };
  const { sent, whole } = written([
    start,
    part('r', 'reasoning', { summary: true, itemId: 'rs_1' }),
    delta('r', 'why'),
    { type: 'part-end', part: 'r', seal },
    finish('stop'),
  ]);
  const signature = String(sent[4]?.delta?.['signature']);
  assert.ok(signature.startsWith('~tapgate:'));
  assert.deepEqual(readTag(signature), { seal, itemId: 'rs_1', summary: true });
  assert.deepEqual((whole['content'] as unknown[])[0], { type: 'thinking', thinking: 'why', signature });
});

test('a seal of a call, which has no place for one, follows in a block of its own', () => {
  const seal = { origin: { dialect: 'google-generate' }, form: 'signature' as const, value: 'EjQ=' };
  const { sent } = written([
    start,
    call('a', '1'),
    delta('a', '{}'),
    { type: 'part-end', part: 'a', seal },
    call('b', '2'),
    delta('b', '{}'),
    end('b'),
    finish('tool-calls'),
  ]);
  const block = sent.find((one) => one.content_block?.['type'] === 'redacted_thinking')?.content_block;
  assert.deepEqual(readTag(String(block?.['data'])), { seal, previous: true });
});

test('a source of a web search is a citation', () => {
  const { sent, whole } = written([
    start,
    part('t', 'text'),
    delta('t', 'It rained.'),
    { type: 'source', part: 't', choice: 0, citation: { url: 'https://a.example/', title: 'Weather' } },
    end('t'),
    { type: 'source', choice: 0, citation: { url: 'https://b.example/' } },
    finish('stop'),
  ]);
  const cited = sent.filter((one) => one.delta?.['type'] === 'citations_delta');
  assert.deepEqual(
    cited.map((one) => one.index),
    [0, 1],
  );
  const [block] = whole['content'] as { citations: { url: string }[] }[];
  assert.deepEqual(
    block?.citations.map(({ url }) => url),
    ['https://a.example/'],
  );
});

test('what another vendor ran itself is not shown as a call to answer', () => {
  const { sent } = written([
    start,
    part('s', 'tool-call', { callId: 'ws_1', name: 'web_search', executedBy: 'provider' }),
    delta('s', '{}'),
    end('s'),
    part('t', 'text'),
    delta('t', 'x'),
    end('t'),
    finish('stop'),
  ]);
  assert.deepEqual(
    sent.filter((one) => one.content_block).map((one) => one.content_block?.['type']),
    ['text'],
  );
});

test('other choices of an answer are left out', () => {
  const { sent } = written([
    start,
    part('t', 'text'),
    part('u', 'text', { choice: 1 }),
    delta('u', 'other'),
    delta('t', 'one'),
    end('t'),
    end('u'),
    finish('stop'),
    { type: 'finish', choice: 1, reason: 'length' },
  ]);
  assert.equal(sent.at(-2)?.delta?.['stop_reason'], 'end_turn');
  assert.deepEqual(
    sent.filter((one) => one.delta?.['text']).map((one) => one.delta?.['text']),
    ['one'],
  );
});

test('an answer that breaks off ends with an error event and no end mark', () => {
  const writer = new StreamWriter(context(true));
  let text = '';
  for (const event of [start, part('t', 'text'), delta('t', 'ha')]) text += writer.push(event) ?? '';
  text += writer.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'a' }));
  assert.deepEqual(validateMessagesStream(Buffer.from(text), { ended: 'error' }), []);
  assert.equal(text.includes('message_stop'), false);
});

test('an answer that the provider calls an error is one', () => {
  const writer = new StreamWriter(context(true));
  for (const event of [start, part('t', 'text'), delta('t', 'ha'), finish('error')]) writer.push(event);
  const text = writer.end();
  assert.match(text, /^event: error$/m);
  assert.doesNotMatch(text, /message_delta|message_stop/);
});

test('a ping keeps the stream open, and is none before it has begun', () => {
  const writer = new StreamWriter(context(true));
  assert.equal(writer.push({ type: 'ping' }), undefined);
  writer.push(start);
  assert.equal(writer.push({ type: 'ping' }), 'event: ping\ndata: {"type": "ping"}\n\n');
});
