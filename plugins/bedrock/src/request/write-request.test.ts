import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bodyOf, type ChatRequest, type Dialect, GatewayError, textOf, type Written } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { shapeFaults } from '../service-shapes.test.ts';
import { writeRequest } from './write-request.ts';

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const nova = 'amazon.nova-pro-v1:0';
const llama = 'meta.llama3-1-70b-instruct-v1:0';
const mistral = 'mistral.mistral-large-2407-v1:0';
const gptOss = 'openai.gpt-oss-120b-1:0';

function readBy(dialect: Dialect, path: string, body: object): ChatRequest {
  const bytes = Buffer.from(JSON.stringify({ model: 'smart', ...body }));
  return dialect.readRequest({ operation: 'chat', path, query: '', headers: new Map(), body: bodyOf(bytes) });
}
const chat = (body: object): ChatRequest => readBy(openaiChat, '/v1/chat/completions', body);
const claudes = (body: object): ChatRequest => readBy(anthropicMessages, '/v1/messages', { max_tokens: 100, ...body });

interface Sent {
  readonly body: Record<string, any>;
  readonly losses: Written['losses'];
  readonly told: readonly string[];
}

function send(request: ChatRequest, model: string = claude, headers: ReadonlyMap<string, string> = new Map()): Sent {
  const wanted = { operation: 'chat', model, streamed: false, able: {}, headers, query: '', path: '' };
  const written = writeRequest(request, wanted);
  const body = JSON.parse(textOf(written.body)) as Record<string, any>;
  assert.deepEqual(shapeFaults('ConverseRequest', body), []);
  assert.equal(textOf(writeRequest(request, wanted).body), textOf(written.body), 'the same request, the same bytes');
  const told = written.losses.map(({ field, contract, how }) => `${contract ? 'contract' : 'hint'} ${how} ${field}`);
  return { body, losses: written.losses, told };
}

const user = { role: 'user', content: 'What is the weather?' };
const tool = (name: string, more: object = {}): object => ({
  type: 'function',
  function: {
    name,
    description: 'd',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    ...more,
  },
});
const call = (id: string, name = 'look', args = '{"city":"Paris"}'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const calls = (...list: object[]): object => ({ role: 'assistant', content: null, tool_calls: list });
const result = (id: string, content: unknown = 'Sunny'): object => ({ role: 'tool', tool_call_id: id, content });

test('the results of parallel calls stand together in one message, in the order of the calls, before what the user says', () => {
  const { body } = send(
    chat({
      messages: [
        user,
        calls(call('a'), call('b')),
        result('b', 'two'),
        { role: 'user', content: 'And?' },
        result('a', 'one'),
      ],
      tools: [tool('look')],
    }),
  );
  assert.equal(body['messages'].length, 3);
  const [one, two, text] = body['messages'][2].content;
  assert.deepEqual([one.toolResult.toolUseId, two.toolResult.toolUseId], ['a', 'b']);
  assert.deepEqual([one.toolResult.content, text], [[{ text: 'one' }], { text: 'And?' }]);
});

test('a call without its result is answered as interrupted, and a result without its call becomes text', () => {
  const { body, told } = send(
    chat({ messages: [user, calls(call('a'), call('b')), result('a'), result('gone', 'Rain')], tools: [tool('look')] }),
  );
  const [, second, title, text] = body['messages'][2].content;
  assert.deepEqual([second.toolResult.toolUseId, second.toolResult.status], ['b', 'error']);
  assert.match(title.text, /gone/);
  assert.equal(text.text, 'Rain');
  assert.deepEqual(told.toSorted(), ['hint approximated messages[3]', 'hint synthesised messages']);
});

test('arguments of nothing are no arguments, and broken ones are refused with their place', () => {
  for (const args of ['', ' ', 'null', '{}']) {
    const { body } = send(
      chat({ messages: [user, calls(call('a', 'look', args)), result('a')], tools: [tool('look')] }),
    );
    assert.deepEqual(body['messages'][1].content[0].toolUse.input, {});
  }
  const poisoned = chat({ messages: [user, calls(call('a', 'look', '{"city":')), result('a')], tools: [tool('look')] });
  assert.throws(
    () => send(poisoned),
    (error) => GatewayError.is(error) && error.status === 400 && error.param === 'messages[1].tool_calls[0]',
  );
});

test('ids of calls are what the target takes, pair up, and are the same in every turn', () => {
  const ids = ['call_abcdefghijklmnopqrstuvwx', 'toolu_01A', `x${'y'.repeat(89)}`, 'functions.look:0', 'é"<'];
  const request = chat({
    messages: [user, calls(...ids.map((id) => call(id))), ...ids.map((id) => result(id))],
    tools: [tool('look')],
  });
  for (const [model, rule] of [
    [claude, /^[a-zA-Z0-9_.:-]{1,64}$/],
    [mistral, /^[a-zA-Z0-9]{9}$/],
  ] as const) {
    const { body } = send(request, model);
    const asked = body['messages'][1].content.map(({ toolUse }: any) => toolUse.toolUseId);
    const answered = body['messages'][2].content.map(({ toolResult }: any) => toolResult.toolUseId);
    assert.deepEqual(answered, asked);
    assert.equal(new Set(asked).size, ids.length);
    for (const id of asked) assert.match(id, rule);
    if (model === claude) assert.deepEqual(asked.slice(0, 2), ids.slice(0, 2));
  }
});

test('two calls of one id in different turns are two calls', () => {
  const { body } = send(
    chat({
      messages: [user, calls(call('a')), result('a', 'one'), calls(call('a')), result('a', 'two')],
      tools: [tool('look')],
    }),
  );
  const ids = body['messages']
    .flatMap(({ content }: any) => content)
    .map((block: any) => (block.toolUse ?? block.toolResult)?.toolUseId);
  assert.equal(ids[1], ids[2]);
  assert.equal(ids[3], ids[4]);
  assert.notEqual(ids[1], ids[3]);
});

test('a tool’s name with letters that are not taken is rewritten everywhere, and one that is too long is told', () => {
  const { body } = send(
    chat({
      messages: [user, calls(call('a', 'mcp.server/look')), result('a')],
      tools: [tool('mcp.server/look')],
      tool_choice: { type: 'function', function: { name: 'mcp.server/look' } },
    }),
  );
  const name = body['toolConfig'].tools[0].toolSpec.name;
  assert.match(name, /^[a-zA-Z0-9_-]{1,64}$/);
  assert.equal(body['messages'][1].content[0].toolUse.name, name);
  assert.equal(body['toolConfig'].toolChoice.tool.name, name);
  const long = send(chat({ messages: [user], tools: [tool('n'.repeat(65)), tool('look')] }));
  assert.deepEqual(long.told, ['contract dropped tools[0].name']);
});

test('a choice of tools is kept, or told: a table of choices and models', () => {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    auto: { [claude]: { auto: {} }, [nova]: { auto: {} }, [mistral]: { auto: {} }, [llama]: { auto: {} } },
    required: {
      [claude]: { any: {} },
      [nova]: { any: {} },
      [mistral]: { any: {} },
      [llama]: 'contract dropped tool_choice',
    },
    named: {
      [claude]: { tool: { name: 'look' } },
      [nova]: { tool: { name: 'look' } },
      [mistral]: { any: {} },
      [llama]: 'contract dropped tool_choice',
    },
  };
  for (const [choice, models] of Object.entries(table)) {
    const said = choice === 'named' ? { type: 'function', function: { name: 'look' } } : choice;
    for (const [model, expected] of Object.entries(models)) {
      const { body, told } = send(
        chat({ messages: [user], tools: [tool('look'), tool('other')], tool_choice: said }),
        model,
      );
      if (typeof expected === 'string') assert.deepEqual(told, [expected], `${choice} ${model}`);
      else assert.deepEqual(body['toolConfig'].toolChoice, expected, `${choice} ${model}`);
      if (choice === 'named' && model === mistral) assert.equal(body['toolConfig'].tools.length, 1);
    }
  }
});

test('no tool is called where none may be, and yet a conversation with calls has their tools', () => {
  const history = [user, calls(call('a')), result('a'), user];
  const none = { tools: [tool('look')], tool_choice: 'none' };
  assert.equal(send(chat({ messages: [user], ...none })).body['toolConfig'], undefined);
  const kept = send(chat({ messages: history, ...none })).body;
  assert.deepEqual(kept['additionalModelRequestFields'], { tool_choice: { type: 'none' } });
  assert.deepEqual([kept['toolConfig'].tools.length, kept['toolConfig'].toolChoice], [1, undefined]);
  const undone = send(chat({ messages: history })).body;
  assert.equal(undone['toolConfig'].tools[0].toolSpec.name, 'look');
  assert.deepEqual(undone['additionalModelRequestFields'], { tool_choice: { type: 'none' } });
  const told = send(chat({ messages: history, ...none }), nova);
  assert.equal(told.body['toolConfig'], undefined);
  assert.equal(JSON.stringify(told.body).includes('toolUse'), false);
  assert.match(JSON.stringify(told.body), /Called look with.*Sunny/);
});

test('one call at a time is asked for in Claude’s own words, and told where it cannot be', () => {
  const request = chat({
    messages: [user],
    tools: [tool('look')],
    tool_choice: 'required',
    parallel_tool_calls: false,
  });
  const { body } = send(request);
  assert.deepEqual(body['additionalModelRequestFields'], {
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
  });
  assert.deepEqual(send(request, nova).told, ['contract dropped parallel_tool_calls']);
});

test('a tool that its vendor runs is refused by name, and never sent without one', () => {
  const { body, told } = send(
    claudes({ messages: [user], tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
  );
  assert.deepEqual(told, ['contract dropped tools[0]']);
  assert.equal(body['toolConfig'], undefined);
});

test('marks of a cache become cache points behind what they mark, with their time to live', () => {
  const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const request = claudes({
    system: [{ type: 'text', text: 'Be brief.', ...mark }],
    tools: [{ name: 'look', input_schema: { type: 'object' }, ...mark }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'look', input: {} }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: 'x', cache_control: { type: 'ephemeral' } }],
      },
    ],
  });
  const { body, told } = send(request);
  const hour = { cachePoint: { type: 'default', ttl: '1h' } };
  const plain = { cachePoint: { type: 'default' } };
  assert.deepEqual(body['system'], [{ text: 'Be brief.' }, hour]);
  assert.deepEqual(body['toolConfig'].tools[1], hour);
  assert.deepEqual(body['messages'][0].content, [{ text: 'Hi' }, plain]);
  assert.deepEqual(body['messages'][2].content[1], plain);
  assert.deepEqual(told, []);
  assert.equal(JSON.stringify(send(request, llama).body).includes('cachePoint'), false);
  assert.equal(send(request, llama).told.filter((loss) => loss.includes('cache_control')).length, 4);
});

test('of more than four marks the last ones stay, and an hour never stands behind five minutes', () => {
  const mark = (ttl?: string): object => ({ cache_control: { type: 'ephemeral', ttl } });
  const content = ['a', 'b', 'c', 'd'].map((text) => ({ type: 'text', text, ...mark(text === 'd' ? '1h' : '5m') }));
  const system = [
    { type: 'text', text: 's', ...mark('1h') },
    { type: 'text', text: 't', ...mark('5m') },
  ];
  const { body } = send(claudes({ system, messages: [{ role: 'user', content }] }));
  const points = [...body['system'], ...body['messages'][0].content].filter((block: object) => 'cachePoint' in block);
  assert.deepEqual(
    points.map(({ cachePoint }: any) => cachePoint.ttl),
    ['5m', '5m', '5m', undefined],
  );
});

test('thinking that this place signed goes back byte for byte, and no other vendor’s goes anywhere', () => {
  const turns = (dialect: string, model?: string): ChatRequest['turns'] => [
    { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
    {
      role: 'assistant',
      parts: [
        {
          kind: 'reasoning',
          text: 'Hm.',
          seal: { origin: { dialect, ...(model && { model }) }, form: 'signature', value: 'c2ln+/=' },
        },
        { kind: 'reasoning', seal: { origin: { dialect, ...(model && { model }) }, form: 'redacted', value: 'AAAA' } },
        { kind: 'text', text: 'Hello' },
      ],
    },
    { role: 'user', parts: [{ kind: 'text', text: 'Go on' }] },
  ];
  const base = chat({ messages: [user] });
  const own = send({ ...base, turns: turns('bedrock-converse', claude) });
  assert.deepEqual(own.body['messages'][1].content.slice(0, 2), [
    { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln+/=' } } },
    { reasoningContent: { redactedContent: 'AAAA' } },
  ]);
  for (const [request, model] of [
    [turns('bedrock-converse', claude), nova],
    [turns('google-generate'), claude],
    [turns('openai-responses'), claude],
  ] as const) {
    const { body, told } = send({ ...base, turns: request }, model);
    assert.equal(JSON.stringify(body).includes('c2ln'), false);
    assert.deepEqual(body['messages'][1].content, [{ text: 'Hello' }]);
    assert.equal(told.length, 2);
  }
});

test('own thinking that a client of another dialect kept as a summary goes back as the thinking it is', () => {
  const origin = { dialect: 'bedrock-converse', model: claude };
  const { body } = send({
    ...chat({ messages: [user] }),
    turns: [
      { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', summary: ['Hm.'], seal: { origin, form: 'signature', value: 'c2ln' } },
          { kind: 'text', text: 'Hello' },
        ],
      },
      { role: 'user', parts: [{ kind: 'text', text: 'Go on' }] },
    ],
  });
  assert.deepEqual(body['messages'][1].content[0], {
    reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } },
  });
});

test('effort is said in the words of each model, and never crashes', () => {
  for (const effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh']) {
    const request = chat({ messages: [user], reasoning_effort: effort });
    for (const model of [
      claude,
      nova,
      llama,
      gptOss,
      'amazon.nova-2-lite-v1:0',
      'us.anthropic.claude-opus-4-7-v1:0',
      'x.y',
    ])
      send(request, model);
  }
  const request = chat({ messages: [user], reasoning_effort: 'medium', max_completion_tokens: 20_000 });
  const fields = (model: string): unknown => send(request, model).body['additionalModelRequestFields'];
  assert.deepEqual(fields(claude), { thinking: { type: 'enabled', budget_tokens: 8192 } });
  assert.deepEqual(fields('us.anthropic.claude-opus-4-7-v1:0'), {
    thinking: { type: 'adaptive' },
    output_config: { effort: 'medium' },
  });
  assert.deepEqual(fields(gptOss), { reasoning_effort: 'medium' });
  assert.deepEqual(fields('us.amazon.nova-2-lite-v1:0'), {
    reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
  });
  assert.deepEqual(send(request, llama).told, ['hint dropped reasoning_effort']);
});

test('a limit of tokens leaves room beside thinking, and none is made up where nobody thinks', () => {
  assert.equal(send(chat({ messages: [user] })).body['inferenceConfig'], undefined);
  const { body } = send(chat({ messages: [user], reasoning_effort: 'low' }));
  assert.ok(body['inferenceConfig'].maxTokens > 2048);
  const small = send(chat({ messages: [user], reasoning_effort: 'high', max_tokens: 500 }));
  assert.equal(small.body['additionalModelRequestFields'], undefined);
  assert.deepEqual(small.told, ['hint dropped reasoning_effort']);
  for (const name of ['max_tokens', 'max_completion_tokens'])
    assert.equal(send(chat({ messages: [user], [name]: 7 })).body['inferenceConfig'].maxTokens, 7);
});

test('no field of another vendor reaches Bedrock, and each that was left out is told', () => {
  const { body, told } = send(
    chat({
      messages: [user],
      seed: 7,
      user: 'u',
      metadata: { a: 'b' },
      prompt_cache_key: 'k',
      frequency_penalty: 1,
      service_tier: 'scale',
      n: 2,
      logprobs: true,
      logit_bias: { 1: 2 },
      temperature: 1.5,
      top_p: 0.5,
    }),
    nova,
  );
  assert.deepEqual(Object.keys(body), ['messages', 'inferenceConfig']);
  assert.deepEqual(body['inferenceConfig'], { temperature: 1, topP: 0.5 });
  const expected = [
    'contract dropped n',
    'contract dropped logprobs',
    'contract dropped logit_bias',
    'hint dropped seed',
  ];
  expected.push('hint dropped frequency_penalty', 'hint dropped metadata', 'hint dropped user');
  expected.push('hint dropped prompt_cache_key', 'hint dropped service_tier', 'hint clamped temperature');
  assert.deepEqual(told.toSorted(), expected.toSorted());
});

test('a model that takes no sampling is not sent any, and a default that is left out is no loss of meaning', () => {
  const newest = 'us.anthropic.claude-opus-4-7-v1:0';
  assert.deepEqual(send(chat({ messages: [user], temperature: 0.2 }), newest).told, ['contract dropped temperature']);
  assert.deepEqual(send(chat({ messages: [user], temperature: 1 }), newest).told, ['hint dropped temperature']);
  assert.deepEqual(send(chat({ messages: [user], temperature: 0.2, top_p: 0.5 })).told, ['contract dropped top_p']);
});

test('what the system says in the middle is in the conversation once, where it stood, and never the assistant’s', () => {
  const { body, told } = send(
    chat({
      messages: [
        { role: 'system', content: 'First.' },
        user,
        { role: 'assistant', content: 'Hello' },
        { role: 'system', content: 'Now in French.' },
        { role: 'user', content: 'Again' },
      ],
    }),
  );
  assert.deepEqual(body['system'], [{ text: 'First.' }]);
  assert.deepEqual(body['messages'].at(-1), {
    role: 'user',
    content: [{ text: '<system>\nNow in French.\n</system>' }, { text: 'Again' }],
  });
  assert.deepEqual(told, ['hint approximated messages[3]']);
  const without = send(
    chat({ messages: [{ role: 'system', content: 'First.' }, user] }),
    'amazon.titan-text-express-v1',
  );
  assert.equal(without.body['system'], undefined);
  assert.equal(without.body['messages'][0].content[0].text, '<system>\nFirst.\n</system>');
});

test('an answer by a schema is asked for by the schema as it was written', () => {
  const schema = { type: 'object', properties: { z: { type: 'string' }, a: { const: 1 } }, required: ['z'] };
  const format = { type: 'json_schema', json_schema: { name: 'Answer', strict: true, schema } };
  const { body } = send(chat({ messages: [user], response_format: format }));
  const { jsonSchema } = body['outputConfig'].textFormat.structure;
  assert.deepEqual([jsonSchema.name, jsonSchema.schema], ['Answer', JSON.stringify(schema)]);
  const nova1 = send(chat({ messages: [user], response_format: format }), nova);
  assert.deepEqual(nova1.told, ['contract approximated response_format']);
  assert.match(nova1.body['system'][0].text, /JSON Schema/);
});

test('a PDF is a document with a lawful name of its own and a text beside it, and an image by address is refused', () => {
  const file = (name: string): object => ({
    type: 'file',
    file: { filename: name, file_data: 'data:application/pdf;base64,JVBERi0=' },
  });
  const { body } = send(chat({ messages: [{ role: 'user', content: [file('a_b.pdf'), file('a.b.pdf')] }] }));
  const [one, two, text] = body['messages'][0].content;
  assert.deepEqual([one.document.name, two.document.name], ['a-b-pdf', 'a-b-pdf (2)']);
  assert.equal(one.document.source.bytes, 'JVBERi0=');
  assert.equal(typeof text.text, 'string');
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
  const refused = send(chat({ messages: [{ role: 'user', content: [{ type: 'text', text: 'See' }, image] }] }));
  assert.deepEqual(refused.told, ['contract dropped messages[0].content[1]']);
  const micro = send(
    chat({ messages: [{ role: 'user', content: [file('a'), { type: 'text', text: 'See' }] }] }),
    'amazon.nova-micro-v1:0',
  );
  assert.deepEqual(micro.told, ['contract dropped messages[0].content[0]']);
});

test('no blank text is sent: not in a message, not in a result, and a picture is what its bytes are', () => {
  const png = `data:image/jpeg;base64,iVBORw0KGgo=`;
  const { body } = send(
    chat({
      messages: [
        { role: 'system', content: ' ' },
        {
          role: 'user',
          content: [
            { type: 'text', text: ' ' },
            { type: 'image_url', image_url: { url: png } },
          ],
        },
        { role: 'assistant', content: '', tool_calls: [call('a')] },
        result('a', ''),
      ],
      tools: [tool('look', { description: '' })],
    }),
  );
  assert.equal(body['system'], undefined);
  assert.deepEqual(body['messages'][0].content, [{ image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }]);
  assert.equal(body['messages'][1].content.length, 1);
  assert.match(body['messages'][2].content[0].toolResult.content[0].text, /\S/);
  assert.equal('description' in body['toolConfig'].tools[0].toolSpec, false);
});

test('an answer that was begun is gone on with only where a model does that', () => {
  const begun = [user, { role: 'assistant', content: 'It is ' }];
  assert.deepEqual(send(chat({ messages: begun })).body['messages'][1].content, [{ text: 'It is' }]);
  assert.deepEqual(send(chat({ messages: begun }), llama).told, ['contract dropped messages[1]']);
});

test('neighbours of one role are one message, and a conversation that the assistant begins is begun for it', () => {
  const { body } = send(chat({ messages: [{ role: 'assistant', content: 'Hello' }, user, user] }));
  assert.deepEqual(
    body['messages'].map(({ role, content }: any) => [role, content.length]),
    [
      ['user', 1],
      ['assistant', 1],
      ['user', 2],
    ],
  );
  assert.throws(
    () => send(chat({ messages: [] })),
    (error) => GatewayError.is(error) && error.code === 'CONVERSATION_EMPTY',
  );
});

test('a conversation that only its vendor keeps is refused', () => {
  const request = { ...chat({ messages: [user] }), state: { previousId: 'resp_1' } };
  assert.throws(
    () => send(request),
    (error) => GatewayError.is(error) && error.code === 'STATE_UNSUPPORTED',
  );
});

test('which stop sequence it was is asked for where the model can tell', () => {
  const request = chat({ messages: [user], stop: ['END', ' '] });
  const { body, told } = send(request);
  assert.deepEqual(body['inferenceConfig'].stopSequences, ['END']);
  assert.deepEqual(body['additionalModelResponseFieldPaths'], ['/stop_sequence']);
  assert.deepEqual(told, ['contract dropped stop']);
  assert.equal(send(request, nova).body['additionalModelResponseFieldPaths'], undefined);
});
