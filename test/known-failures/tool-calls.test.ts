import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import failover from '@tapgate/failover';
import { type Answer, ask, leakProbes, readSse, reply, type SseFrame } from '@tapgate/test-kit';
import { tongues } from '../faults/tongues.ts';
import { world } from './world.ts';

const test = leakProbes(plain as never);

type Json = Record<string, any>;

/** Three calls, the last of them without arguments. */
const calls: readonly (readonly [id: string, name: string, args: Json])[] = [
  ['call_a', 'find', { city: 'Oslo' }],
  ['call_b', 'find', { city: 'Bergen' }],
  ['call_c', 'now', {}],
];
const named = (data: Json): SseFrame => ({ event: String(data['type']), data });
const textOf = (args: Json): string => (Object.keys(args).length === 0 ? '' : JSON.stringify(args));
/** A text in two pieces, so that a call is more than one event. */
const halves = (text: string): readonly string[] =>
  text === '' ? [''] : [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];

const chatHead = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'real' };
const chatUsage = { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 };
const chunk = (delta: Json, finish: string | null = null): SseFrame => ({
  data: { ...chatHead, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] },
});
const messageHead = { id: 'msg_1', type: 'message', role: 'assistant', model: 'real', stop_sequence: null };
const item = (at: number, args: string, status: string): Json => {
  const [id = '', name] = calls[at] ?? [];
  return { type: 'function_call', id: `fc_${at}`, call_id: id, name, arguments: args, status };
};
const response = (status: string, output: readonly Json[], more: Json = {}): Json => ({
  id: 'resp_1',
  object: 'response',
  created_at: 17e8,
  model: 'real',
  status,
  output,
  ...more,
});
const responded = response(
  'completed',
  calls.map(([, , args], at) => item(at, textOf(args) || '{}', 'completed')),
  { usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 } },
);
const generated = (parts: readonly Json[], finishReason?: string): Json => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 6, totalTokenCount: 11 },
  modelVersion: 'real',
  responseId: '1',
});

/** How each vendor says the three calls. */
const vendors: Readonly<Record<string, { readonly stream: readonly (SseFrame | string)[]; readonly whole: Json }>> = {
  'openai-chat': {
    stream: [
      chunk({ role: 'assistant', content: null }),
      ...calls.flatMap(([id, name, args], index) => [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
        ...halves(textOf(args)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      chunk({}, 'tool_calls'),
      { data: { ...chatHead, object: 'chat.completion.chunk', choices: [], usage: chatUsage } },
      '[DONE]',
    ],
    whole: {
      ...chatHead,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: null,
            tool_calls: calls.map(([id, name, args]) => ({
              id,
              type: 'function',
              function: {
                name,
                arguments: textOf(args),
              },
            })),
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: chatUsage,
    },
  },
  'openai-responses': {
    stream: [
      { type: 'response.created', response: response('in_progress', []) },
      ...calls.flatMap(([, , args], at) => [
        { type: 'response.output_item.added', output_index: at, item: item(at, '', 'in_progress') },
        ...halves(textOf(args)).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          item_id: `fc_${at}`,
          output_index: at,
          delta,
        })),
        {
          type: 'response.output_item.done',
          output_index: at,
          item: item(at, textOf(args) || '{}', 'completed'),
        },
      ]),
      { type: 'response.completed', response: responded },
    ].map((event, number) => named({ ...event, sequence_number: number })),
    whole: responded,
  },
  'anthropic-messages': {
    stream: [
      {
        type: 'message_start',
        message: { ...messageHead, content: [], stop_reason: null, usage: { input_tokens: 5, output_tokens: 1 } },
      },
      ...calls.flatMap(([id, name, args], index) => [
        { type: 'content_block_start', index, content_block: { type: 'tool_use', id, name, input: {} } },
        ...halves(textOf(args)).map((piece) => ({
          type: 'content_block_delta',
          index,
          delta: {
            type: 'input_json_delta',
            partial_json: piece,
          },
        })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 6 } },
      { type: 'message_stop' },
    ].map(named),
    whole: {
      ...messageHead,
      content: calls.map(([id, name, input]) => ({ type: 'tool_use', id, name, input })),
      stop_reason: 'tool_use',
      usage: { input_tokens: 5, output_tokens: 6 },
    },
  },
  'google-generate': {
    stream: calls.map(([, name, args], at) => ({
      data: generated([{ functionCall: { name, args } }], at === calls.length - 1 ? 'STOP' : undefined),
    })),
    whole: generated(
      calls.map(([, name, args]) => ({ functionCall: { name, args } })),
      'STOP',
    ),
  },
};

/** A call as a client has it once it has put its pieces together by their number. */
interface Got {
  readonly id: string;
  readonly name: string;
  args: string;
}

const jsons = (body: string): Json[] =>
  readSse(body).flatMap(({ data }) => (data.startsWith('{') ? [JSON.parse(data) as Json] : []));

/** The calls in an answer, as a client of each dialect finds them, and why it says that it ended. */
const clients: Readonly<
  Record<string, (body: string, streamed: boolean) => { readonly calls: Got[]; readonly reason: unknown }>
> = {
  'openai-chat': (body, streamed) => {
    const events = streamed ? jsons(body) : [JSON.parse(body) as Json];
    const found: Got[] = [];
    for (const event of events) {
      const message = event['choices']?.[0]?.[streamed ? 'delta' : 'message'] ?? {};
      for (const [place, call] of (message.tool_calls ?? []).entries()) {
        const at: number = streamed ? call.index : place;
        if (call.id !== undefined) {
          assert.equal(found[at], undefined, `two calls have the number ${at}`);
          found[at] = { id: call.id, name: call.function.name, args: '' };
        }
        (found[at] as Got).args += call.function.arguments;
      }
    }
    return { calls: found, reason: events.map((event) => event['choices']?.[0]?.finish_reason).findLast(Boolean) };
  },
  'openai-responses': (body, streamed) => {
    const done = streamed ? jsons(body).at(-1)?.['response'] : JSON.parse(body);
    const found = (done.output as Json[]).filter(({ type }) => type === 'function_call');
    if (streamed) {
      for (const [at, { id, arguments: args }] of found.entries()) {
        const deltas = jsons(body).filter(({ item_id: of, delta }) => of === id && delta !== undefined);
        assert.equal(deltas.map(({ delta }) => delta).join(''), args, `the pieces of call ${at} are not its arguments`);
      }
    }
    return {
      calls: found.map(({ call_id: id, name, arguments: args }) => ({ id, name, args })),
      reason: done.status,
    };
  },
  'anthropic-messages': (body, streamed) => {
    if (!streamed) {
      const message = JSON.parse(body) as Json;
      const uses = (message['content'] as Json[]).filter(({ type }) => type === 'tool_use');
      return {
        calls: uses.map(({ id, name, input }) => ({ id, name, args: JSON.stringify(input) })),
        reason: message['stop_reason'],
      };
    }
    const found: Got[] = [];
    for (const { index, content_block: begun, delta } of jsons(body)) {
      if (begun?.type === 'tool_use') found[index] = { id: begun.id, name: begun.name, args: '' };
      if (delta?.type === 'input_json_delta') (found[index] as Got).args += delta.partial_json;
    }
    // What an official client makes of a block that was given no input is the one it began with.
    for (const call of found) call.args ||= '{}';
    return { calls: found, reason: jsons(body).find(({ type }) => type === 'message_delta')?.['delta'].stop_reason };
  },
  'google-generate': (body, streamed) => {
    const answers = streamed ? jsons(body) : [JSON.parse(body) as Json];
    const parts = answers.flatMap((answer) => (answer['candidates']?.[0]?.content?.parts ?? []) as Json[]);
    const found = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall as Json]));
    return {
      calls: found.map(({ id, name, args }, at) => ({ id: id ?? String(at), name, args: JSON.stringify(args ?? {}) })),
      reason: answers.map((answer) => answer['candidates']?.[0]?.finishReason).findLast(Boolean),
    };
  },
};

const reasons: Readonly<Record<string, string>> = {
  'openai-chat': 'tool_calls',
  'openai-responses': 'completed',
  'anthropic-messages': 'tool_use',
  'google-generate': 'STOP',
};

// T-01, T-03, T-11
for (const [vendor, { stream, whole }] of Object.entries(vendors)) {
  for (const tongue of tongues) {
    // What a vendor says to a client of its own dialect goes through as it is.
    if (tongue.dialect === vendor) continue;
    for (const streamed of [true, false]) {
      test(`three calls of ${vendor} stay three for ${tongue.dialect}, each with arguments that parse, and {} for none (${streamed ? 'streamed' : 'whole'})`, async () => {
        await using at = await world({ a: [vendor, streamed ? reply.sse(stream) : reply.json(200, whole)] });
        const { path, body } = tongue.question(streamed);
        const answered = await ask(at.url + path, { body });
        assert.equal(answered.status, 200, answered.text);
        const faults = streamed
          ? tongue.faultsOfStream(answered.body, { ended: 'ok', written: true })
          : tongue.faultsOfWhole(answered.text);
        assert.deepEqual(faults, [], answered.text);
        const got = clients[tongue.dialect]?.(answered.text, streamed);
        assert.deepEqual(
          got?.calls.filter(Boolean).map(({ name, args }) => [name, JSON.parse(args)]),
          calls.map(([, name, args]) => [name, args]),
          answered.text,
        );
        assert.equal(new Set(got?.calls.filter(Boolean).map(({ id }) => id)).size, calls.length);
        if (tongue.dialect === 'openai-chat') assert.deepEqual(Object.keys(got?.calls ?? []), ['0', '1', '2']);
        assert.equal(got?.reason, reasons[tongue.dialect]);
      });
    }
  }
}

const history = (args: string): Json[] => [
  { role: 'user', content: 'Where?' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_a', type: 'function', function: { name: 'find', arguments: '{}' } },
      { id: 'call_b', type: 'function', function: { name: 'find', arguments: args } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_a', content: 'here' },
  { role: 'tool', tool_call_id: 'call_b', content: 'there' },
];
const tools = [{ type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } }];
const okay: Answer = (request) =>
  reply.json(200, (request.path.includes('messages') ? vendors['anthropic-messages'] : vendors['openai-chat'])?.whole);

// T-05, F-04
test('broken arguments in the history are a 400 that names the call, nobody is asked, and nobody is blamed', async () => {
  await using at = await world(
    { a: ['anthropic-messages', okay], b: ['anthropic-messages', okay] },
    { plugins: [[failover, { retry: { baseMs: 1, maxMs: 5 } }]] },
  );
  const asked = (args: string): ReturnType<typeof ask> =>
    ask(`${at.url}/v1/chat/completions`, { body: { model: 'm', messages: history(args), tools } });
  for (let time = 0; time < 10; time += 1) {
    const answered = await asked('{"city": "Os');
    assert.equal(answered.status, 400, answered.text);
    const { error } = answered.json() as { error: Json };
    assert.equal(error['type'], 'invalid_request_error');
    assert.equal(error['param'], 'messages[1].tool_calls[1]');
  }
  assert.equal(at.calls(), 0);
  assert.ok(at.served.settled.every(({ exchange }) => exchange.attempts.every(({ failure }) => failure !== 'broken')));
  // The first target is as good as it was, and arguments of nothing are an empty object.
  const good = await asked('');
  assert.equal(good.status, 200, good.text);
  assert.equal(good.headers.get('x-tapgate-provider'), 'a');
  const sent = at.at('a').requests[0]?.json() as { messages: { content: Json[] }[] };
  assert.deepEqual(
    sent.messages[1]?.content.map(({ input }) => input),
    [{}, {}],
  );
});

// T-14
test('a tool that another vendor runs is refused by its name, and is never a function without one', async () => {
  await using at = await world({ a: ['openai-chat', okay] });
  const body = {
    model: 'm',
    input: 'Look it up.',
    tools: [
      { type: 'web_search' },
      { type: 'function', name: 'find', parameters: { type: 'object', properties: {} }, strict: false },
    ],
  };
  const refused = await ask(`${at.url}/v1/responses`, { body });
  assert.equal(refused.status, 400, refused.text);
  assert.match(refused.text, /web_search/);
  assert.equal(at.calls(), 0);
});
