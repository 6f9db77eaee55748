import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GatewayError,
  RawJson,
  readJson,
  textBody,
  textOf,
  type Capabilities,
  type ChatRequest,
  type FunctionTool,
  type Loss,
  type Part,
  type ToolChoice,
  type Turn,
} from '@tapgate/core';
import { geminiAbilities } from '../gemini-abilities.ts';
import { googleGenerate } from '../google-generate.ts';

const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'm',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
  ...more,
});

interface Written {
  readonly body: Record<string, any>;
  readonly losses: readonly Loss[];
  readonly path: string;
}

function write(of: Partial<ChatRequest>, able: Capabilities = {}, streamed = false): Written {
  const wanted = {
    operation: 'chat',
    model: 'gemini',
    streamed,
    able,
    headers: new Map(),
    query: '',
    path: '/v1/chat/completions',
  };
  const { body, losses, path } = googleGenerate.writeRequest(request(of), wanted);
  return { body: JSON.parse(textOf(body)) as Record<string, any>, losses, path };
}

function read(body: object, path = '/v1beta/models/m:generateContent'): ChatRequest {
  return googleGenerate.readRequest({
    operation: 'chat',
    path,
    query: '',
    headers: new Map(),
    body: textBody(JSON.stringify(body)),
  });
}

const text = (said: string): Part => ({ kind: 'text', text: said });
const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
const tool = (...parts: readonly Part[]): Turn => ({ role: 'tool', parts });
const call = (callId: string, name: string, argsText = '{}'): Part => ({
  kind: 'tool-call',
  callId,
  name,
  argsText,
  executedBy: 'client',
});
const result = (callId: string, said: string): Part => ({ kind: 'tool-result', callId, parts: [text(said)] });
const raw = (schema: object): RawJson => new RawJson(JSON.stringify(schema), readJson(JSON.stringify(schema)));
const weather: FunctionTool = { kind: 'function', name: 'weather', schema: raw({ type: 'object', properties: {} }) };
const fields = (losses: readonly Loss[]): readonly string[] => losses.map(({ field }) => field);
const roles = (body: Record<string, any>): readonly string[] =>
  body['contents'].map((content: Record<string, any>) => content['role']);

test('results are one content right behind their calls, in the order of the calls, before what was said in between', () => {
  const turns = [
    user(text('Both?')),
    assistant(call('a', 'first'), call('b', 'second')),
    user(text('Hurry.')),
    tool(result('b', 'two')),
    tool(result('a', 'one')),
  ];
  const { contents } = write({ turns }).body;
  assert.deepEqual(contents.slice(2), [
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'a', name: 'first', response: { output: 'one' } } },
        { functionResponse: { id: 'b', name: 'second', response: { output: 'two' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'Hurry.' }] },
  ]);
});

test('a call that nobody answered gets an answer, and a result without its call is told in words', () => {
  const { body, losses } = write({
    turns: [user(text('Go')), assistant(call('a', 'first')), user(text('Stop')), tool(result('x', 'late'))],
  });
  const [, , answers, said] = body['contents'];
  assert.equal(answers.parts[0].functionResponse.id, 'a');
  assert.match(answers.parts[0].functionResponse.response.error, /interrupted/);
  assert.deepEqual(said.parts, [{ text: '[Result of a tool]\nlate' }, { text: 'Stop' }]);
  assert.deepEqual(losses.map(({ how }) => how).toSorted(), ['approximated', 'synthesised']);
  assert.ok(losses.every(({ contract }) => !contract));
});

test('arguments that are empty are an empty object, and broken ones are refused by their place', () => {
  for (const empty of ['', ' ', 'null']) {
    const { contents } = write({
      turns: [user(text('Go')), assistant(call('a', 'first', empty)), tool(result('a', 'ok'))],
    }).body;
    assert.deepEqual(contents[1].parts[0].functionCall.args, {}, empty);
  }
  for (const broken of ['{"a":', '[1]', '"text"', '1']) {
    const turns = [
      user(text('Go')),
      { ...assistant(text('So'), call('a', 'f', '{}'), call('b', 'g', broken)), path: 'messages[1]' },
    ];
    assert.throws(
      () => write({ turns }),
      (error) => GatewayError.is(error) && error.status === 400 && error.param === 'messages[1].tool_calls[1]',
    );
  }
});

test('arguments keep their digits and the order of their keys', () => {
  const argsText = '{"b": 1.0, "1": 12345678901234567890, "a": 1e3}';
  const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };
  const turns = [user(text('Go')), assistant(call('a', 'f', argsText)), tool(result('a', 'ok'))];
  assert.ok(textOf(googleGenerate.writeRequest(request({ turns }), wanted).body).includes(argsText));
});

test('instructions between the turns keep their place, once, and never speak for the model', () => {
  const instructions = [{ kind: 'text' as const, text: 'Be brief.', role: 'system' as const }];
  const later: Turn = { role: 'instruction', parts: [text('Now be long.')] };
  const { body, losses } = write({
    instructions,
    turns: [user(text('Hi')), assistant(text('Yes')), later, user(text('Go'))],
  });
  assert.deepEqual(body['systemInstruction'], { parts: [{ text: 'Be brief.' }] });
  assert.deepEqual(roles(body), ['user', 'model', 'user']);
  assert.deepEqual(body['contents'][2].parts, [{ text: '<system>\nNow be long.\n</system>' }, { text: 'Go' }]);
  assert.equal(JSON.stringify(body).split('Now be long.').length, 2);
  assert.deepEqual(
    losses.map(({ how, contract }) => [how, contract]),
    [['approximated', false]],
  );
  const open = write({ instructions, turns: [user(text('Hi'))] }, geminiAbilities('gemma-3-27b-it')).body;
  assert.equal(open['systemInstruction'], undefined);
  assert.deepEqual(open['contents'], [
    { role: 'user', parts: [{ text: '<system>\nBe brief.\n</system>' }, { text: 'Hi' }] },
  ]);
});

test('a conversation begins with the user, and an empty one is refused', () => {
  assert.deepEqual(roles(write({ turns: [assistant(text('Welcome')), user(text('Hi'))] }).body), [
    'user',
    'model',
    'user',
  ]);
  for (const turns of [[], [user()], [user(text(''))]]) {
    assert.throws(
      () => write({ turns }),
      (error) => GatewayError.is(error) && error.code === 'CONVERSATION_EMPTY' && error.status === 400,
    );
  }
});

test('a begun answer is a contract that newer models do not take', () => {
  const turns = [user(text('Hi')), assistant(text('I think'))];
  assert.deepEqual(write({ turns }, geminiAbilities('gemini-2.5-pro')).losses, []);
  const [loss] = write({ turns }, geminiAbilities('gemini-3.6-flash')).losses;
  assert.equal(loss?.contract, true);
  assert.deepEqual(roles(write({ turns }, geminiAbilities('gemini-3.6-flash')).body), ['user']);
});

test('each tool choice has its mode, and none of them forces a call that was not wanted', () => {
  const choices: readonly (readonly [ToolChoice, object])[] = [
    [{ mode: 'auto' }, { mode: 'AUTO' }],
    [{ mode: 'none' }, { mode: 'NONE' }],
    [{ mode: 'required' }, { mode: 'ANY' }],
    [
      { mode: 'named', name: 'weather' },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
    [
      { mode: 'allowed', names: ['weather', 'b'], required: true },
      { mode: 'ANY', allowedFunctionNames: ['weather', 'b'] },
    ],
    [
      { mode: 'allowed', names: ['weather'], required: false },
      { mode: 'VALIDATED', allowedFunctionNames: ['weather'] },
    ],
  ];
  for (const [toolChoice, expected] of choices) {
    const { body, losses } = write({ tools: [weather], toolChoice });
    assert.deepEqual(body['toolConfig'], { functionCallingConfig: expected });
    assert.deepEqual(losses, []);
    assert.deepEqual(read(body).toolChoice, toolChoice);
  }
  const hosted = write({ tools: [weather], toolChoice: { mode: 'hosted', dialect: 'openai-responses', json: {} } });
  assert.equal(hosted.losses[0]?.contract, true);
});

test('a schema goes in the field that takes it as it is, or is put into words that the model knows', () => {
  const schema = raw({
    $schema: 'x',
    type: 'object',
    properties: { b: { const: 'x' }, a: { type: ['string', 'null'] } },
    additionalProperties: false,
  });
  const tools: FunctionTool[] = [{ kind: 'function', name: 'f', schema }];
  const [modern] = write({ tools }).body['tools'][0].functionDeclarations;
  assert.deepEqual(modern.parametersJsonSchema, schema.value);
  assert.equal(modern.parameters, undefined);
  const { body, losses } = write({ tools }, geminiAbilities('gemini-2.0-flash'));
  const [old] = body['tools'][0].functionDeclarations;
  assert.equal(old.parametersJsonSchema, undefined);
  assert.deepEqual(old.parameters, {
    type: 'OBJECT',
    properties: { b: { type: 'STRING', enum: ['x'] }, a: { nullable: true, type: 'STRING' } },
  });
  assert.deepEqual(fields(losses), ['tools[0].parameters.additionalProperties']);
});

test('a schema that leads back to itself is refused by its JSON path where references are unknown', () => {
  const tree = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
  const tools: FunctionTool[] = [{ kind: 'function', name: 'f', schema: raw(tree) }];
  assert.deepEqual(write({ tools }).losses, []);
  const losses = write({ tools }, { jsonSchemaField: 'openapi' }).losses.filter(({ contract }) => contract);
  assert.deepEqual(fields(losses), ['tools[0].parameters.properties.children.items.properties.children.items.$ref']);
});

test('tools that a vendor runs are mapped where both have them, and named where not', () => {
  const search = {
    kind: 'hosted',
    dialect: 'openai-responses',
    type: 'web_search',
    search: true,
    json: { type: 'web_search' },
  } as const;
  assert.deepEqual(write({ tools: [search, weather] }).body['tools'][0], { googleSearch: {} });
  const limited = { ...search, json: { type: 'web_search', filters: { allowed_domains: ['a.example'] } } };
  assert.deepEqual(fields(write({ tools: [limited] }).losses.filter(({ contract }) => contract)), ['tools[0].filters']);
  const shell = { kind: 'hosted', dialect: 'openai-responses', type: 'shell', json: { type: 'shell' } } as const;
  const { body, losses } = write({ tools: [weather, shell] });
  assert.deepEqual(
    losses.map(({ field, contract }) => [field, contract]),
    [['tools[1]', true]],
  );
  assert.equal(body['tools'].length, 1);
});

test('a tool with free text becomes a function of one text, in history too', () => {
  const turns = [
    user(text('Go')),
    assistant({ ...(call('a', 'grep', 'needle') as object), custom: true } as Part),
    tool(result('a', 'found')),
  ];
  const { body, losses } = write({ tools: [{ kind: 'custom', name: 'grep' }], turns });
  assert.deepEqual(body['contents'][1].parts[0].functionCall.args, { input: 'needle' });
  assert.equal(body['tools'][0].functionDeclarations[0].parametersJsonSchema.required[0], 'input');
  assert.deepEqual(
    losses.map(({ how, contract }) => [how, contract]),
    [['approximated', false]],
  );
});

test('what another vendor sealed is not sent, its text stays, and calls that need a signature get the dummy', () => {
  const seal = { origin: { dialect: 'anthropic-messages' }, form: 'signature' as const, value: 'secret' };
  const turns = [
    user(text('Go')),
    assistant({ kind: 'reasoning', text: 'Hm.', seal }, call('a', 'f'), call('b', 'g')),
    tool(result('a', '1'), result('b', '2')),
  ];
  const plain = write({ turns }, geminiAbilities('gemini-2.5-pro'));
  assert.doesNotMatch(JSON.stringify(plain.body), /secret|skip_thought/);
  assert.deepEqual(plain.body['contents'][1].parts[0], { text: 'Hm.', thought: true });
  assert.deepEqual(
    plain.losses.map(({ field, contract }) => [field, contract]),
    [['signature', false]],
  );
  const signed = write({ turns }, geminiAbilities('gemini-3.1-pro-preview'));
  const signatures = signed.body['contents'][1].parts.map((part: Record<string, any>) => part['thoughtSignature']);
  assert.deepEqual(signatures, [undefined, 'skip_thought_signature_validator', undefined]);
});

test('a signature of this vendor goes back on the part it came on, or on the call behind the thought that carried it', () => {
  const seal = { origin: { dialect: 'google-generate', provider: 'google' }, form: 'signature' as const, value: 'own' };
  const onCall = write({
    turns: [user(text('Go')), assistant({ ...(call('a', 'f') as object), seal } as Part), tool(result('a', '1'))],
  });
  assert.equal(onCall.body['contents'][1].parts[0].thoughtSignature, 'own');
  const carried = write({
    turns: [user(text('Go')), assistant({ kind: 'reasoning', seal }, call('a', 'f')), tool(result('a', '1'))],
  });
  assert.deepEqual(carried.body['contents'][1].parts, [
    { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'own' },
  ]);
  assert.deepEqual(carried.losses, []);
});

test('settings that change the answer are contracts, wishes are hints, and each is told', () => {
  const { losses, body } = write({
    sampling: { temperature: 3, seed: 2 ** 40, logitBias: { '1': 2 }, minP: 0.1, stop: ['a', 'b', 'c', 'd', 'e', 'f'] },
    output: { n: 2, logprobs: true, topLogprobs: 2, verbosity: 'low' },
    parallelTools: false,
    caching: { key: 'k' },
    user: { id: 'u' },
    metadata: { a: 'b' },
    state: { previousId: 'resp_1', store: true },
    ext: { 'openai-chat': { prediction: { type: 'content' }, mcp_servers: [{ url: 'https://a' }] } },
  });
  const contracts = losses.filter(({ contract }) => contract);
  assert.deepEqual(fields(contracts).toSorted(), ['logit_bias', 'mcp_servers', 'previous_response_id', 'stop']);
  const hints = fields(losses.filter(({ contract }) => !contract));
  for (const field of [
    'temperature',
    'seed',
    'min_p',
    'verbosity',
    'parallel_tool_calls',
    'prompt_cache_key',
    'user',
    'metadata',
    'store',
    'prediction',
  ]) {
    assert.ok(hints.includes(field), field);
  }
  assert.deepEqual(body['generationConfig'], {
    temperature: 2,
    stopSequences: ['a', 'b', 'c', 'd', 'e'],
    candidateCount: 2,
    responseLogprobs: true,
    logprobs: 2,
  });
});

test('a cache mark is dropped and told once, wherever it stands', () => {
  const mark = { cache: { ttl: '1h' } };
  const turns = [user({ kind: 'text', text: 'Hi', ...mark })];
  const { losses } = write({ turns, tools: [{ ...weather, ...mark }] });
  assert.deepEqual(fields(losses), ['cache_control']);
});

test('an answer in a schema is asked for natively, and refused beside tools where a model cannot do both', () => {
  const schema = raw({ type: 'object', properties: { a: { type: 'string' } } });
  const output = { format: { kind: 'schema' as const, schema, name: 'n', strict: true } };
  const { body, losses } = write({ output, tools: [weather] }, geminiAbilities('gemini-3-flash-preview'));
  assert.deepEqual(body['generationConfig'], {
    responseMimeType: 'application/json',
    responseJsonSchema: schema.value,
  });
  assert.deepEqual(losses, []);
  const old = write({ output, tools: [weather] }, geminiAbilities('gemini-2.5-flash'));
  assert.deepEqual(
    old.losses.map(({ field, contract }) => [field, contract]),
    [['response_format', true]],
  );
});

test('a PDF, a picture without a type and a text file are bytes; what another vendor keeps is refused', () => {
  const parts: Part[] = [
    { kind: 'media', mediaType: 'application/pdf', data: { base64: 'JVBERi0x' }, name: 'a.pdf' },
    { kind: 'media', mediaType: 'image/*', data: { base64: 'iVBORw0KGgo=' } },
    { kind: 'media', mediaType: 'text/markdown', data: { text: '# Hi' } },
    { kind: 'media', mediaType: 'image/*', data: { url: 'https://a.example/b.webp?x=1' } },
    { kind: 'media', mediaType: 'image/*', data: { url: 'https://a.example/c' } },
  ];
  const { body, losses } = write({ turns: [user(...parts)] });
  assert.deepEqual(body['contents'][0].parts, [
    { inlineData: { mimeType: 'application/pdf', data: 'JVBERi0x', displayName: 'a.pdf' } },
    { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
    { inlineData: { mimeType: 'text/markdown', data: 'IyBIaQ==' } },
    { fileData: { mimeType: 'image/webp', fileUri: 'https://a.example/b.webp?x=1' } },
    { fileData: { mimeType: 'image/jpeg', fileUri: 'https://a.example/c' } },
  ]);
  assert.deepEqual(
    losses.map(({ how }) => how),
    ['approximated'],
  );
  const kept = write({
    turns: [user(text('See'), { kind: 'media', mediaType: 'image/*', data: { fileId: 'file-1' } })],
  });
  assert.deepEqual(
    kept.losses.map(({ field, contract }) => [field, contract]),
    [['messages[0].content[1]', true]],
  );
});

test('a picture in a result goes inside it, or follows it where a model takes none there', () => {
  const picture: Part = { kind: 'media', mediaType: 'image/png', data: { base64: 'AA==' } };
  const turns = [
    user(text('Go')),
    assistant(call('a', 'shot')),
    tool({ kind: 'tool-result', callId: 'a', parts: [text('Here'), picture] }),
  ];
  const inside = write({ turns }, geminiAbilities('gemini-3-flash-preview'));
  assert.deepEqual(inside.body['contents'][2].parts[0].functionResponse.parts, [
    { inlineData: { mimeType: 'image/png', data: 'AA==' } },
  ]);
  assert.ok(!fields(inside.losses).some((field) => field.startsWith('messages[2]')));
  const beside = write({ turns }, geminiAbilities('gemini-2.5-flash'));
  assert.deepEqual(beside.body['contents'][3].parts[1], { inlineData: { mimeType: 'image/png', data: 'AA==' } });
  assert.equal(beside.losses[0]?.how, 'approximated');
});

test('names that the API does not take are rewritten, everywhere alike', () => {
  const name = '1/fetch page';
  const turns = [user(text('Go')), assistant(call('a', name)), tool(result('a', 'ok'))];
  const { body } = write({ tools: [{ ...weather, name }], toolChoice: { mode: 'named', name }, turns });
  const written = body['tools'][0].functionDeclarations[0].name as string;
  assert.match(written, /^[A-Za-z_][\w.:-]*$/);
  assert.equal(body['contents'][1].parts[0].functionCall.name, written);
  assert.equal(body['contents'][2].parts[0].functionResponse.name, written);
  assert.equal(body['toolConfig'].functionCallingConfig.allowedFunctionNames[0], written);
});

test('a stream is asked for by method and query', () => {
  assert.equal(write({}, {}, true).path, '/models/gemini:streamGenerateContent?alt=sse');
  assert.equal(write({}).path, '/models/gemini:generateContent');
});

test('calls without ids are known by their place, the same in every turn, and go back without', () => {
  const contents = [
    { role: 'user', parts: [{ text: 'Go' }] },
    {
      role: 'model',
      parts: [
        { functionCall: { name: 'f', args: {} } },
        { functionCall: { name: 'g', args: {} } },
        { functionCall: { name: 'f', args: {} } },
      ],
    },
    {
      role: 'function',
      parts: [
        { functionResponse: { name: 'f', response: { a: 1 } } },
        { functionResponse: { name: 'f', response: { a: 2 } } },
        { functionResponse: { name: 'g', response: { output: 'x' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'And?' }] },
  ];
  const first = read({ contents: contents.slice(0, 3) });
  const later = read({ contents });
  const ids = (of: ChatRequest, kind: string): readonly string[] =>
    of.turns.flatMap(({ parts }) =>
      parts.filter((part) => part.kind === kind).map((part) => (part as { callId: string }).callId),
    );
  assert.deepEqual(ids(first, 'tool-call'), ids(later, 'tool-call'));
  const [one, two, three] = ids(later, 'tool-call');
  assert.deepEqual(ids(later, 'tool-result'), [one, three, two]);
  const { body } = write({ turns: later.turns });
  assert.deepEqual(body['contents'][1], contents[1]);
  const answered = body['contents'][2].parts.map((part: Record<string, any>) => part['functionResponse']);
  assert.deepEqual(answered, [
    { name: 'f', response: { a: 1 } },
    { name: 'g', response: { output: 'x' } },
    { name: 'f', response: { a: 2 } },
  ]);
});

test('results and words in one content stay in one content', () => {
  const contents = [
    { role: 'user', parts: [{ text: 'Go' }] },
    { role: 'model', parts: [{ functionCall: { id: 'a', name: 'f', args: {} } }] },
    {
      role: 'user',
      parts: [{ functionResponse: { id: 'a', name: 'f', response: { error: 'no' } } }, { text: 'Try again.' }],
    },
  ];
  const canonical = read({ contents });
  assert.deepEqual(
    canonical.turns.map(({ role }) => role),
    ['user', 'assistant', 'tool', 'user'],
  );
  const answered = canonical.turns[2]?.parts[0];
  assert.equal(answered?.kind === 'tool-result' && answered.isError, true);
  assert.deepEqual(write({ turns: canonical.turns }).body['contents'], contents);
});

test('a result that is only an output or an error is its text, any other the JSON it is, and each goes back as it came', () => {
  const responses: readonly (readonly [response: object, said: string, isError: boolean | undefined])[] = [
    [{ output: 'sunny' }, 'sunny', undefined],
    [{ error: 'no such city' }, 'no such city', true],
    [{ result: 'sunny' }, '{"result":"sunny"}', undefined],
    [{ output: { a: 1 } }, '{"output":{"a":1}}', undefined],
    [{ output: '{"a":1}' }, '{"output":"{\\"a\\":1}"}', undefined],
    [{ error: { code: 1 } }, '{"error":{"code":1}}', true],
    [{}, '{}', undefined],
  ];
  for (const [response, said, isError] of responses) {
    const contents = [
      { role: 'user', parts: [{ text: 'Go' }] },
      { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'f', response } }] },
    ];
    const { turns } = read({ contents });
    const part = turns[2]?.parts[0];
    assert.ok(part?.kind === 'tool-result');
    assert.deepEqual([part.parts, part.isError], [[{ kind: 'text', text: said }], isError]);
    assert.deepEqual(write({ turns }).body['contents'], contents);
  }
});

test('snake case and camel case say the same', () => {
  const snake = read({
    system_instruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      {
        role: 'user',
        parts: [
          { inline_data: { mime_type: 'image/png', data: 'AA==' } },
          { file_data: { file_uri: 'gs://b/c', mime_type: 'video/mp4' } },
        ],
      },
    ],
    tools: { function_declarations: [{ name: 'f', parameters_json_schema: { type: 'object' } }] },
    tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
    generation_config: {
      max_output_tokens: 5,
      stop_sequences: ['x'],
      thinking_config: { include_thoughts: true, thinking_budget: 7 },
    },
    service_tier: 'flex',
  });
  const camel = read({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    contents: [
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'image/png', data: 'AA==' } },
          { fileData: { fileUri: 'gs://b/c', mimeType: 'video/mp4' } },
        ],
      },
    ],
    tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    generationConfig: {
      maxOutputTokens: 5,
      stopSequences: ['x'],
      thinkingConfig: { includeThoughts: true, thinkingBudget: 7 },
    },
    serviceTier: 'flex',
  });
  assert.deepEqual(snake, camel);
  assert.equal(camel.output.maxTokens, 5);
  assert.deepEqual(camel.reasoning, { mode: 'on', budgetTokens: 7, visible: 'summary' });
});
