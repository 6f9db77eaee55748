import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  RawJson,
  textBody,
  textOf,
  type Capabilities,
  type ChatRequest,
  type FunctionTool,
  type Incoming,
  type Loss,
  type Part,
  type Turn,
} from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

type Members = Record<string, unknown>;

const read = (body: Members): ChatRequest => {
  const incoming: Incoming = {
    operation: 'chat',
    path: '/v1/responses',
    query: '',
    headers: new Map(),
    body: textBody(JSON.stringify(body)),
  };
  return readRequest(incoming);
};

const write = (request: ChatRequest, able: Capabilities = {}): { body: Members; losses: readonly Loss[] } => {
  const written = writeRequest(request, {
    operation: 'chat',
    model: request.model,
    streamed: request.stream,
    able,
    headers: new Map(),
    query: '',
    path: '/v1/responses',
  });
  return { body: JSON.parse(textOf(written.body)) as Members, losses: written.losses };
};

/** A request that came in another dialect. */
const foreign = (members: Partial<ChatRequest>): ChatRequest => ({
  model: 'm',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: { 'openai-chat': {} },
  ...members,
});

const inputOf = (turns: readonly Turn[], able?: Capabilities): unknown => write(foreign({ turns }), able).body['input'];
const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
const text = (said: string): Part => ({ kind: 'text', text: said });
const call = (callId: string, argsText = '{}'): Part => ({
  kind: 'tool-call',
  callId,
  name: 'look',
  argsText,
  executedBy: 'client',
});
const result = (callId: string, ...parts: readonly Part[]): Turn => ({
  role: 'tool',
  parts: [{ kind: 'tool-result', callId, parts }],
});

test('every recorded request comes out of the canonical form as it went in', { skip }, () => {
  let count = 0;
  for (const { name, request } of fixtures({ dialect: 'openai-responses' })) {
    if (request === undefined || name === 'openai/responses-compact') continue;
    const json = JSON.parse(Buffer.from(request.body).toString('utf8')) as Members;
    assert.deepEqual(write(read(json)), { body: json, losses: [] }, name);
    count += 1;
  }
  assert.ok(count > 20);
});

/** Everything the API takes, once. */
const everything: Members = {
  model: 'm',
  instructions: 'Be brief.',
  input: [
    { role: 'system', content: 'First.' },
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Second.' }] },
    { role: 'user', content: 'Hello' },
    {
      type: 'message',
      role: 'user',
      id: 'msg_u',
      content: [
        { type: 'input_text', text: 'Look:', prompt_cache_breakpoint: { mode: 'explicit' } },
        { type: 'input_image', image_url: 'https://a.example/x.png', detail: 'high' },
        { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
        { type: 'input_image', image_url: 'data:image/svg+xml;charset=utf-8,%3Csvg/%3E', detail: 'auto' },
        { type: 'input_image', file_id: 'file_1', detail: 'low' },
        { type: 'input_file', file_url: 'https://a.example/x.pdf' },
        { type: 'input_file', file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'x.pdf' },
        { type: 'input_file', file_data: 'JVBERi0=', filename: 'y.pdf' },
        { type: 'input_file', file_id: 'file_2' },
        { type: 'input_file', file_data: 'data:image/png;base64,iVBORw0KGgo=', filename: 'z.png' },
        { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
        { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
        { type: 'input_new', value: 1 },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Thought.' }], encrypted_content: 'gAAA' },
    {
      type: 'reasoning',
      summary: [],
      content: [
        { type: 'reasoning_text', text: 'a' },
        { type: 'reasoning_text', text: 'b' },
      ],
    },
    { type: 'reasoning', id: 'rs_3', summary: [], encrypted_content: null, status: 'completed' },
    {
      type: 'message',
      role: 'assistant',
      id: 'msg_a',
      status: 'completed',
      phase: 'commentary',
      content: [
        {
          type: 'output_text',
          text: 'So:',
          annotations: [{ type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 1 }],
          logprobs: [],
        },
        { type: 'refusal', refusal: 'No.' },
      ],
    },
    { role: 'assistant', content: 'And another.' },
    {
      type: 'function_call',
      id: 'fc_1',
      call_id: 'call_1',
      name: 'look',
      arguments: '{"n": 1.0}',
      status: 'completed',
    },
    { type: 'function_call', call_id: 'call_2', name: 'look', arguments: '', namespace: 'space' },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_3', name: 'sql', input: 'SELECT 1' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'x' } },
    { type: 'function_call_output', call_id: 'call_1', output: 'one' },
    {
      type: 'function_call_output',
      id: 'fco_2',
      call_id: 'call_2',
      output: [
        { type: 'input_text', text: 'two' },
        { type: 'input_image', image_url: 'https://a.example/y.png', detail: 'auto' },
      ],
    },
    { type: 'custom_tool_call_output', call_id: 'call_3', output: 'three' },
    { type: 'function_call_output', call_id: 'call_4', output: [] },
    { type: 'item_reference', id: 'msg_9' },
    { id: 'msg_10' },
    { type: 'mcp_approval_response', approval_request_id: 'a', approve: true },
    { type: 'compaction', encrypted_content: 'gBBB' },
    { role: 'developer', content: 'In the middle.' },
    { role: 'assistant', content: '' },
    { role: 'user', content: [] },
    { role: 'somebody', content: 'else' },
    { type: 'function_call', name: 'no call_id' },
  ],
  tools: [
    {
      type: 'function',
      name: 'look',
      description: 'Looks.',
      parameters: { type: 'object', properties: { b: {}, a: {} } },
      strict: false,
    },
    { type: 'function', name: 'tried', parameters: null },
    {
      type: 'function',
      name: 'strict',
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      defer_loading: true,
    },
    {
      type: 'custom',
      name: 'sql',
      description: 'Queries.',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
    { type: 'web_search', search_context_size: 'low' },
    { type: 'namespace', name: 'space', description: 'd', tools: [{ type: 'function', name: 'f', parameters: {} }] },
    { type: 'mcp', server_label: 'l', server_url: 'https://mcp.example' },
  ],
  tool_choice: {
    type: 'allowed_tools',
    mode: 'required',
    tools: [
      { type: 'function', name: 'look' },
      { type: 'custom', name: 'sql' },
    ],
  },
  parallel_tool_calls: false,
  text: {
    format: { type: 'json_schema', name: 'n', schema: { type: 'object', properties: { z: {}, a: {} } }, strict: true },
    verbosity: 'low',
  },
  reasoning: { effort: 'low', summary: 'auto', context: 'all_turns' },
  include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
  max_output_tokens: 8,
  max_tool_calls: 3,
  temperature: 0.5,
  top_p: 0.9,
  top_logprobs: 2,
  presence_penalty: 0.1,
  metadata: { a: 'b' },
  service_tier: 'flex',
  store: false,
  background: false,
  previous_response_id: 'resp_0',
  conversation: { id: 'conv_1' },
  truncation: 'auto',
  prompt_cache_key: 'k',
  prompt_cache_retention: '24h',
  prompt_cache_options: { mode: 'explicit' },
  user: 'u',
  safety_identifier: 's',
  client_metadata: { 'x-codex': '1' },
  stream: true,
  stream_options: { include_obfuscation: false },
  moderation: null,
};

test('everything that the API takes comes out of the canonical form as it went in', () => {
  assert.deepEqual(write(read(everything)), { body: everything, losses: [] });
});

test('other ways to say the same are kept apart', () => {
  for (const more of [
    { input: 'Hello' },
    { input: [] },
    {},
    { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }] },
    { input: 'Hello', conversation: 'conv_1', tool_choice: 'none', stream: false },
    { input: 'Hello', tool_choice: { type: 'web_search' }, reasoning: { effort: 'none' } },
    {
      input: 'Hello',
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'mcp', server_label: 'l' }] },
    },
    { input: 'Hello', text: { format: { type: 'json_object' } }, tools: [], instructions: '' },
    { input: 'Hello', text: { format: { type: 'grammar', syntax: 'lark' } }, temperature: null, metadata: { a: 1 } },
  ]) {
    const body = { model: 'm', ...more };
    assert.deepEqual(write(read(body)), { body, losses: [] });
  }
});

test('the order of keys and the digits of numbers in a schema are kept', () => {
  const schema = '{"type":"object","properties":{"b":{"const":1.0},"a":{"maximum":12345678901234567890}}}';
  const body = `{"model":"m","input":"Hi","tools":[{"type":"function","name":"n","parameters":${schema},"strict":false}],"text":{"format":{"type":"json_schema","name":"f","schema":${schema}}}}`;
  const request = readRequest({ operation: 'chat', path: '', query: '', headers: new Map(), body: textBody(body) });
  const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };
  const written = textOf(writeRequest(request, wanted).body);
  assert.equal(written.split(schema).length, 3);
});

/** Puts an unknown member into the object that is the `at`th on the way through all of them. */
const withUnknown = (value: unknown, at: { left: number }, member: Members): unknown => {
  if (Array.isArray(value)) return value.map((item) => withUnknown(item, at, member));
  if (typeof value !== 'object' || value === null) return value;
  at.left -= 1;
  const mine = at.left === 0 ? member : {};
  const rest = Object.entries(value).map(([name, inner]) => [name, withUnknown(inner, at, member)] as const);
  return { ...Object.fromEntries(rest), ...mine };
};

test('a field that nobody knows survives, wherever it stands', () => {
  const unknown = fc.record({ x_unknown: fc.jsonValue() }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 95 }), unknown, (left, member) => {
      const body = withUnknown(everything, { left }, member) as Members;
      assert.deepEqual(write(read(body)).body, JSON.parse(JSON.stringify(body)));
    }),
    { numRuns: 200 },
  );
});

test('whether a tool is strict is always said between dialects that take silence differently', () => {
  const tool = (parameters: unknown, strict?: boolean): FunctionTool | undefined => {
    const [found] = read({
      model: 'm',
      input: '',
      tools: [{ type: 'function', name: 'n', parameters, ...(strict !== undefined && { strict }) }],
    }).tools;
    return found?.kind === 'function' ? found : undefined;
  };
  const closed = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  assert.equal(tool(closed)?.strict, true);
  assert.equal(tool({ ...closed, required: [] })?.strict, false);
  assert.equal(tool(closed, false)?.strict, false);
  const schema = new RawJson('{"type":"object"}', { type: 'object' });
  const [chat, none] = write(
    foreign({
      tools: [
        { kind: 'function', name: 'n', schema },
        { kind: 'function', name: 'none' },
      ],
    }),
  ).body['tools'] as Members[];
  assert.deepEqual(chat, { type: 'function', name: 'n', parameters: { type: 'object' }, strict: false });
  assert.deepEqual(none?.['parameters'], { type: 'object', properties: {} });
});

test('a request of another dialect stores nothing, and asks for sealed thinking where it thinks', () => {
  const { body, losses } = write(foreign({ reasoning: { mode: 'on', effort: 'high' } }));
  assert.deepEqual(body, {
    model: 'm',
    input: [{ role: 'user', content: 'Hello' }],
    include: ['reasoning.encrypted_content'],
    reasoning: { effort: 'high' },
    store: false,
  });
  assert.deepEqual(losses, []);
  assert.equal('include' in write(foreign({})).body, false);
});

test('system and developer texts keep their place and their role', () => {
  const instructions: ChatRequest['instructions'] = [
    { kind: 'text', text: 'One.', role: 'system' },
    { kind: 'text', text: 'Two.', role: 'developer' },
  ];
  const middle: Turn = { role: 'instruction', parts: [{ kind: 'text', text: 'Three.', role: 'system' }] };
  const request = foreign({
    instructions,
    turns: [user(text('Hi')), assistant(text('Yes?')), middle, user(text('Go on.'))],
  });
  const said = (able: Capabilities): unknown[] =>
    (write(request, able).body['input'] as Members[]).map(({ role, content }) => [role, content]);
  assert.deepEqual(said({}), [
    ['system', 'One.'],
    ['developer', 'Two.'],
    ['user', 'Hi'],
    ['assistant', 'Yes?'],
    ['system', 'Three.'],
    ['user', 'Go on.'],
  ]);
  assert.deepEqual(
    said({ systemRole: 'developer' }).map((item) => (item as string[])[0]),
    ['developer', 'developer', 'user', 'assistant', 'developer', 'user'],
  );
});

test('every choice of a tool has its word', () => {
  const tools: ChatRequest['tools'] = [
    { kind: 'function', name: 'a' },
    { kind: 'custom', name: 'b' },
  ];
  const choice = (toolChoice: NonNullable<ChatRequest['toolChoice']>): unknown =>
    write(foreign({ tools, toolChoice })).body['tool_choice'];
  assert.equal(choice({ mode: 'auto' }), 'auto');
  assert.equal(choice({ mode: 'none' }), 'none');
  assert.equal(choice({ mode: 'required' }), 'required');
  assert.deepEqual(choice({ mode: 'named', name: 'a' }), { type: 'function', name: 'a' });
  assert.deepEqual(choice({ mode: 'named', name: 'b', custom: true }), { type: 'custom', name: 'b' });
  assert.deepEqual(choice({ mode: 'allowed', names: ['a', 'b'], required: true }), {
    type: 'allowed_tools',
    mode: 'required',
    tools: [
      { type: 'function', name: 'a' },
      { type: 'custom', name: 'b' },
    ],
  });
});

test('what the API cannot do is a loss of a contract, and what it need not do one of a hint', () => {
  const lost = (members: Partial<ChatRequest>, able?: Capabilities): readonly (readonly [string, boolean])[] =>
    write(foreign(members), able).losses.map(({ field, contract }) => [field, contract]);
  assert.deepEqual(lost({ output: { n: 2 } }), [['n', true]]);
  assert.deepEqual(lost({ output: { n: 1 } }), []);
  assert.deepEqual(lost({ output: { modalities: ['text', 'audio'] } }), [['modalities', true]]);
  assert.deepEqual(lost({ sampling: { stop: ['END'] } }), [['stop', true]]);
  assert.deepEqual(lost({ sampling: { logitBias: { 50256: -100 } } }), [['logit_bias', true]]);
  assert.deepEqual(lost({ sampling: { seed: 1, topK: 5, minP: 0.1, repetitionPenalty: 1.1 } }), [
    ['top_k', false],
    ['min_p', false],
    ['repetition_penalty', false],
    ['seed', false],
  ]);
  assert.deepEqual(lost({ sampling: { presencePenalty: 1, frequencyPenalty: 0 } }), [['presence_penalty', false]]);
  assert.deepEqual(lost({ sampling: { temperature: 0.5 } }, { sampling: false }), [['temperature', true]]);
  assert.deepEqual(lost({ sampling: { temperature: 1 } }, { sampling: false }), []);
  assert.deepEqual(lost({ output: { logprobs: true } }, { logprobs: false }), [['logprobs', true]]);
  assert.deepEqual(lost({ output: { maxTokens: 5 } }), [['max_tokens', false]]);
  const schema = new RawJson('{}', {});
  assert.deepEqual(lost({ output: { format: { kind: 'schema', schema } } }, { jsonSchema: 'none' }), [
    ['response_format', true],
  ]);
  assert.deepEqual(lost({ output: { format: { kind: 'schema', schema } } }, { jsonSchema: 'json_object' }), [
    ['response_format.json_schema', true],
  ]);
  assert.deepEqual(lost({ output: { format: { kind: 'json' } } }, { jsonObject: false }), [['response_format', true]]);
  assert.deepEqual(lost({ reasoning: { mode: 'on', effort: 'low' } }, { reasoningIn: 'none' }), [['reasoning', false]]);
  assert.deepEqual(lost({ ext: { 'openai-chat': { prediction: {}, audio: { voice: 'a' }, $form: 1 } } }), [
    ['audio', true],
  ]);
  assert.deepEqual(lost({ tools: [{ kind: 'hosted', dialect: 'x', type: 'bash', json: {} }] }), [['tools[0]', true]]);
  assert.deepEqual(lost({ tools: [{ kind: 'hosted', dialect: 'x', type: 'search', search: true, json: {} }] }), [
    ['tools[0]', false],
  ]);
});

test('state towards a target that keeps none is a loss of a contract', () => {
  const state = { previous_response_id: 'resp_1', background: true, store: true, truncation: 'auto' };
  const request = read({ model: 'm', input: 'Hi', ...state });
  const { body, losses } = write(request, { state: false });
  assert.deepEqual(body, { model: 'm', input: 'Hi', store: false });
  assert.deepEqual(
    losses.map(({ field, contract }) => [field, contract]),
    ['previous_response_id', 'background', 'store', 'truncation'].map((field) => [field, true]),
  );
});

test('efforts and budgets of thinking become each other', () => {
  const effort = (reasoning: NonNullable<ChatRequest['reasoning']>, able?: Capabilities): unknown =>
    (write(foreign({ reasoning }), able).body['reasoning'] as Members | undefined)?.['effort'];
  assert.equal(effort({ mode: 'off' }), 'none');
  assert.equal(effort({ mode: 'off' }, { efforts: ['minimal', 'low'] }), 'minimal');
  for (const known of ['minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'new']) {
    assert.equal(effort({ mode: 'on', effort: known }), known);
  }
  assert.equal(effort({ mode: 'on', effort: 'xhigh' }, { efforts: ['low', 'medium', 'high'] }), 'high');
  assert.equal(effort({ mode: 'on', budgetTokens: 2000 }), 'low');
  assert.equal(effort({ mode: 'on', budgetTokens: 30_000 }), 'max');
  assert.equal(effort({ mode: 'auto' }), undefined);
  const shown = write(foreign({ reasoning: { mode: 'on', effort: 'low', visible: 'full' } })).body['reasoning'];
  assert.deepEqual(shown, { effort: 'low', summary: 'auto' });
});

test('calls and results of another dialect keep together, whatever their ids', () => {
  const long = `call_${'x'.repeat(90)}`;
  const turns = [
    user(text('Hi')),
    assistant(call(long), call('toolu_1'), call('')),
    result(long, text('a')),
    result('toolu_1', text('b')),
    result('', text('c')),
  ];
  const items = inputOf(turns) as Members[];
  const ids = (type: string): unknown[] => items.filter((item) => item['type'] === type).map((item) => item['call_id']);
  assert.deepEqual(ids('function_call'), ids('function_call_output'));
  assert.equal(ids('function_call')[1], 'toolu_1');
  for (const id of ids('function_call')) assert.match(String(id), /^.{1,64}$/);
  assert.deepEqual(inputOf(turns), items);
});

test('empty arguments of a call become an empty object, and broken ones stay as they are', () => {
  const items = inputOf([assistant(call('a', ''), call('b', '{"x":')), result('a'), result('b')]) as Members[];
  assert.deepEqual(
    items.slice(0, 2).map((item) => item['arguments']),
    ['{}', '{"x":'],
  );
});

test('a result that failed says so in words', () => {
  const failed = (said: string): Turn => ({
    role: 'tool',
    parts: [{ kind: 'tool-result', callId: 'a', parts: [text(said)], isError: true }],
  });
  const output = (said: string): unknown => (inputOf([assistant(call('a')), failed(said)]) as Members[])[1]?.['output'];
  assert.equal(output('No such file.'), 'Error: No such file.');
  assert.equal(output('Error: 404'), 'Error: 404');
});

test('a call without its result is said to be interrupted, and a result without its call is the client’s words', () => {
  const { body, losses } = write(
    foreign({
      turns: [
        user(text('Hi')),
        assistant(call('a'), call('b')),
        result('b', text('B')),
        result('z', text('Z')),
        user(text('Go on.')),
      ],
    }),
  );
  assert.deepEqual(
    (body['input'] as Members[]).map((item) => item['call_id'] ?? item['role']),
    ['user', 'a', 'b', 'a', 'b', 'user', 'user'],
  );
  assert.match(String((body['input'] as Members[])[3]?.['output']), /interrupted/);
  assert.deepEqual((body['input'] as Members[])[5]?.['content'], 'Z');
  assert.ok(losses.every(({ contract }) => !contract));
  assert.ok(losses.length > 0);
});

test('thinking goes back only to whom it came from', () => {
  const thought = (dialect: string): Part => ({
    kind: 'reasoning',
    text: 'Hmm',
    seal: { origin: { dialect }, form: 'signature', value: 'sig' },
  });
  const { body, losses } = write(foreign({ turns: [assistant(thought('anthropic-messages'), text('Hi'))] }));
  assert.deepEqual(body['input'], [{ role: 'assistant', content: 'Hi' }]);
  assert.deepEqual(
    losses.map(({ contract }) => contract),
    [false],
  );
  const own = read({ model: 'm', input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' }] });
  assert.deepEqual((write(own).body['input'] as Members[])[0]?.['encrypted_content'], 'gAAA');
  const plain: Part = { kind: 'reasoning', text: 'Hmm' };
  assert.deepEqual(inputOf([assistant(plain)]), []);
  assert.deepEqual(inputOf([assistant(plain)], { reasoningReplay: 'accepted' }), [
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hmm' }] },
  ]);
});

test('media of another dialect stands where the API takes it', () => {
  const image: Part = { kind: 'media', mediaType: 'image/png', data: { base64: 'iVBORw0KGgo=' } };
  const unnamed: Part = { kind: 'media', mediaType: 'image/*', data: { base64: '/9j/4AAQ' } };
  const pdf: Part = { kind: 'media', mediaType: 'application/pdf', data: { base64: 'JVBERi0=' } };
  const page: Part = { kind: 'media', mediaType: 'text/plain', data: { text: 'Words.' } };
  const [message] = inputOf([user(image, unnamed, pdf, page)]) as Members[];
  assert.deepEqual(message?.['content'], [
    { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
    { type: 'input_image', image_url: 'data:image/jpeg;base64,/9j/4AAQ', detail: 'auto' },
    { type: 'input_file', filename: 'file.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
    { type: 'input_text', text: 'Words.' },
  ]);
  const lost = (part: Part, able: Capabilities = {}): readonly Loss[] =>
    write(foreign({ turns: [user(text('a'), part)] }), able).losses;
  assert.deepEqual(
    lost(image, { images: false }).map(({ contract }) => contract),
    [true],
  );
  assert.deepEqual(
    lost(pdf, { files: false }).map(({ contract }) => contract),
    [true],
  );
  const audio: Part = { kind: 'media', mediaType: 'audio/wav', data: { base64: 'UklGRg==' } };
  assert.deepEqual(
    lost(audio).map(({ contract }) => contract),
    [true],
  );
  assert.deepEqual(lost(audio, { audio: true }), []);
  // What the chat dialect of the same provider cannot take by address, this one can.
  const byAddress: Part = { kind: 'media', mediaType: 'application/pdf', data: { url: 'https://a.example/x.pdf' } };
  assert.deepEqual(lost(byAddress, { fileUrls: false }), []);
});

test('a body that is no request is refused', () => {
  for (const body of ['[]', '"x"', '{"model":', '']) {
    const incoming = { operation: 'chat', path: '', query: '', headers: new Map(), body: textBody(body) };
    assert.throws(() => readRequest(incoming), { code: 'BODY_INVALID' });
  }
});
