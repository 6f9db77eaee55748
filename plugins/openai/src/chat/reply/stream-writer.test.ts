import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { coreErrors, GatewayError, type ChatEvent, type Seal } from '@tapgate/core';
import { validateChatStream } from '@tapgate/test-kit';
import { openaiChat } from '../openai-chat.ts';
import { canonical, chunksOf, context, incoming, read, said, written } from '../sample.test.ts';

const finish: ChatEvent = { type: 'finish', choice: 0, reason: 'stop' };
const text = (part: string, ...deltas: string[]): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'text' },
  ...deltas.map((delta): ChatEvent => ({ type: 'part-delta', part, text: delta })),
  { type: 'part-end', part },
];
const callOf = (part: string, name: string, ...deltas: string[]): ChatEvent[] => [
  { type: 'part-start', part, choice: 0, kind: 'tool-call', callId: `id-${part}`, name, executedBy: 'client' },
  ...deltas.map((delta): ChatEvent => ({ type: 'part-delta', part, text: delta })),
  { type: 'part-end', part },
];
const usage: ChatEvent = {
  type: 'usage',
  usage: { input: 2, cacheRead: 3, cacheWrite: 1, output: 4, reasoning: 1, estimated: false },
};
const deltas = (stream: string): any[] =>
  chunksOf(stream).flatMap((chunk) => (chunk === '[DONE]' ? [] : chunk.choices.map((choice: any) => choice.delta)));

test('the first delta of a choice says its role, every chunk has a finish reason, and it is null until the last', () => {
  const stream = written([...text('a', 'hi', ' you'), finish]);
  const chunks = chunksOf(stream);
  assert.deepEqual(deltas(stream), [{ role: 'assistant', content: 'hi' }, { content: ' you' }, {}]);
  assert.deepEqual(
    chunks.slice(0, -1).map((chunk) => chunk.choices[0].finish_reason),
    [null, null, 'stop'],
  );
  assert.equal(chunks.at(-1), '[DONE]');
  assert.ok(
    chunks
      .slice(0, -1)
      .every(
        ({ model, id, object, created }) =>
          model === 'asked' && id === 'chatcmpl-x' && object === 'chat.completion.chunk' && created === 7,
      ),
  );
});

test('an answer that its model ended by an error is no success, in a stream and whole', () => {
  for (const reason of ['error', 'cancelled'] as const) {
    const events: ChatEvent[] = [...text('a', 'hi'), { type: 'finish', choice: 0, reason, raw: 'MALFORMED' }];
    const chunks = chunksOf(written(events));
    assert.match(chunks.at(-1).error.message, /MALFORMED/);
    assert.ok(chunks.every((chunk) => chunk !== '[DONE]' && !chunk.choices?.[0]?.finish_reason));
    assert.throws(() => written(events, { streamed: false }), { code: 'UPSTREAM_FAILED' });
  }
});

test('parallel calls are numbered from 0 among the calls, and each says id, type and name once', () => {
  const events = [
    ...text('t', 'let me'),
    ...callOf('a', 'f', '{"x"', ':1}'),
    ...callOf('b', 'g', '{}'),
    ...callOf('c', 'h', '{}'),
    finish,
  ];
  const calls = deltas(written(events)).flatMap(({ tool_calls: list }) => list ?? []);
  assert.deepEqual(
    calls.filter(({ id }) => id !== undefined).map((call: any) => [call.index, call.id, call.type, call.function.name]),
    [
      [0, 'id-a', 'function', 'f'],
      [1, 'id-b', 'function', 'g'],
      [2, 'id-c', 'function', 'h'],
    ],
  );
  for (const call of calls.filter(({ id }) => id === undefined))
    assert.deepEqual(Object.keys(call), ['index', 'function']);
});

test('a function without arguments is called with an empty object of them', () => {
  for (const deltasOfCall of [[], ['']]) {
    const stream = written([...callOf('a', 'f', ...deltasOfCall), finish]);
    const all = deltas(stream).flatMap(({ tool_calls: list }) => list ?? []);
    assert.equal(all.map((call: any) => call.function.arguments).join(''), '{}');
    assert.deepEqual(validateChatStream(Buffer.from(stream), { written: true, ended: 'ok' }), []);
  }
});

test('an answer with calls ends by them, and one without does not', () => {
  const reasonOf = (events: ChatEvent[]): string => chunksOf(written(events)).at(-2).choices[0].finish_reason;
  assert.equal(reasonOf([...callOf('a', 'f'), finish]), 'tool_calls');
  assert.equal(reasonOf([...text('a', 'x'), { ...finish, reason: 'tool-calls' }]), 'stop');
  assert.equal(reasonOf([...callOf('a', 'f'), { ...finish, reason: 'length' }]), 'length');
});

test('calls that the provider ran itself are not shown as the client’s to run', () => {
  const own = callOf('a', 'search', '{}').map((event) =>
    event.type === 'part-start' ? { ...event, executedBy: 'provider' as const } : event,
  );
  const stream = written([...own, ...text('b', 'found'), finish]);
  assert.doesNotMatch(stream, /search|tool_calls/);
});

test('usage comes in a chunk of its own, only if the client asked, with what was cached and thought in the sums', () => {
  const stream = written([...text('a', 'x'), usage, finish]);
  const last = chunksOf(stream).at(-2);
  assert.deepEqual(last.choices, []);
  assert.deepEqual(last.usage, {
    prompt_tokens: 6,
    completion_tokens: 4,
    total_tokens: 10,
    prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 1 },
  });
  const unasked = written([...text('a', 'x'), usage, finish], { request: canonical({ wantUsage: false }) });
  assert.doesNotMatch(unasked, /usage|"choices":\[\]/);
});

test('a stream that fails has an error event with the upstream’s words and no end mark', () => {
  const writer = openaiChat.writer(context());
  const upstream = { kind: 'overloaded', status: 529, message: 'too busy', code: '529' } as const;
  const stream = [
    ...text('a', 'x').map((event) => writer.push(event)),
    writer.fail(new GatewayError('UPSTREAM_FAILED', 503, 'too busy', { kind: 'overloaded', upstream })),
  ].join('');
  const last = chunksOf(stream).at(-1);
  assert.deepEqual(last, { error: { message: 'too busy', type: 'overloaded_error', param: null, code: 'overloaded' } });
  assert.doesNotMatch(stream, /\[DONE\]|"finish_reason":"/);
});

test('an error behind a finish reason is still an error', () => {
  const writer = openaiChat.writer(context());
  const stream = [
    ...[...text('a', 'x'), finish].map((event) => writer.push(event)),
    writer.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' }, { kind: 'truncated' })),
  ].join('');
  assert.deepEqual(validateChatStream(Buffer.from(stream), { written: true, ended: 'error' }), []);
});

test('several choices end each by its own reason', () => {
  const of = (choice: number, reason: 'stop' | 'length'): ChatEvent[] => [
    { type: 'part-start', part: `p${choice}`, choice, kind: 'text' },
    { type: 'part-delta', part: `p${choice}`, text: `t${choice}` },
    { type: 'part-end', part: `p${choice}` },
    { type: 'finish', choice, reason },
  ];
  const stream = written([...of(1, 'length'), ...of(0, 'stop')]);
  const ends = chunksOf(stream).flatMap((chunk) =>
    chunk === '[DONE]' ? [] : chunk.choices.filter((choice: any) => choice.finish_reason !== null),
  );
  assert.deepEqual(
    ends.map((choice: any) => [choice.index, choice.finish_reason]),
    [
      [0, 'stop'],
      [1, 'length'],
    ],
  );
  assert.deepEqual(validateChatStream(Buffer.from(stream), { written: true, ended: 'ok' }), []);
});

test('thinking goes out as reasoning_content and never as content', () => {
  const events: ChatEvent[] = [
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'hm' },
    { type: 'part-end', part: 'r' },
    ...text('a', 'so'),
    finish,
  ];
  assert.deepEqual(deltas(written(events)), [
    { role: 'assistant', content: null, reasoning_content: 'hm' },
    { content: 'so' },
    {},
  ]);
});

const foreign: Seal = {
  origin: { dialect: 'anthropic-messages', provider: 'claude', model: 'opus' },
  form: 'signature',
  value: 'SIG:x',
};

test('a sealed thought comes back from the client as it was, streamed and whole', () => {
  const events: ChatEvent[] = [
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'first ' },
    { type: 'part-delta', part: 'r', text: 'thought' },
    { type: 'part-end', part: 'r', seal: foreign },
    { type: 'part-start', part: 'q', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'q', text: 'second' },
    { type: 'part-end', part: 'q', seal: { ...foreign, value: 'SIG2' } },
    { type: 'part-start', part: 'z', choice: 0, kind: 'reasoning' },
    { type: 'part-end', part: 'z', seal: { ...foreign, form: 'redacted', value: 'ZZZ' } },
    ...callOf('c', 'f', '{}'),
    finish,
  ];
  const whole = JSON.parse(written(events, { streamed: false })).choices[0].message;
  for (const message of [whole, messageOf(written(events))]) {
    const { turns } = openaiChat.readRequest(incoming({ model: 'm', messages: [message] }));
    const parts = turns[0]?.parts.filter((part) => part.kind === 'reasoning') ?? [];
    assert.deepEqual(
      parts.map((part) => [part.text ?? '', part.seal?.value, part.seal?.form]),
      [
        ['first thought', 'SIG:x', 'signature'],
        ['second', 'SIG2', 'signature'],
        ['', 'ZZZ', 'redacted'],
      ],
    );
    assert.deepEqual(parts[0]?.seal?.origin, foreign.origin);
  }
});

test('of a thought whose text a client lost the seal goes back alone, not with a piece of the text', () => {
  const stream = written([
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'first ' },
    { type: 'part-delta', part: 'r', text: 'thought' },
    { type: 'part-end', part: 'r', seal: foreign },
    ...callOf('c', 'f', '{}'),
    finish,
  ]);
  // The Node client keeps of a member that it does not know the last delta alone.
  const message = { ...messageOf(stream), reasoning_content: 'thought' };
  const { turns } = openaiChat.readRequest(incoming({ model: 'm', messages: [message] }));
  const parts = turns[0]?.parts.filter((part) => part.kind === 'reasoning') ?? [];
  assert.deepEqual(
    parts.map((part) => [part.text, part.seal?.value]),
    [['', 'SIG:x']],
  );
});

/** What a client makes of a stream's deltas that keeps lists as they come. */
function messageOf(stream: string): any {
  const message: any = {
    role: 'assistant',
    content: null,
    reasoning_content: '',
    reasoning_details: [],
    tool_calls: [],
  };
  for (const delta of deltas(stream)) {
    message.reasoning_content += delta.reasoning_content ?? '';
    message.reasoning_details.push(...(delta.reasoning_details ?? []));
    for (const call of delta.tool_calls ?? []) {
      const known = (message.tool_calls[call.index] ??= { ...call, function: { name: '', arguments: '' } });
      known.function.name += call.function?.name ?? '';
      known.function.arguments += call.function?.arguments ?? '';
      Object.assign(known, call.extra_content && { extra_content: call.extra_content });
    }
  }
  return message;
}

test('a signature that a server of this dialect gave is its own, and goes through as it is', () => {
  const seal: Seal = { origin: { dialect: 'google-generate' }, form: 'signature', value: 'GSIG' };
  const events = callOf('a', 'f', '{}').map((event) => (event.type === 'part-end' ? { ...event, seal } : event));
  const message = JSON.parse(written([...events, finish], { streamed: false })).choices[0].message;
  assert.equal(message.tool_calls[0].extra_content.google.thought_signature, 'GSIG');
  const sent = incoming({ model: 'm', messages: [message as object] });
  const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };
  for (const { body } of [
    openaiChat.nativeRequest(sent, wanted),
    openaiChat.writeRequest(openaiChat.readRequest(sent), wanted),
  ])
    assert.match(Buffer.concat([...body.chunks]).toString(), /"thought_signature":"GSIG"/);
});

test('a text that was streamed is not said again when its seal comes', () => {
  const stream = written([
    { type: 'part-start', part: 'r', choice: 0, kind: 'reasoning' },
    { type: 'part-delta', part: 'r', text: 'secret thought' },
    { type: 'part-end', part: 'r', seal: foreign },
    ...text('a', 'so'),
    finish,
  ]);
  assert.equal(stream.split('secret thought').length, 2);
});

test('a Gemini signature stands where clients carry it, comes back with its origin, and goes to no other server', () => {
  const seal: Seal = { origin: { dialect: 'google-generate', provider: 'google' }, form: 'signature', value: 'GSIG' };
  for (const at of ['part-start', 'part-end']) {
    const events = callOf('a', 'f', '{}').map((event) => (event.type === at ? { ...event, seal } : event));
    const whole: any = JSON.parse(written([...events, finish], { streamed: false })).choices[0].message;
    for (const message of [whole, messageOf(written([...events, finish]))]) {
      assert.match(message.tool_calls[0].extra_content.google.thought_signature, /GSIG$/);
      const sent = incoming({ model: 'm', messages: [message as object] });
      const request = openaiChat.readRequest(sent);
      const { turns } = request;
      const call = turns[0]?.parts.find((part) => part.kind === 'tool-call');
      assert.deepEqual(call?.seal, seal);
      const wanted = {
        operation: 'chat',
        model: 'm',
        streamed: false,
        able: {},
        headers: new Map(),
        query: '',
        path: '',
      };
      const again = openaiChat.writeRequest(request, wanted);
      assert.doesNotMatch(Buffer.concat([...again.body.chunks]).toString(), /GSIG|extra_content/);
    }
  }
});

test('a client of the form before tools gets a function call in that form', () => {
  const request = openaiChat.readRequest(
    incoming({ model: 'm', messages: [], functions: [{ name: 'f', parameters: {} }] }),
  );
  const events = [...callOf('a', 'f', '{"x":1}'), finish];
  const whole = JSON.parse(written(events, { request, streamed: false }));
  assert.deepEqual(whole.choices[0].message.function_call, { name: 'f', arguments: '{"x":1}' });
  assert.equal(whole.choices[0].finish_reason, 'function_call');
  const stream = written(events, { request });
  assert.deepEqual(
    deltas(stream).map(({ function_call: call }) => call),
    [{ name: 'f', arguments: '' }, { arguments: '{"x":1}' }, undefined],
  );
  assert.equal(chunksOf(stream).at(-2).choices[0].finish_reason, 'function_call');
});

test('citations of other dialects are annotations, placed in characters of the whole text', () => {
  const events: ChatEvent[] = [
    ...text('a', '🙂🙂 '),
    ...text('b', 'cited'),
    { type: 'source', choice: 0, part: 'b', citation: { url: 'https://x', title: 'X', start: 0, end: 5 } },
    finish,
  ];
  const [annotation] = JSON.parse(written(events, { streamed: false })).choices[0].message.annotations;
  assert.deepEqual(annotation.url_citation, { url: 'https://x', title: 'X', start_index: 3, end_index: 8 });
});

test('whatever events come in order, the stream is one that clients accept and reads as what was said', () => {
  const kinds = fc.constantFrom<'text' | 'reasoning' | 'tool-call'>('text', 'reasoning', 'tool-call');
  const part = fc.record({ kind: kinds, deltas: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const events = parts.flatMap(({ kind, deltas: pieces }, at): ChatEvent[] => [
        {
          type: 'part-start',
          part: `p${at}`,
          choice: 0,
          kind,
          ...(kind === 'tool-call' && { callId: `c${at}`, name: 'f', executedBy: 'client' as const }),
        },
        ...(kind === 'tool-call' ? [JSON.stringify({ of: pieces })] : pieces).map((delta): ChatEvent => ({
          type: 'part-delta',
          part: `p${at}`,
          text: delta,
        })),
        { type: 'part-end', part: `p${at}` },
      ]);
      const stream = written([...events, finish]);
      assert.deepEqual(validateChatStream(Buffer.from(stream), { written: true, ended: 'ok' }), []);
      const of = (kind: string, from: readonly ChatEvent[]): string =>
        said(from)
          .filter((line) => String(line).startsWith(kind))
          .map((line) => String(line).slice(kind.length))
          .join('');
      for (const kind of ['text: ', 'reasoning: ', 'tool-call f: '])
        assert.equal(of(kind, read(stream)), of(kind, events));
    }),
    { numRuns: 200 },
  );
});

test('a signature that a client of another dialect brought goes to models of Gemini alone', () => {
  const seal: Seal = { origin: { dialect: 'google-generate' }, form: 'signature', value: 'GSIG' };
  const call = { kind: 'tool-call', callId: 'c', name: 'f', argsText: '{}', executedBy: 'client', seal } as const;
  const asked = openaiChat.readRequest(incoming({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }));
  const request = { ...asked, turns: [...asked.turns, { role: 'assistant' as const, parts: [call] }] };
  const sentTo = (model: string, able = {}): string => {
    const wanted = { operation: 'chat', model, streamed: false, able, headers: new Map(), query: '', path: '' };
    return Buffer.concat([...openaiChat.writeRequest(request, wanted).body.chunks]).toString();
  };
  assert.doesNotMatch(sentTo('deepseek-chat'), /GSIG/);
  assert.match(sentTo('google/gemini-3-pro'), /"extra_content":\{"google":\{"thought_signature":"GSIG"\}\}/);
  assert.match(sentTo('mine', { extraContent: true }), /GSIG/);
  assert.doesNotMatch(sentTo('gemini-3-pro', { extraContent: false }), /GSIG/);
});
