import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bodyOf, type Capabilities, type ChatRequest, type Dialect, GatewayError, textOf } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { ollamaChat } from '../ollama-chat.ts';
import { requestFaults } from '../request-faults.test.ts';
import { writeRequest } from './write-request.ts';

function readBy(dialect: Dialect, path: string, body: object): ChatRequest {
  const bytes = Buffer.from(JSON.stringify({ model: 'smart', ...body }));
  return dialect.readRequest({ operation: 'chat', path, query: '', headers: new Map(), body: bodyOf(bytes) });
}
const chat = (body: object): ChatRequest => readBy(openaiChat, '/v1/chat/completions', body);
const claudes = (body: object): ChatRequest => readBy(anthropicMessages, '/v1/messages', { max_tokens: 100, ...body });

interface Sent {
  readonly body: Record<string, any>;
  readonly told: readonly string[];
}

function send(request: ChatRequest, able: Capabilities = {}): Sent {
  const model = 'qwen3';
  const wanted = { operation: 'chat', model, streamed: false, able, headers: new Map(), query: '', path: '' };
  const written = writeRequest(request, wanted);
  const body = JSON.parse(textOf(written.body)) as Record<string, any>;
  assert.deepEqual(requestFaults(body), []);
  const told = written.losses.map(({ field, contract, how }) => `${contract ? 'contract' : 'hint'} ${how} ${field}`);
  return { body, told };
}

const refused = (request: () => unknown, param: string): void =>
  assert.throws(request, (error) => GatewayError.is(error) && error.status === 400 && error.param === param);

const user = { role: 'user', content: 'What is the weather?' };
const tool = (name: string, more: object = {}): object => ({
  type: 'function',
  function: { name, description: 'd', parameters: { type: 'object', properties: {} }, ...more },
});
const call = (id: string, args = '{"city":"Paris"}', name = 'look'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const calls = (...list: object[]): object => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, content: unknown = 'Sunny'): object => ({ role: 'tool', tool_call_id: id, content });
const png = 'iVBORw0KGgo=';
const image = (url = `data:image/png;base64,${png}`): object => ({ type: 'image_url', image_url: { url } });

test('a call has an object for arguments, and its result names the tool', () => {
  const { body, told } = send(
    chat({ messages: [user, calls(call('a', '{"n":1.0}')), result('a')], tools: [tool('look')] }),
  );
  assert.deepEqual(body['messages'].slice(1), [
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'a', function: { index: 0, name: 'look', arguments: { n: 1 } } }],
    },
    { role: 'tool', tool_name: 'look', tool_call_id: 'a', content: 'Sunny' },
  ]);
  assert.deepEqual(told, []);
});

test('arguments go along as they were written', () => {
  const args = '{"b":12345678901234567890, "a":1.0}';
  const written = writeRequest(chat({ messages: [user, calls(call('a', args)), result('a')] }), {
    operation: 'chat',
    model: 'm',
    streamed: false,
    able: {},
    headers: new Map(),
    query: '',
    path: '',
  });
  assert.ok(textOf(written.body).includes(args));
});

test('arguments of nothing are no arguments, and broken ones are refused with their place', () => {
  for (const args of ['', 'null', ' {} ']) {
    const { body } = send(chat({ messages: [user, calls(call('a', args)), result('a')] }));
    assert.deepEqual(body['messages'][1].tool_calls[0].function.arguments, {});
  }
  for (const args of ['{"city":', '[1]', '"x"'])
    refused(() => send(chat({ messages: [user, calls(call('a', args)), result('a')] })), 'messages[1].tool_calls[0]');
});

test('results stand in the order of their calls, because a model is shown no ids', () => {
  const { body } = send(
    chat({
      messages: [user, calls(call('a'), call('b')), result('b', 'two'), result('x', 'gone'), result('a', 'one'), user],
      tools: [tool('look')],
    }),
  );
  assert.deepEqual(
    body['messages'].slice(2).map(({ content }: { content: string }) => content),
    ['one', 'two', 'gone', 'What is the weather?'],
  );
});

test('a picture in a result stands behind all the results, and an error says that it is one', () => {
  const { body, told } = send(
    claudes({
      messages: [
        user,
        { role: 'assistant', content: ['a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })) },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'a',
              content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
            },
            { type: 'tool_result', tool_use_id: 'b', content: 'No.', is_error: true },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
    }),
  );
  assert.deepEqual(body['messages'].slice(2), [
    { role: 'tool', tool_name: 'look', tool_call_id: 'a', content: '' },
    { role: 'tool', tool_name: 'look', tool_call_id: 'b', content: 'Error: No.' },
    { role: 'user', content: 'Pictures of the result of look:', images: [png] },
    { role: 'user', content: 'And?' },
  ]);
  assert.deepEqual(told, ['hint approximated messages[2]', 'hint approximated messages[2].is_error']);
});

test('images are data: one by its address is a loss, and so is any where the model sees none', () => {
  const content = [{ type: 'text', text: 'What?' }, image(), { type: 'text', text: 'And?' }];
  const { body, told } = send(chat({ messages: [{ role: 'user', content }] }));
  assert.deepEqual(body['messages'], [{ role: 'user', content: 'What?\n\nAnd?', images: [png] }]);
  assert.deepEqual(told, []);
  const nameless = chat({
    messages: [{ role: 'user', content: [image(`data:application/octet-stream;base64,${png}`)] }],
  });
  assert.deepEqual(send(nameless).body['messages'], [{ role: 'user', content: '', images: [png] }]);
  const far = chat({ messages: [{ role: 'user', content: [...content, image('https://a.example/b.png')] }] });
  assert.match(String(send(far).told), /^contract dropped messages\[0\]/);
  assert.match(
    String(send(chat({ messages: [{ role: 'user', content }] }), { images: false }).told),
    /^contract dropped/,
  );
});

test('a document that is a text is one, with its name before it; any other is a loss', () => {
  const document = (source: object): ChatRequest =>
    claudes({ messages: [{ role: 'user', content: [{ type: 'document', title: 'a.txt', source }] }, user] });
  const plain = send(document({ type: 'text', media_type: 'text/plain', data: 'Hello' }));
  assert.equal(plain.body['messages'][0].content, 'a.txt:\nHello');
  assert.match(String(plain.told), /^hint approximated/);
  const pdf = send(document({ type: 'base64', media_type: 'application/pdf', data: 'JVBERi0x' }));
  assert.match(String(pdf.told), /^contract dropped/);
});

test('no model can be made to call a tool, but any can be kept from it', () => {
  const both = { messages: [user], tools: [tool('look'), tool('other')] };
  const chosen = (tool_choice: unknown): readonly [names: readonly string[], told: string] => {
    const { body, told } = send(chat({ ...both, tool_choice }));
    return [(body['tools'] ?? []).map((one: any) => one.function.name), String(told)];
  };
  assert.deepEqual(chosen('auto'), [['look', 'other'], '']);
  assert.deepEqual(chosen('none'), [[], '']);
  assert.deepEqual(chosen('required'), [['look', 'other'], 'contract dropped tool_choice']);
  const named = { type: 'function', function: { name: 'other' } };
  assert.deepEqual(chosen(named), [['other'], 'contract approximated tool_choice']);
  assert.deepEqual(send(chat({ ...both, parallel_tool_calls: false })).told, ['contract dropped parallel_tool_calls']);
  assert.deepEqual(send(chat({ ...both, tools: [tool('look', { strict: true })] })).told, [
    'hint dropped tools[0].strict',
  ]);
  assert.deepEqual(send(chat(both), { tools: false }).told, ['contract dropped tools']);
});

test('a model thinks by four levels, or not at all, or as its operator says', () => {
  const thinking = (more: object, able: Capabilities = {}): readonly [think: unknown, told: string] => {
    const { body, told } = send(chat({ messages: [user], ...more }), able);
    return [body['think'], String(told)];
  };
  assert.deepEqual(thinking({}), [undefined, '']);
  assert.deepEqual(thinking({}, { think: false }), [false, '']);
  assert.deepEqual(thinking({ reasoning_effort: 'high' }, { think: false }), ['high', '']);
  assert.deepEqual(thinking({ reasoning_effort: 'none' }), [false, '']);
  assert.deepEqual(thinking({ reasoning_effort: 'minimal' }), ['low', 'hint approximated reasoning_effort']);
  assert.deepEqual(thinking({ reasoning_effort: 'xhigh' }), ['max', 'hint approximated reasoning_effort']);
  assert.deepEqual(thinking({ reasoning_effort: 'high' }, { reasoning: false }), [
    undefined,
    'hint dropped reasoning_effort',
  ]);
  const budget = send(claudes({ messages: [user], thinking: { type: 'enabled', budget_tokens: 2000 } }));
  assert.deepEqual([budget.body['think'], budget.told], [true, ['hint approximated thinking.budget_tokens']]);
});

test('thinking goes along as a text, unless somebody has sealed it', () => {
  const said = (block: object): Sent =>
    send(claudes({ messages: [user, { role: 'assistant', content: [block, { type: 'text', text: 'Sunny' }] }, user] }));
  const sealed = said({ type: 'thinking', thinking: 'Hm', signature: 'abc' });
  assert.deepEqual(
    [sealed.body['messages'][1], sealed.told],
    [{ role: 'assistant', content: 'Sunny' }, ['hint dropped messages[1]']],
  );
  const open = readBy(openaiChat, '/v1/chat/completions', {
    messages: [user, { role: 'assistant', content: 'Sunny', reasoning_content: 'Hm' }, user],
  });
  assert.equal(send(open).body['messages'][1].thinking, 'Hm');
});

test('settings have their places, and the form of an answer is JSON or its schema', () => {
  const schema = { type: 'object', properties: { b: {}, a: {} } };
  const { body, told } = send(
    chat({
      messages: [user],
      temperature: 1.7,
      top_p: 0.5,
      seed: 3,
      stop: 'END',
      max_tokens: 9,
      frequency_penalty: 0.1,
      presence_penalty: -1,
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    }),
    { numCtx: 4096, keepAlive: '10m' },
  );
  assert.deepEqual(body['options'], {
    temperature: 1.7,
    top_p: 0.5,
    seed: 3,
    stop: ['END'],
    num_predict: 9,
    frequency_penalty: 0.1,
    presence_penalty: -1,
    num_ctx: 4096,
  });
  assert.deepEqual([body['format'], body['keep_alive'], told], [schema, '10m', []]);
  assert.equal(send(chat({ messages: [user], response_format: { type: 'json_object' } })).body['format'], 'json');
  assert.deepEqual(Object.keys(send(chat({ messages: [user] })).body), ['model', 'messages', 'stream']);
});

test('what is not there is said, and what changes the answer is refused', () => {
  const { told } = send(
    chat({ messages: [user], n: 2, logit_bias: { 1: 2 }, logprobs: true, user: 'u', verbosity: 'low' }),
  );
  assert.deepEqual(told, [
    'contract dropped n',
    'contract dropped logprobs',
    'hint dropped verbosity',
    'contract dropped logit_bias',
    'hint dropped user',
  ]);
  refused(() => send(chat({ messages: [{ role: 'user', content: ' ' }] })), 'messages');
});

test('a system turn stays in its place, and names are left out', () => {
  const { body, told } = send(
    chat({
      messages: [
        { role: 'developer', content: 'Be short.' },
        { ...user, name: 'Ann' },
        { role: 'system', content: 'Now be long.' },
      ],
    }),
  );
  assert.deepEqual(
    body['messages'].map(({ role }: { role: string }) => role),
    ['system', 'user', 'system'],
  );
  assert.deepEqual(told, ['hint dropped messages[1].name']);
});

test('calls and results of old clients, which have no ids, find each other', () => {
  const { turns } = readBy(ollamaChat, '/api/chat', {
    messages: [
      user,
      {
        role: 'assistant',
        tool_calls: ['look', 'time', 'look'].map((name) => ({ function: { name, arguments: {} } })),
      },
      { role: 'tool', content: 'the time', tool_name: 'time' },
      { role: 'tool', content: 'first look' },
      { role: 'tool', content: 'second look' },
      { role: 'tool', content: 'nobody asked' },
    ],
  });
  const ids = turns.flatMap(({ parts }) => parts.flatMap((part) => ('callId' in part ? [part.callId] : [])));
  const [look, time, again, ...answered] = ids;
  assert.equal(new Set([look, time, again]).size, 3);
  assert.deepEqual(answered.slice(0, 3), [time, look, again]);
  assert.equal(ids.length, 7);
  assert.equal(ids.filter((id) => id === ids[6]).length, 1);
});

test('the type of an image is seen in its data, which is all that a client sends', () => {
  const images = [png, 'R0lGODdh', 'AAAA', `data:image/x;base64,AAAA`, 'https://a.example/b'];
  const { turns } = readBy(ollamaChat, '/api/chat', { messages: [{ role: 'user', content: '', images }] });
  assert.deepEqual(
    turns[0]?.parts.map((part) => part.kind === 'media' && part.mediaType),
    ['image/png', 'image/gif', 'image/*', 'image/x', 'image/*'],
  );
});

test('a message that is none is refused with its place', () => {
  refused(() => readBy(ollamaChat, '/api/chat', { messages: [user, 'Hi'] }), 'messages[1]');
  refused(() => readBy(ollamaChat, '/api/chat', { messages: [{ role: 'user', content: [] }] }), 'messages[0].content');
});

test('how a model is kept is nothing that another vendor must know', () => {
  const { ext, sampling, output } = readBy(ollamaChat, '/api/chat', {
    messages: [user],
    keep_alive: '5m',
    options: { num_ctx: 10, top_k: 2, num_predict: -1 },
    truncate: false,
  });
  assert.deepEqual(ext['ollama-chat'], {
    $hints: { keep_alive: '5m', options: { num_ctx: 10, num_predict: -1 }, truncate: false },
  });
  assert.deepEqual([sampling, output], [{ topK: 2 }, {}]);
});
