import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bodyOf, type ChatRequest, type Dialect, GatewayError, textOf } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { cohereChat } from '../cohere-chat.ts';
import { requestFaults } from '../request-faults.test.ts';
import { readRequest } from './read-request.ts';
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

function send(request: ChatRequest, model = 'command-a-reasoning-08-2025'): Sent {
  const wanted = { operation: 'chat', model, streamed: false, able: {}, headers: new Map(), query: '', path: '' };
  const written = writeRequest(request, wanted);
  const body = JSON.parse(textOf(written.body)) as Record<string, any>;
  assert.deepEqual(requestFaults(body), []);
  assert.equal(textOf(writeRequest(request, wanted).body), textOf(written.body), 'the same request, the same bytes');
  const told = written.losses.map(({ field, contract, how }) => `${contract ? 'contract' : 'hint'} ${how} ${field}`);
  return { body, told };
}

const user = { role: 'user', content: 'What is the weather?' };
const tool = (name: string, more: object = {}): object => ({
  type: 'function',
  function: { name, description: 'd', parameters: { type: 'object', properties: {} }, ...more },
});
const call = (id: string, args = '{"city":"Paris"}'): object => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: args },
});
const calls = (...list: object[]): object => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, content: unknown = 'Sunny'): object => ({ role: 'tool', tool_call_id: id, content });
const roles = (body: Sent['body']): readonly string[] => body['messages'].map(({ role }: { role: string }) => role);

test('results stand behind their calls, before what was said meanwhile, and a missing one is made up', () => {
  const { body, told } = send(
    chat({
      messages: [
        user,
        calls(call('a'), call('b'), call('c')),
        result('b', 'two'),
        user,
        result('a', 'one'),
        result('x'),
      ],
      tools: [tool('look')],
    }),
  );
  assert.deepEqual(roles(body), ['user', 'assistant', 'tool', 'tool', 'tool', 'user', 'user']);
  assert.match(body['messages'][4].content, /interrupted/);
  assert.deepEqual(told, ['hint approximated messages[5]', 'hint synthesised messages']);
});

test('results of another dialect that stand in one message become a message each', () => {
  const results = ['a', 'b'].map((id) => ({ type: 'tool_result', tool_use_id: id, content: id, is_error: id === 'b' }));
  const { body } = send(
    claudes({
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        user,
        {
          role: 'assistant',
          content: ['a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'look', input: { x: 1 } })),
        },
        { role: 'user', content: [...results, { type: 'text', text: 'And?' }] },
      ],
    }),
  );
  assert.deepEqual(body['messages'].slice(2), [
    { role: 'tool', tool_call_id: 'a', content: 'a' },
    { role: 'tool', tool_call_id: 'b', content: 'Error: b' },
    { role: 'user', content: 'And?' },
  ]);
});

test('arguments of nothing are no arguments, and broken ones are refused with their place', () => {
  for (const args of ['', 'null', ' {} ']) {
    const { body } = send(chat({ messages: [user, calls(call('a', args)), result('a')], tools: [tool('look')] }));
    assert.deepEqual(JSON.parse(body['messages'][1].tool_calls[0].function.arguments), {});
  }
  const poisoned = chat({ messages: [user, calls(call('a', '{"city":')), result('a')], tools: [tool('look')] });
  assert.throws(
    () => send(poisoned),
    (error) => GatewayError.is(error) && error.status === 400 && error.param === 'messages[1].tool_calls[0]',
  );
});

test('a choice of tools is kept: none, required, one by name, some', () => {
  const both = { messages: [user], tools: [tool('look'), tool('other')] };
  assert.equal(send(chat({ ...both, tool_choice: 'auto' })).body['tool_choice'], undefined);
  assert.equal(send(chat({ ...both, tool_choice: 'none' })).body['tool_choice'], 'NONE');
  assert.equal(send(chat({ ...both, tool_choice: 'required' })).body['tool_choice'], 'REQUIRED');
  const named = send(chat({ ...both, tool_choice: { type: 'function', function: { name: 'other' } } }));
  assert.deepEqual([named.body['tool_choice'], named.body['tools'].length], ['REQUIRED', 1]);
  assert.equal(named.body['tools'][0].function.name, 'other');
  assert.deepEqual(send(chat({ ...both, parallel_tool_calls: false })).told, ['contract dropped parallel_tool_calls']);
});

test('tools are strict together or not at all, and one that its vendor runs is refused by name', () => {
  const strict = { strict: true };
  assert.equal(
    send(chat({ messages: [user], tools: [tool('a', strict), tool('b', strict)] })).body['strict_tools'],
    true,
  );
  assert.deepEqual(send(chat({ messages: [user], tools: [tool('a', strict), tool('b')] })).told, [
    'hint dropped tools.strict',
  ]);
  const search = claudes({ messages: [user], tools: [{ type: 'web_search_20250305', name: 'web_search' }] });
  assert.deepEqual(send(search).told, ['contract dropped tools[0]']);
});

test('a tool’s name with letters that are not taken is rewritten everywhere', () => {
  const name = 'mcp.server/look';
  const history = calls({ id: 'a', type: 'function', function: { name, arguments: '{}' } });
  const { body } = send(chat({ messages: [user, history, result('a')], tools: [tool(name)] }));
  assert.equal(body['messages'][1].tool_calls[0].function.name, body['tools'][0].function.name);
});

test('thinking that nobody sealed goes along as a text, and another vendor’s sealed state does not', () => {
  const base = chat({ messages: [user] });
  const said = (seal: object): ChatRequest => ({
    ...base,
    turns: [
      ...base.turns,
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'Hm.', ...seal },
          { kind: 'text', text: 'Hello' },
        ],
      },
      ...base.turns,
    ],
  });
  assert.deepEqual(send(said({})).body['messages'][1].content[0], { type: 'thinking', thinking: 'Hm.' });
  const sealed = send(said({ seal: { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 'c2ln' } }));
  assert.equal(JSON.stringify(sealed.body).includes('Hm.'), false);
  assert.deepEqual(sealed.told, ['hint dropped messages[1]']);
});

test('effort is a number of tokens, off where it is off, and nothing for a model that does not think', () => {
  const thinking = (effort: string, model?: string): unknown =>
    send(chat({ messages: [user], reasoning_effort: effort }), model).body['thinking'];
  assert.deepEqual(thinking('none'), { type: 'disabled' });
  assert.deepEqual(thinking('high'), { type: 'enabled', token_budget: 16_384 });
  assert.equal(thinking('high', 'command-r7b-12-2024'), undefined);
  assert.equal(thinking('none', 'command-r7b-12-2024'), undefined);
});

test('no field of another vendor reaches Cohere, and each that was left out is told', () => {
  const { body, told } = send(
    chat({
      messages: [user],
      seed: 7,
      user: 'u',
      prompt_cache_key: 'k',
      frequency_penalty: -1,
      presence_penalty: 0.5,
      service_tier: 'flex',
      n: 2,
      logprobs: true,
      temperature: 1.5,
      top_p: 1,
      max_completion_tokens: 9,
      stop: ['a', 'b'],
    }),
  );
  assert.deepEqual(
    { ...body, messages: undefined },
    {
      model: 'command-a-reasoning-08-2025',
      messages: undefined,
      max_tokens: 9,
      seed: 7,
      temperature: 1,
      p: 0.99,
      presence_penalty: 0.5,
      frequency_penalty: 0,
      stop_sequences: ['a', 'b'],
      stream: false,
    },
  );
  const expected = [
    'contract dropped n',
    'contract dropped logprobs',
    'hint dropped user',
    'hint dropped prompt_cache_key',
  ];
  expected.push('hint dropped service_tier', 'hint clamped temperature', 'hint clamped frequency_penalty');
  assert.deepEqual(told.toSorted(), expected.toSorted());
});

test('what the system says stands where it stood, in a message of its own', () => {
  const { body } = send(
    chat({
      messages: [
        { role: 'developer', content: 'First.' },
        { role: 'system', content: 'Second.' },
        user,
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'Now in French.' },
        user,
      ],
    }),
  );
  assert.deepEqual(roles(body), ['system', 'user', 'assistant', 'system', 'user']);
  assert.deepEqual(
    body['messages'][0].content.map(({ text }: { text: string }) => text),
    ['First.', 'Second.'],
  );
});

test('an answer by a schema is asked for by it, and beside tools in words', () => {
  const schema = { type: 'object', properties: { z: {}, a: {} }, required: ['z'] };
  const format = { response_format: { type: 'json_schema', json_schema: { name: 'Answer', schema } } };
  const { body } = send(chat({ messages: [user], ...format }));
  assert.equal(JSON.stringify(body['response_format'].json_schema), JSON.stringify(schema));
  const beside = send(chat({ messages: [user], ...format, tools: [tool('look')] }));
  assert.deepEqual(beside.told, ['contract approximated response_format']);
  assert.match(beside.body['messages'][0].content, /JSON Schema/);
});

test('pictures are taken by models that see, texts by all, and a PDF by none', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } };
  const pdf = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } };
  const message = (part: object): ChatRequest =>
    chat({ messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, part] }] });
  const seen = send(message(image), 'command-a-vision-07-2025');
  assert.deepEqual(seen.body['messages'][0].content[1], image);
  assert.deepEqual(send(message(image), 'command-r-plus').told, ['contract dropped messages[0].content[1]']);
  assert.deepEqual(send(message(pdf)).told, ['contract dropped messages[0].content[1]']);
  const text = claudes({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'Inside' } },
        ],
      },
    ],
  });
  assert.equal(send(text).body['messages'][0].content, 'Notes:\nInside');
});

test('a conversation that is empty, or that only its vendor keeps, is refused', () => {
  const codeOf = (request: ChatRequest): unknown => {
    try {
      return send(request);
    } catch (error) {
      return GatewayError.is(error) && error.code;
    }
  };
  assert.equal(codeOf(chat({ messages: [] })), 'CONVERSATION_EMPTY');
  assert.equal(codeOf({ ...chat({ messages: [user] }), state: { previousId: 'r' } }), 'STATE_UNSUPPORTED');
});

/** A request of the vendor's own, with something of everything. */
const own = {
  model: 'command-a-03-2025',
  messages: [
    {
      role: 'system',
      content: [
        { type: 'text', text: 'One.' },
        { type: 'text', text: 'Two.', x: 1 },
      ],
      name: 'n',
    },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'See' },
        { type: 'image_url', image_url: { url: 'data:image/PNG;charset=x;base64,iVBORw0KGgo=' } },
      ],
    },
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      tool_calls: [
        { id: 'look_1', type: 'function', function: { name: 'look', arguments: '{"a": 12345678901234567890}' } },
      ],
    },
    {
      role: 'tool',
      tool_call_id: 'look_1',
      content: [{ type: 'document', document: { id: '1', data: { temperature: 1.0 } } }],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'It is 1.' },
      ],
      citations: [{ start: 0, end: 2, text: 'It', sources: [], type: 'TEXT_CONTENT' }],
      tool_plan: '',
    },
    { role: 'system', content: 'Mid.' },
    { role: 'user', content: '' },
  ],
  tools: [
    {
      type: 'function',
      function: { name: 'look', description: 'd', parameters: { type: 'object', $x: 1 } },
      extra: true,
    },
  ],
  documents: ['d1', { id: 'd2', data: { text: 't' } }],
  citation_options: { mode: 'fast' },
  safety_mode: 'STRICT',
  response_format: { type: 'json_object', json_schema: { type: 'object' } },
  thinking: { type: 'enabled', token_budget: 99 },
  tool_choice: 'REQUIRED',
  strict_tools: true,
  p: 1,
  k: 3,
  temperature: 2,
  logprobs: true,
  stop_sequences: ['a', 'b', 'c', 'd', 'e', 'f'],
  priority: 3,
  stream: true,
};

test('a request of this dialect that is read and written is what it was, whatever it says', () => {
  const body = bodyOf(Buffer.from(JSON.stringify(own)));
  const incoming = { operation: 'chat', path: '/v2/chat', query: '', headers: new Map(), body };
  const wanted = { ...incoming, model: own.model, streamed: true, able: {} };
  const written = cohereChat.writeRequest(readRequest(incoming), wanted);
  assert.deepEqual(JSON.parse(textOf(written.body)), JSON.parse(textOf(body)));
  assert.match(textOf(written.body), /12345678901234567890/);
  assert.deepEqual(written.losses, []);
});

test('what another dialect reads of this one’s conversations has every word, call and result', () => {
  const body = bodyOf(Buffer.from(JSON.stringify(own)));
  const read = readRequest({ operation: 'chat', path: '/v2/chat', query: '', headers: new Map(), body });
  const wanted = { operation: 'chat', model: 'm', streamed: true, able: {}, headers: new Map(), query: '', path: '' };
  const text = textOf(openaiChat.writeRequest(read, wanted).body);
  for (const word of ['One.', 'Two.', 'See', 'look_1', 'temperature', 'It is 1.', 'Mid.', 'iVBORw0KGgo='])
    assert.ok(text.includes(word), word);
});
