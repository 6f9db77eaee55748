import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, type ChatRequest, GatewayError, type Part, textOf } from '@tapgate/core';
import * as fc from 'fast-check';
import { readRequest } from './read-request.ts';
import { tagOf } from './seal-tag.ts';
import { writeRequest } from './write-request.ts';

function read(body: unknown): ChatRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readRequest({
    operation: 'chat',
    path: '/v1/messages',
    query: '',
    headers: new Map(),
    body: bodyOf(Buffer.from(text)),
  });
}

function back(request: ChatRequest, streamed = request.stream): string {
  const wanted = {
    operation: 'chat',
    model: request.model,
    streamed,
    able: {},
    headers: new Map(),
    query: '',
    path: '',
  };
  return textOf(writeRequest(request, wanted).body);
}

/** One message of the user, and its parts. */
const partsOf = (...content: object[]): readonly Part[] =>
  read({ model: 'm', messages: [{ role: 'user', content }] }).turns.flatMap(({ parts }) => parts);

/** About what an agent sends, with every kind of block and setting. */
const agentic = {
  model: 'claude-opus-4-8',
  max_tokens: 32_000,
  system: [
    { type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
    { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
  ],
  tools: [
    {
      name: 'Bash',
      description: '',
      input_schema: { type: 'object', properties: { b: {}, '1': {} } },
      defer_loading: true,
      cache_control: { type: 'ephemeral' },
    },
    { type: 'custom', name: 'Read', input_schema: { type: 'object' }, strict: false, eager_input_streaming: null },
    { type: 'web_search_20250305', name: 'web_search', max_uses: null },
    { type: 'mcp_toolset', mcp_server_name: 'x', default_config: { enabled: true } },
  ],
  tool_choice: { type: 'auto', disable_parallel_tool_use: false },
  thinking: { type: 'adaptive', display: 'omitted' },
  output_config: { effort: 'high', task_budget: { type: 'tokens', total: 5 } },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  metadata: { user_id: '{"session_id":"s-1"}', other: 1 },
  mcp_servers: [{ type: 'url', url: 'https://a.example', name: 'x' }],
  container: { id: 'c', skills: [] },
  service_tier: 'auto',
  stop_sequences: ['END'],
  inference_geo: 'eu',
  speed: 'fast',
  stream: true,
  messages: [
    { role: 'user', content: 'Hi' },
    {
      role: 'user',
      content: [
        {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo' },
          transformations: { oversized_image: 'error' },
        },
        { type: 'image', source: { type: 'url', url: 'https://a.example/i.png' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0' },
          title: 'A',
          context: 'c',
          citations: { enabled: true },
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' }, title: null },
        {
          type: 'document',
          source: {
            type: 'content',
            content: [
              { type: 'text', text: 'one' },
              { type: 'text', text: 'two' },
            ],
          },
        },
        {
          type: 'document',
          source: { type: 'file', file_id: 'file_1' },
          cache_control: { type: 'ephemeral', ttl: '5m' },
        },
        {
          type: 'search_result',
          source: 'https://b.example',
          title: 'B',
          content: [{ type: 'text', text: 'found' }],
          citations: { enabled: true },
        },
        { type: 'container_upload', file_id: 'f' },
        { type: 'text', text: 'What?', cache_control: null },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'Eqk=' },
        { type: 'redacted_thinking', data: 'Evg' },
        {
          type: 'text',
          text: 'I look.',
          citations: [
            {
              type: 'char_location',
              cited_text: 'w',
              document_index: 0,
              start_char_index: 0,
              end_char_index: 1,
              document_title: null,
            },
          ],
        },
        {
          type: 'server_tool_use',
          id: 'srvtoolu_1',
          name: 'web_search',
          input: { query: 'q' },
          caller: { type: 'direct' },
        },
        {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [{ type: 'web_search_result', url: 'u', encrypted_content: 'e' }],
        },
        { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'ask', server_name: 'x', input: {} },
        { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false, content: [{ type: 'text', text: 'r' }] },
        { type: 'compaction', content: 'sum', signature: null },
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'Bash',
          input: { b: 1, a: [2] },
          cache_control: { type: 'ephemeral' },
        },
        { type: 'tool_use', id: 'toolu_2', name: 'Read', input: {}, caller: { type: 'direct' }, toolset_name: null },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [
            { type: 'text', text: 'out' },
            { type: 'image', source: { type: 'url', url: 'u' } },
            { type: 'tool_reference', tool_name: 't' },
          ],
          is_error: true,
        },
        { type: 'tool_result', tool_use_id: 'toolu_2' },
        { type: 'text', text: 'go on' },
        { type: 'tool_result', tool_use_id: 'toolu_3', content: 'late' },
      ],
    },
    {
      role: 'system',
      content: [
        { type: 'text', text: 'Now be long.' },
        { type: 'tool_removal', tool: { name: 'x' } },
      ],
      clear_at: 'never',
    },
    { role: 'assistant', content: [] },
  ],
};

test('a request with every kind of block and setting is written back as it was', () => {
  assert.deepEqual(JSON.parse(back(read(agentic))), agentic);
});

test('what other dialects need of it has canonical words', () => {
  const request = read(agentic);
  assert.deepEqual(
    request.instructions.map((part) => part.cache),
    [{ ttl: '1h' }, {}],
  );
  assert.deepEqual(
    request.turns.map(({ role }) => role),
    ['user', 'user', 'assistant', 'tool', 'user', 'tool', 'instruction', 'assistant'],
  );
  assert.deepEqual(
    request.turns.map(({ path }) => path),
    [0, 1, 2, 3, 3, 3, 4, 5].map((index) => `messages[${index}]`),
  );
  assert.deepEqual(
    request.tools.map(({ kind }) => kind),
    ['function', 'function', 'hosted', 'hosted'],
  );
  assert.deepEqual(request.reasoning, { mode: 'auto', visible: 'none', effort: 'high' });
  assert.deepEqual([request.toolChoice, request.parallelTools], [{ mode: 'auto' }, true]);
  assert.deepEqual(
    [request.output.maxTokens, request.sampling.stop, request.user],
    [32_000, ['END'], { id: '{"session_id":"s-1"}' }],
  );
  const kinds = request.turns[2]?.parts.map((part) => part.kind);
  assert.deepEqual(kinds, [
    'reasoning',
    'reasoning',
    'text',
    'tool-call',
    'opaque',
    'tool-call',
    'opaque',
    'opaque',
    'tool-call',
    'tool-call',
  ]);
  const calls = request.turns[2]?.parts.filter((part) => part.kind === 'tool-call') ?? [];
  assert.deepEqual(
    calls.map(({ executedBy, argsText }) => [executedBy, argsText]),
    [
      ['provider', '{"query":"q"}'],
      ['provider', '{}'],
      ['client', '{"b":1,"a":[2]}'],
      ['client', '{}'],
    ],
  );
  assert.deepEqual(
    request.turns[3]?.parts.map((part) => part.kind === 'tool-result' && [part.isError, part.parts.length]),
    [
      [true, 3],
      [undefined, 0],
    ],
  );
});

test('fields that an answer is as good without are kept apart, so that no other dialect need refuse them', () => {
  const own = read(agentic).ext['anthropic-messages'] ?? {};
  assert.deepEqual(Object.keys(own['$hints'] ?? {}).toSorted(), [
    'context_management',
    'metadata',
    'output_config',
    'speed',
  ]);
  assert.deepEqual(
    Object.keys(own)
      .filter((name) => !name.startsWith('$'))
      .toSorted(),
    ['container', 'inference_geo', 'mcp_servers'],
  );
});

test('a system prompt and a thinking of every form is written back as it was', () => {
  const base = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'x' }], stream: false };
  for (const more of [
    { system: 'Be brief.' },
    { system: [{ type: 'text', text: 'x' }] },
    { thinking: { type: 'enabled', budget_tokens: 1024 } },
    { thinking: { type: 'enabled', budget_tokens: 1024, display: 'summarized' } },
    { thinking: { type: 'disabled' } },
    { thinking: { type: 'between_tools' } },
    { thinking: { type: 'adaptive', display: null } },
    { thinking: null },
    { output_config: { effort: 'max' } },
    { output_config: { effort: null, format: null } },
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    { thinking: { type: 'between_tools' }, output_config: { effort: 'low' } },
    { tool_choice: { type: 'any', new_field: 1 }, tools: [{ name: 'a', input_schema: { type: 'object' } }] },
    { cache_control: { type: 'ephemeral', ttl: '1h' } },
    { cache_control: null, temperature: 0, top_p: 1, top_k: 5, service_tier: null, metadata: {} },
    { metadata: { user_id: null } },
  ]) {
    assert.deepEqual(JSON.parse(back(read({ ...base, ...more }))), { ...base, ...more });
  }
});

/** Every object within a value, the outer ones first. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

test('unknown fields at every level survive', () => {
  const places = fc.nat(objectsIn(agentic).length - 1);
  fc.assert(
    fc.property(places, fc.stringMatching(/^x_[a-z]{1,8}$/), fc.jsonValue(), (at, name, value) => {
      const body = structuredClone(agentic);
      Object.assign(objectsIn(body)[at] ?? {}, { [name]: value });
      const expected: unknown = JSON.parse(JSON.stringify(body));
      assert.deepEqual(JSON.parse(back(read(body))), expected);
    }),
    { numRuns: 300 },
  );
});

test('arguments and schemas keep their text: order, digits and white space', () => {
  const input = '{ "z": 1.0, "1": 12345678901234567890, "a": "\\u00e9" }';
  const body = `{"model":"m","max_tokens":1,"tools":[{"name":"f","input_schema":${input}}],"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":${input}}]}]}`;
  const request = read(body);
  assert.equal(request.turns[0]?.parts[0]?.kind === 'tool-call' && request.turns[0].parts[0].argsText, input);
  assert.equal(back(request).split(input).length, 3);
});

test('a text document and a search result that a plugin changed are sent as changed', () => {
  const request = read({
    model: 'm',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'my name is Ada' }] } },
          { type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'Ada again' }] },
        ],
      },
    ],
  });
  const masked = JSON.stringify(request).replaceAll('Ada', 'NAME');
  const notes = JSON.parse(masked) as ChatRequest;
  const edited = {
    ...request,
    turns: request.turns.map((turn, at) => ({
      ...turn,
      parts: turn.parts.map((part, index) => {
        const changed = notes.turns[at]?.parts[index];
        return part.kind === 'media' && changed?.kind === 'media' ? { ...part, data: changed.data } : part;
      }),
    })),
  };
  assert.equal(back(edited).includes('Ada'), false);
});

test('a foreign seal comes back from its tag, with its summaries as one item', () => {
  const origin = { dialect: 'openai-responses', provider: 'openai' };
  const seal = { origin, form: 'encrypted' as const, value: 'gAAA' };
  const turns = read({
    model: 'm',
    messages: [
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'first', signature: tagOf({ itemId: 'rs_1', summary: true }) },
          { type: 'thinking', thinking: 'second', signature: tagOf({ itemId: 'rs_1', summary: true, seal }) },
          { type: 'tool_use', id: 'a', name: 'f', input: {} },
          { type: 'redacted_thinking', data: tagOf({ seal: { ...seal, form: 'signature' }, previous: true }) },
        ],
      },
    ],
  }).turns;
  assert.deepEqual(turns[0]?.parts, [
    { kind: 'reasoning', summary: ['first', 'second'], itemId: 'rs_1', seal },
    {
      kind: 'tool-call',
      callId: 'a',
      name: 'f',
      argsText: '{}',
      executedBy: 'client',
      seal: { ...seal, form: 'signature' },
    },
  ]);
});

test('a source of another vendor’s search is known by its address and not given to this one', () => {
  const citation = {
    type: 'web_search_result_location',
    url: 'https://a.example',
    title: 'T',
    cited_text: '',
    encrypted_index: '~tapgate:',
  };
  const request = read({
    model: 'm',
    messages: [{ role: 'assistant', content: [{ type: 'text', text: 'x', citations: [citation] }] }],
  });
  const [part] = request.turns[0]?.parts ?? [];
  assert.deepEqual(part?.kind === 'text' && part.citations, [{ url: 'https://a.example', title: 'T', text: '' }]);
  assert.equal(back(request).includes('~tapgate:'), false);
});

test('an id that was made legal for the client is the provider’s own again', () => {
  const parts = partsOf({ type: 'tool_result', tool_use_id: 'tapgate__functions_2elook_3a0', content: 'x' });
  assert.equal(parts[0]?.kind === 'tool-result' && parts[0].callId, 'functions.look:0');
});

test('what is no request is refused with a sentence', () => {
  const refused = (body: string): GatewayError => {
    try {
      read(body);
    } catch (error) {
      assert.ok(GatewayError.is(error));
      return error;
    }
    throw new assert.AssertionError({ message: 'not refused' });
  };
  assert.equal(refused('{"a"').code, 'BODY_INVALID');
  assert.equal(refused('[]').code, 'BODY_INVALID');
  assert.equal(refused(`{"messages":${'['.repeat(300)}${']'.repeat(300)}}`).code, 'BODY_TOO_DEEP');
  assert.equal(refused('{"messages":["x"]}').param, 'messages[0]');
});
