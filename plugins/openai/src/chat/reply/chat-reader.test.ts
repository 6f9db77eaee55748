import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, FinishEvent } from '@tapgate/core';
import { cutInTwo } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';
import { chunk, read, said, streamed } from '../sample.test.ts';

const call = (fields: object, rest: object = {}): object => chunk({ tool_calls: [fields] }, rest);
const finish = (events: readonly ChatEvent[]): FinishEvent | undefined =>
  events.find((event): event is FinishEvent => event.type === 'finish');
const failure = (events: readonly ChatEvent[]): string | undefined => {
  const last = events.at(-1);
  return last?.type === 'error' ? `${last.error.code} ${last.error.kind}` : undefined;
};

test('a character cut between two chunks at any byte is whole again', () => {
  const bytes = Buffer.from(`data: ${JSON.stringify(chunk({ content: '你好🙂é' }))}\n\ndata: [DONE]\n\n`);
  for (let at = 0; at <= bytes.length; at += 1) {
    const reader = openaiChat.reader({ streamed: true, provider: 'p', able: {} });
    const events = [...cutInTwo(bytes, at).flatMap((piece) => [...reader.push(piece)]), ...reader.end()];
    assert.deepEqual(said(events), ['text: 你好🙂é'], `cut at ${at}`);
  }
});

test('comments, pings, other line ends, a byte-order mark and padding change nothing', () => {
  const json = JSON.stringify({ ...chunk({ content: 'hi' }), obfuscation: 'xyz' });
  const events = read(
    `\uFEFF: ping - 2026\r\n\r\nevent: ping\r\ndata: \r\n\r\ndata:${json}\r\n\r\n: x\r\n\r\ndata: [DONE]\r\n\r\n`,
  );
  assert.deepEqual(said(events), ['text: hi']);
  assert.equal(finish(events)?.reason, 'stop');
  assert.doesNotMatch(JSON.stringify(events), /xyz|ping/);
});

test('chunks without choices may come first, in the middle and last', () => {
  const empty = {
    id: '',
    object: '',
    created: 0,
    model: '',
    choices: [],
    prompt_filter_results: [{ prompt_index: 0 }],
  };
  const usage = { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } };
  const events = streamed([
    empty,
    chunk({ content: 'a' }),
    { choices: [] },
    chunk({}, { finish_reason: 'stop' }),
    usage,
  ]);
  assert.deepEqual(said(events), ['text: a']);
  assert.equal(finish(events)?.reason, 'stop');
  const found = events.find((event) => event.type === 'usage');
  assert.deepEqual(found?.type === 'usage' && [found.usage.input, found.usage.output], [3, 2]);
  const starts = events.filter((event) => event.type === 'start');
  assert.deepEqual(
    starts.map(({ id, model }) => [id, model]),
    [
      [undefined, undefined],
      ['c', 'm'],
    ],
  );
});

test('an answer that ends by the end mark without a finish reason has stopped, or has called tools', () => {
  assert.equal(finish(streamed([chunk({ content: 'a' })]))?.reason, 'stop');
  const called = streamed([call({ index: 0, id: 'i', function: { name: 'f', arguments: '{}' } })]);
  assert.equal(finish(called)?.reason, 'tool-calls');
});

test('an answer that ends by neither is truncated', () => {
  assert.equal(failure(streamed([chunk({ content: 'a' })], {}, '')), 'UPSTREAM_TRUNCATED truncated');
  assert.equal(failure(read('')), 'UPSTREAM_EMPTY truncated');
  assert.equal(failure(read(': keep-alive\n\n')), 'UPSTREAM_EMPTY truncated');
  assert.equal(
    failure(read('{"id":"c","choices":[{"index":0,"message":{"content":"a')),
    'UPSTREAM_TRUNCATED truncated',
  );
});

test('a finish reason of every choice ends an answer whose end mark is missing', () => {
  const [one, two] = [0, 1].map((index) => ({ choices: [{ index, delta: { content: 'a' } }] }));
  const [ended, also] = [0, 1].map((index) => ({ choices: [{ index, delta: {}, finish_reason: 'stop' }] }));
  assert.equal(failure(streamed([one, two, ended, also], {}, '')), undefined);
  assert.equal(failure(streamed([one, two, ended], {}, '')), 'UPSTREAM_TRUNCATED truncated');
});

test('an empty finish reason, and one that is missing, is none yet', () => {
  const events = streamed([
    chunk({ content: 'a' }, { finish_reason: '' }),
    chunk({ content: 'b' }),
    chunk({}, { finish_reason: 'length' }),
  ]);
  assert.deepEqual([said(events), finish(events)?.reason], [['text: ab'], 'length']);
});

test('calls are told apart by index, by id, or by their place', () => {
  const orders: readonly (readonly [name: string, deltas: readonly object[]])[] = [
    [
      'in turn',
      [
        { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
        { index: 0, function: { arguments: '{"x":1}' } },
        { index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'interleaved',
      [
        { index: 0, id: 'a', function: { name: 'f' } },
        { index: 1, id: 'b', function: { name: 'g' } },
        { index: 0, function: { arguments: '{"x"' } },
        { index: 1, function: { arguments: '{}' } },
        { index: 0, function: { arguments: ':1}' } },
      ],
    ],
    [
      'without an index, with the id on each',
      [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x"' } },
        { id: 'a', type: 'function', function: { name: null, arguments: ':1}' } },
        { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'without index and id behind the first',
      [
        { id: 'a', function: { name: 'f', arguments: '' } },
        { function: { arguments: '{"x":1}' } },
        { id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'all of index 0',
      [
        { index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
        { index: 0, id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'with id and type again, and an empty name',
      [
        { index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } },
        { index: 0, id: '', type: 'function', function: { name: '', arguments: '{"x":1}' } },
        { index: 3, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    ],
    [
      'with the arguments before the name',
      [
        { index: 0, id: 'a', function: { arguments: '{"x"' } },
        { index: 0, function: { name: 'f', arguments: ':1}' } },
        { index: 1, id: 'b', function: { name: 'g', arguments: '{}' } },
      ],
    ],
  ];
  for (const [name, deltas] of orders) {
    const events = streamed([...deltas.map((delta) => call(delta)), chunk({}, { finish_reason: 'tool_calls' })]);
    assert.deepEqual(said(events), ['tool-call f: {"x":1}', 'tool-call g: {}'], name);
    const ids = events.flatMap((event) => (event.type === 'part-start' ? [event.callId] : []));
    assert.deepEqual(ids, ['a', 'b'], name);
  }
});

test('arguments that are an object are the text they were written as', () => {
  const text =
    '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"0","function":{"name":"f","arguments":{"b": 1.0, "a":12345678901234567890}}}]}}]}';
  assert.deepEqual(said(read(`data: ${text}\n\ndata: [DONE]\n\n`)), [
    'tool-call f: {"b": 1.0, "a":12345678901234567890}',
  ]);
  assert.deepEqual(said(read(text.replace('"delta"', '"message"'))), [
    'tool-call f: {"b": 1.0, "a":12345678901234567890}',
  ]);
});

test('a call without arguments has an empty object of them, unless the answer was cut', () => {
  const head = call({ index: 0, id: 'a', function: { name: 'f', arguments: '' } });
  assert.deepEqual(said(streamed([head])), ['tool-call f: {}']);
  assert.deepEqual(said(streamed([head, chunk({}, { finish_reason: 'length' })])), ['tool-call f: ']);
});

test('a call without an id gets one that is the same each time, and another in another answer', () => {
  const of = (id: string): string | undefined => {
    const events = streamed([{ ...call({ index: 0, id: '', function: { name: 'f', arguments: '{}' } }), id }]);
    const start = events.find((event) => event.type === 'part-start');
    return start?.type === 'part-start' ? start.callId : undefined;
  };
  assert.match(of('one') ?? '', /^call_[A-Za-z0-9]{24}$/);
  assert.equal(of('one'), of('one'));
  assert.notEqual(of('one'), of('two'));
});

test('an answer with calls ends by them, whatever the server says', () => {
  const head = call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } });
  assert.equal(finish(streamed([head, chunk({}, { finish_reason: 'stop' })]))?.reason, 'tool-calls');
  assert.equal(finish(streamed([chunk({ content: 'a' }, { finish_reason: 'tool_calls' })]))?.reason, 'stop');
});

test('calls that the provider ran itself are not the client’s to run', () => {
  const events = streamed([
    call({ index: 0, id: 'a', type: 'mcp', function: { name: 'search', arguments: '{}' } }),
    chunk({ content: 'found' }, { finish_reason: 'stop' }),
  ]);
  const start = events.find((event) => event.type === 'part-start');
  assert.equal(start?.type === 'part-start' && start.executedBy, 'provider');
  assert.equal(finish(events)?.reason, 'stop');
});

test('thinking is read from every member that servers put it in, and once', () => {
  for (const delta of [
    { reasoning_content: 'hm' },
    { reasoning: 'hm' },
    { reasoning: 'hm', reasoning_details: [{ type: 'reasoning.text', text: 'hm', index: 0 }] },
    { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] },
    { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }] },
  ]) {
    const events = streamed([chunk(delta), chunk({ content: 'so' })]);
    assert.deepEqual(said(events), ['reasoning: hm', 'text: so'], JSON.stringify(delta));
  }
});

test('a signed thought is sealed for the provider it came from', () => {
  const detail = { type: 'reasoning.text', format: 'f', index: 0 };
  const events = streamed([
    chunk({ reasoning: 'h', reasoning_details: [{ ...detail, text: 'h' }] }),
    chunk({ reasoning: 'm', reasoning_details: [{ ...detail, text: 'm' }] }),
    chunk({ reasoning_details: [{ ...detail, signature: 'SIG' }] }),
    chunk({ content: 'so' }),
  ]);
  assert.deepEqual(said(events), ['reasoning: hm', 'text: so']);
  const end = events.find((event) => event.type === 'part-end');
  assert.deepEqual(end?.type === 'part-end' && end.seal, {
    origin: { dialect: 'openai-chat', provider: 'p', model: 'm' },
    form: 'signature',
    value: 'SIG',
  });
});

test('a Gemini signature beside a call is a seal of its own dialect', () => {
  const events = streamed([
    call({
      index: 0,
      id: 'a',
      extra_content: { google: { thought_signature: 'S' } },
      function: { name: 'f', arguments: '{}' },
    }),
  ]);
  const seals = events.flatMap((event) => ('seal' in event && event.seal ? [event.seal] : []));
  assert.deepEqual(
    seals.map(({ origin, value }) => [origin.dialect, value]),
    [
      ['google-generate', 'S'],
      ['google-generate', 'S'],
    ],
  );
});

test('think tags are text unless the target is known to write them', () => {
  const chunks = [
    chunk({ content: '<thi' }),
    chunk({ content: 'nk>hm</thi' }),
    chunk({ content: 'nk>\n\nso <think>' }),
  ];
  assert.deepEqual(said(streamed(chunks)), ['text: <think>hm</think>\n\nso <think>']);
  assert.deepEqual(said(streamed(chunks, { reasoningOut: 'think-tags' })), ['reasoning: hm', 'text: so <think>']);
});

test('choices do not leak into one another', () => {
  const of = (index: number, delta: object, rest: object = {}): object => ({
    id: 'c',
    choices: [{ index, delta, ...rest }],
  });
  const events = streamed([
    of(0, { content: 'a' }),
    of(1, { tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '{}' } }] }),
    of(0, { content: 'b' }, { finish_reason: 'length' }),
    of(1, {}, { finish_reason: 'tool_calls' }),
  ]);
  assert.deepEqual(said(events), ['text: ab', 'tool-call f: {}']);
  const ends = events.flatMap((event) => (event.type === 'finish' ? [[event.choice, event.reason]] : []));
  assert.deepEqual(ends, [
    [0, 'length'],
    [1, 'tool-calls'],
  ]);
});

test('an error in any chunk fails the answer with the upstream’s words', () => {
  const overloaded = '{"error":{"type":"overloaded_error","message":"too busy"}}';
  for (const text of [
    `data: ${overloaded}\n\n`,
    `event: error\ndata: ${overloaded}\n\n`,
    'event: error\ndata: {"type":"overloaded_error","message":"too busy"}\n\n',
    'data: {"object":"error","message":"too busy","type":"overloaded_error","code":503}\n\ndata: [DONE]\n\n',
    'data: {"error":{"message":"too busy","code":503},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}\n\n',
    overloaded,
  ]) {
    for (const before of text.startsWith('{') ? [''] : ['', `data: ${JSON.stringify(chunk({ content: 'a' }))}\n\n`]) {
      const last = read(before + text).at(-1);
      const upstream = last?.type === 'error' ? last.error.upstream : undefined;
      assert.deepEqual(
        [upstream?.kind, upstream?.status, upstream?.message],
        ['overloaded', 503, 'too busy'],
        before + text,
      );
    }
  }
});

test('an error that a choice alone says is told in its words, with the price of what came', () => {
  const error = { code: 503, message: 'Provider is overloaded' };
  const usage = { prompt_tokens: 1, completion_tokens: 1, cost: 0.5 };
  const failing = { ...chunk({}, { finish_reason: 'error', error }), usage, provider: 'Azure' };
  const events = streamed([{ ...chunk({ content: 'a' }), provider: 'Azure' }, failing]);
  const last = events.at(-1);
  assert.equal(last?.type === 'error' ? last.error.upstream?.message : undefined, 'Provider is overloaded');
  const counted = events.find((event) => event.type === 'usage');
  assert.equal(counted?.usage.billedNanos, 500_000_000n);
  assert.equal(events.find((event) => event.type === 'start')?.madeBy, 'Azure');
});

test('nothing follows an error, not even an end mark', () => {
  const events = streamed([{ error: { message: 'no', code: 400 } }, chunk({ content: 'a' })]);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['error'],
  );
});

test('an ending that says it failed is a failure', () => {
  const events = streamed([chunk({ content: 'a' }), chunk({}, { finish_reason: 'network_error' })]);
  assert.equal(failure(events), 'UPSTREAM_FAILED server');
});

test('what is no JSON within a stream is not passed over', () => {
  assert.equal(failure(read('data: oops\n\ndata: [DONE]\n\n')), 'UPSTREAM_MALFORMED server');
});

test('a whole answer inside a stream is read if nothing came before it, and only ends it otherwise', () => {
  const whole = {
    id: 'c',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'all' }, finish_reason: 'stop' }],
  };
  assert.deepEqual(said(streamed([whole])), ['text: all']);
  const events = streamed([chunk({ content: 'all' }), whole]);
  assert.deepEqual([said(events), finish(events)?.reason], [['text: all'], 'stop']);
});

test('a document is read where a stream was asked for', () => {
  const whole = { id: 'c', choices: [{ message: { content: 'all', refusal: null }, finish_reason: 'stop' }] };
  assert.deepEqual(said(read(`\n  ${JSON.stringify(whole)}`)), ['text: all']);
});

test('a refusal is a part of its own, and the reason of the end', () => {
  const events = streamed([chunk({ refusal: 'I can' }), chunk({ refusal: 'not' }, { finish_reason: 'stop' })]);
  assert.deepEqual([said(events), finish(events)?.reason], [['refusal: I cannot'], 'refusal']);
});

test('the text at which an answer stopped is known where the server tells', () => {
  const events = streamed([chunk({ content: 'a' }, { finish_reason: 'stop', stop_reason: 'END' })]);
  assert.deepEqual([finish(events)?.reason, finish(events)?.stopSequence], ['stop-sequence', 'END']);
});

test('an unknown reason is kept', () => {
  const events = streamed([chunk({ content: 'a' }, { finish_reason: 'wombat' })]);
  assert.deepEqual([finish(events)?.reason, finish(events)?.raw], ['other', 'wombat']);
});

test('annotations and listed sources are citations', () => {
  const cited = { type: 'url_citation', url_citation: { url: 'https://a', title: 'A', start_index: 0, end_index: 2 } };
  const events = streamed([{ ...chunk({ content: 'hi' }), citations: ['https://b'] }, chunk({ annotations: [cited] })]);
  const sources = events.flatMap((event) => (event.type === 'source' ? [event.citation] : []));
  assert.deepEqual(
    sources.map(({ url, start, end }) => [url, start, end]),
    [
      ['https://a', 0, 2],
      ['https://b', undefined, undefined],
    ],
  );
});

test('speech is its transcript, with the sound beside it', () => {
  const events = streamed([
    chunk({ audio: { id: 'au', transcript: 'hel' } }),
    chunk({ audio: { data: 'AAA', transcript: 'lo' } }),
    chunk({ audio: { expires_at: 9 } }),
  ]);
  assert.deepEqual(said(events), ['text: hello']);
  assert.equal(events.filter((event) => event.type === 'opaque').length, 3);
});

test('probabilities stay beside the text they are of', () => {
  const list = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }];
  const events = streamed([chunk({ content: 'a' }, { logprobs: { content: list, refusal: null } })]);
  const delta = events.find((event) => event.type === 'part-delta');
  assert.deepEqual(delta?.type === 'part-delta' && delta.logprobs, { dialect: 'openai-chat', json: list });
});

test('what has no word rides along for clients of this dialect', () => {
  const events = streamed([
    { ...chunk({ content: 'a', channel: 'final' }), service_tier: 'flex', x: { y: 1 } },
    chunk({}, { finish_reason: 'stop', native_finish_reason: 'end_turn' }),
  ]);
  const [start] = events;
  assert.deepEqual(start?.type === 'start' && start.ext, { 'openai-chat': { service_tier: 'flex', x: { y: 1 } } });
  assert.deepEqual(finish(events)?.ext, {
    'openai-chat': { native_finish_reason: 'end_turn', $message: { channel: 'final' } },
  });
});
