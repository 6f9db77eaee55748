import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytesOf, RawJson, type Capabilities, type ChatRequest, type Turn } from '@tapgate/core';
import { openaiChat } from '../openai-chat.ts';
import { asked, canonical, incoming, translated, wanted } from '../sample.test.ts';

const user = { role: 'user', content: 'hi' };
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
const fields = (losses: readonly { field: string; contract: boolean; how: string }[]): string[] =>
  losses.map(({ field, contract, how }) => `${field} ${how}${contract ? '!' : ''}`);

test('schemas and arguments keep every character, whatever their digits and the order of their keys', () => {
  const schema = '{"type":"object", "properties":{"b":{},"1":{}},"maximum":12345678901234567890,"multipleOf":1.0}';
  const args = '{"b": 1.0,"a":12345678901234567890}';
  const body = `{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":${JSON.stringify(args)}}}]}],"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":${schema}}}}`;
  const written = openaiChat.writeRequest(openaiChat.readRequest(incoming(body)), wanted());
  const text = Buffer.from(bytesOf(written.body)).toString('utf8');
  assert.equal(text.split(schema).length, 3);
  assert.ok(text.includes(JSON.stringify(args)));
});

test('arguments that are no JSON stay the text they are, and none at all are an empty object', () => {
  for (const [args, expected] of [
    ['{"cut', '{"cut'],
    ['', '{}'],
    ['null', 'null'],
  ]) {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: args } };
    const { json } = translated({ messages: [user, { role: 'assistant', content: null, tool_calls: [call] }] });
    assert.equal(json.messages[1].tool_calls[0].function.arguments, expected);
  }
});

test('a field that nobody knows survives at every level', () => {
  const extra = fc.dictionary(
    fc.constantFrom('x_a', 'x_b', 'x c'),
    fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.boolean())),
  );
  fc.assert(
    fc.property(extra, extra, extra, extra, extra, (top, message, part, ofTool, ofFunction) => {
      const body = {
        ...top,
        messages: [
          {
            role: 'user',
            ...message,
            content: [
              { type: 'text', text: 'a', ...part },
              { type: 'image_url', image_url: { url: 'https://x', ...part } },
            ],
          },
        ],
        tools: [{ ...tool, ...ofTool, function: { ...tool.function, ...ofFunction } }],
      };
      const { json } = translated(body);
      assert.deepEqual(json, JSON.parse(JSON.stringify({ model: 'the-model', stream: false, ...body })));
    }),
    { numRuns: 100 },
  );
});

test('names on messages are kept', () => {
  const messages = [
    { role: 'system', content: 's', name: 'a' },
    { role: 'user', content: 'u', name: 'b' },
  ];
  assert.deepEqual(translated({ messages }).json.messages, messages);
});

test('system and developer messages keep role, order and boundaries; the target may say which role it knows', () => {
  const messages = [
    { role: 'system', content: 'one' },
    { role: 'system', content: 'two' },
    { role: 'developer', content: 'three' },
    user,
    { role: 'assistant', content: 'a' },
    { role: 'system', content: 'late' },
    user,
  ];
  assert.deepEqual(translated({ messages }).json.messages, messages);
  const roles = (able: Capabilities): string[] =>
    translated({ messages }, able).json.messages.map(({ role }: any) => role);
  assert.deepEqual(
    roles({ systemRole: 'system' }).filter((role) => role === 'developer'),
    [],
  );
  assert.deepEqual(
    roles({ systemRole: 'developer' }).filter((role) => role === 'system'),
    [],
  );
  const strict = translated({ messages }, { midSystem: false });
  assert.deepEqual(strict.json.messages[5], { role: 'user', content: '<system>\nlate\n</system>' });
  assert.deepEqual(fields(strict.losses), ['messages[5] approximated']);
});

test('system blocks of another dialect are one message of as many parts', () => {
  const instructions = ['one', 'two'].map((text) => ({ kind: 'text' as const, text }));
  assert.deepEqual(asked(canonical({ instructions })).json.messages, [
    { role: 'system', content: instructions.map(({ text }) => ({ type: 'text', text })) },
  ]);
  assert.deepEqual(asked(canonical({ instructions }), { contentForm: 'string' }).json.messages, [
    { role: 'system', content: 'one\ntwo' },
  ]);
});

test('results of tools stand right behind their calls, before what the user says', () => {
  const calls = ['a', 'b'].map((callId) => ({
    kind: 'tool-call' as const,
    callId,
    name: 'f',
    argsText: '{}',
    executedBy: 'client' as const,
  }));
  const result = (callId: string) => ({
    kind: 'tool-result' as const,
    callId,
    parts: [{ kind: 'text' as const, text: callId }],
  });
  const turns: Turn[] = [
    { role: 'assistant', parts: calls },
    { role: 'user', parts: [result('a'), { kind: 'text', text: 'and?' }] },
    { role: 'user', parts: [result('b')] },
  ];
  const { json } = asked(canonical({ turns }));
  assert.deepEqual(
    json.messages.map(({ role, content }: any) => `${role} ${content}`),
    ['assistant null', 'tool a', 'tool b', 'user and?'],
  );
});

test('ids of calls that the target does not take are replaced alike in every turn, and calls keep their results', () => {
  const ids = ['call_abcdefghijklmnopqrstuvwx', 'toolu_01A', 'x'.repeat(90), 'a:b', 'fine12345'];
  const messages = ids.flatMap((id) => [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: id, content: 'r' },
  ]);
  for (const toolIdPattern of ['^[a-zA-Z0-9]{9}$', '^[a-zA-Z0-9_-]{1,40}$']) {
    const pattern = new RegExp(toolIdPattern);
    const once = translated({ messages }, { toolIdPattern }).json.messages;
    assert.deepEqual(translated({ messages: messages.slice(0, 4) }, { toolIdPattern }).json.messages, once.slice(0, 4));
    const made = once.flatMap((message: any) => message.tool_calls?.map((call: any) => call.id) ?? []);
    assert.ok(
      made.every((id: string) => pattern.test(id)),
      String(made),
    );
    assert.equal(new Set(made).size, ids.length);
    assert.deepEqual(
      once.filter(({ role }: any) => role === 'tool').map((message: any) => message.tool_call_id),
      made,
    );
    assert.equal(made.at(-1), 'fine12345');
  }
});

test('calls and results without ids belong together by their order', () => {
  const turns: Turn[] = [
    {
      role: 'assistant',
      parts: ['f', 'g'].map((name) => ({ kind: 'tool-call', callId: '', name, argsText: '{}', executedBy: 'client' })),
    },
    {
      role: 'tool',
      parts: [1, 2].map((of) => ({ kind: 'tool-result', callId: '', parts: [{ kind: 'text', text: `${of}` }] })),
    },
  ];
  const { json } = asked(canonical({ turns }));
  const ids = json.messages[0].tool_calls.map(({ id }: any) => id);
  assert.deepEqual(ids, ['call_0_0', 'call_0_1']);
  assert.deepEqual(
    json.messages.slice(1).map((message: any) => message.tool_call_id),
    ids,
  );
});

test('a choice of tools is said as the target can be told, or refused', () => {
  const choice = (tool_choice: unknown, toolChoice?: readonly string[], more: object[] = []): unknown => {
    const tools = [tool, { type: 'function', function: { name: 'g' } }];
    const { json, losses } = translated(
      { messages: [user, ...more], tools, tool_choice },
      toolChoice === undefined ? {} : { toolChoice },
    );
    return [json.tool_choice, json.tools?.length, ...fields(losses)];
  };
  const named = { type: 'function', function: { name: 'f' } };
  const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named] } };
  const called = {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  for (const given of ['auto', 'none', 'required', named, allowed]) assert.deepEqual(choice(given), [given, 2]);
  assert.deepEqual(choice('any'), ['required', 2]);
  assert.deepEqual(choice('required', ['auto', 'any']), ['any', 2]);
  assert.deepEqual(choice('required', ['auto']), [undefined, 2, 'tool_choice dropped!']);
  assert.deepEqual(choice('none', ['auto']), [undefined, undefined]);
  assert.deepEqual(choice('none', ['auto'], [called]), [undefined, 2, 'tool_choice dropped!']);
  assert.deepEqual(choice(named, ['auto', 'required']), ['required', 1, 'tool_choice approximated']);
  assert.deepEqual(choice(named, ['auto']), [undefined, 2, 'tool_choice dropped!']);
  assert.deepEqual(choice(allowed, ['auto', 'required']), ['required', 1, 'tool_choice approximated']);
});

test('parallel calls that cannot be switched off are refused only where the client wants them off', () => {
  for (const [parallel_tool_calls, expected] of [
    [false, ['parallel_tool_calls dropped!']],
    [true, []],
  ] as const) {
    const { losses } = translated({ messages: [user], tools: [tool], parallel_tool_calls }, { parallelTools: false });
    assert.deepEqual(fields(losses), expected);
  }
});

test('a tool of another vendor is mapped or named, and never a function without a name', () => {
  const tools: ChatRequest['tools'] = [
    { kind: 'hosted', dialect: 'openai-responses', type: 'web_search', search: true, json: { type: 'web_search' } },
    { kind: 'function', name: 'f' },
  ];
  const refused = asked(canonical({ tools }));
  assert.deepEqual(fields(refused.losses), ['tools.web_search dropped!']);
  assert.deepEqual(refused.json.tools, [{ type: 'function', function: { name: 'f' } }]);
  const mapped = asked(canonical({ tools }), { webSearch: true });
  assert.deepEqual([mapped.json.web_search_options, fields(mapped.losses)], [{}, ['tools.web_search approximated']]);
});

test('a custom tool is a function with one text where only functions are known, in the history too', () => {
  const tools = [{ type: 'custom', custom: { name: 'patch', format: { type: 'text' } } }];
  const call = { id: 'c', type: 'custom', custom: { name: 'patch', input: '*** "x"' } };
  const messages = [user, { role: 'assistant', content: null, tool_calls: [call] }];
  const same = translated({ messages, tools });
  assert.deepEqual([same.json.tools, same.json.messages[1].tool_calls], [tools, [call]]);
  const { json, losses } = translated({ messages, tools }, { customTools: false });
  assert.deepEqual(json.tools[0].function.parameters.required, ['input']);
  assert.deepEqual(json.messages[1].tool_calls[0].function, { name: 'patch', arguments: '{"input":"*** \\"x\\""}' });
  assert.deepEqual(fields(losses), ['tools[0].custom approximated']);
});

test('functions of the form before tools are tools, and their results find their calls', () => {
  const messages = [
    user,
    { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
    { role: 'function', name: 'f', content: 'r' },
  ];
  const { json } = translated({
    messages,
    functions: [{ name: 'f', parameters: { type: 'object' } }],
    function_call: { name: 'f' },
  });
  assert.deepEqual(json.tools, [tool]);
  assert.deepEqual(json.tool_choice, { type: 'function', function: { name: 'f' } });
  const [call] = json.messages[1].tool_calls;
  assert.deepEqual(call.function, { name: 'f', arguments: '{"x":1}' });
  assert.deepEqual(json.messages[2], { role: 'tool', tool_call_id: call.id, content: 'r', name: 'f' });
  assert.equal(json.functions, undefined);
});

test('the limit of tokens goes under the one name the target knows, whichever the client used', () => {
  for (const given of ['max_tokens', 'max_completion_tokens']) {
    for (const maxTokensField of ['max_tokens', 'max_completion_tokens', undefined]) {
      const { json } = translated(
        { messages: [user], [given]: 9 },
        maxTokensField === undefined ? {} : { maxTokensField },
      );
      const names = Object.keys(json).filter((name) => name.startsWith('max_'));
      assert.deepEqual([names, json[names[0] ?? '']], [[maxTokensField ?? given], 9]);
    }
  }
});

test('what changes the meaning is a contract, and what does not is a hint', () => {
  const body = {
    messages: [user],
    tools: [tool],
    n: 2,
    logprobs: true,
    logit_bias: { 1: 2 },
    stop: ['a', 'b'],
    temperature: 0.5,
    seed: 1,
    presence_penalty: 1,
    verbosity: 'low',
    modalities: ['text', 'audio'],
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
  };
  const none: Capabilities = {
    tools: false,
    n: 1,
    logprobs: false,
    logitBias: false,
    stop: false,
    sampling: false,
    seed: false,
    penalties: false,
    verbosity: false,
    modalities: false,
    jsonSchema: 'none',
  };
  const { json, losses } = translated(body, none);
  assert.deepEqual(fields(losses).toSorted(), [
    'logit_bias dropped!',
    'logprobs dropped!',
    'modalities dropped!',
    'n dropped!',
    'presence_penalty dropped',
    'response_format dropped!',
    'seed dropped',
    'stop dropped!',
    'temperature dropped!',
    'tools dropped!',
    'verbosity dropped',
  ]);
  assert.deepEqual(Object.keys(json).toSorted(), ['messages', 'model', 'stream']);
  assert.deepEqual(translated(body).losses, []);
});

test('a model that takes no temperature is not told its own default, and that is no loss', () => {
  const { json, losses } = translated({ messages: [user], temperature: 1, top_p: 1 }, { sampling: false });
  assert.deepEqual([json.temperature, json.top_p, losses], [undefined, undefined, []]);
});

test('a temperature that is too high is lowered, never scaled', () => {
  const { json, losses } = translated({ messages: [user], temperature: 1.5 }, { temperatureMax: 1 });
  assert.deepEqual([json.temperature, fields(losses)], [1, ['temperature clamped']]);
});

test('a schema is asked for in the form the target knows', () => {
  const response_format = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } };
  assert.deepEqual(translated({ messages: [user], response_format }).json.response_format, response_format);
  assert.deepEqual(translated({ messages: [user], response_format }, { jsonSchema: 'guided_json' }).json.guided_json, {
    type: 'object',
  });
  const looser = translated({ messages: [user], response_format }, { jsonSchema: 'json_object' });
  assert.deepEqual(
    [looser.json.response_format, fields(looser.losses)],
    [{ type: 'json_object' }, ['response_format.json_schema approximated!']],
  );
});

test('how much to think is said in every form a target knows, from every form a client uses', () => {
  const forms: readonly (readonly [given: object, form: string, expected: object])[] = [
    [{ reasoning_effort: 'high' }, 'effort', { reasoning_effort: 'high' }],
    [{ reasoning_effort: 'none' }, 'effort', { reasoning_effort: 'none' }],
    [{ reasoning_effort: 'high' }, 'reasoning-object', { reasoning: { effort: 'high' } }],
    [{ reasoning_effort: 'none' }, 'reasoning-object', { reasoning: { enabled: false } }],
    [{ reasoning: { max_tokens: 2000 } }, 'reasoning-object', { reasoning: { max_tokens: 2000 } }],
    [{ reasoning: { effort: 'low', exclude: true } }, 'effort', { reasoning_effort: 'low' }],
    [{ reasoning_effort: 'none' }, 'thinking-type', { thinking: { type: 'disabled' } }],
    [{ reasoning: { enabled: true } }, 'thinking-type', { thinking: { type: 'enabled' } }],
    [{ thinking: { type: 'disabled' } }, 'enable-thinking', { enable_thinking: false }],
    [
      { enable_thinking: true, thinking_budget: 500 },
      'enable-thinking',
      { enable_thinking: true, thinking_budget: 500 },
    ],
    [{ reasoning_effort: 'low' }, 'chat-template-kwargs', { chat_template_kwargs: { enable_thinking: true } }],
    [{ chat_template_kwargs: { enable_thinking: false } }, 'effort', { reasoning_effort: 'none' }],
    [{ reasoning_effort: 'low' }, 'prompt-mode', { prompt_mode: 'reasoning' }],
    [{ reasoning_effort: 'low' }, 'none', {}],
  ];
  for (const [given, reasoningIn, expected] of forms) {
    const { json } = translated({ messages: [user], ...given }, { reasoningIn });
    const { model: _, messages: __, stream: ___, ...rest } = json;
    assert.deepEqual(rest, expected, `${JSON.stringify(given)} as ${reasoningIn}`);
  }
});

test('where the target does not say how, thinking is asked for as the client did, with all it said', () => {
  for (const given of [
    { thinking: { type: 'enabled', clear_thinking: false } },
    { chat_template_kwargs: { enable_thinking: true, other: 1 } },
    { enable_thinking: false },
    { reasoning: { effort: 'high', enabled: true, x: 1 } },
    { reasoning_effort: 'wombat' },
  ]) {
    const { model: _, messages: __, stream: ___, ...rest } = translated({ messages: [user], ...given }).json;
    assert.deepEqual(rest, given);
  }
});

test('an effort that the target does not know becomes the nearest, and is told', () => {
  const efforts = ['low', 'high'];
  for (const [given, expected] of [
    ['none', 'low'],
    ['minimal', 'low'],
    ['xhigh', 'high'],
    ['max', 'high'],
    ['high', 'high'],
  ] as const) {
    const { json, losses } = translated({ messages: [user], reasoning_effort: given }, { efforts });
    assert.equal(json.reasoning_effort, expected);
    assert.deepEqual(fields(losses), given === expected ? [] : ['reasoning_effort approximated']);
  }
});

test('thinking goes back in the member the target reads, or not at all', () => {
  const messages = [user, { role: 'assistant', content: 'a', reasoning_content: 'hm' }, user];
  const of = (able: Capabilities): any => translated({ messages }, able).json.messages[1];
  assert.deepEqual(of({}), messages[1]);
  assert.deepEqual(of({ reasoningOut: 'reasoning' }), { role: 'assistant', content: 'a', reasoning: 'hm' });
  assert.deepEqual(of({ reasoningOut: 'content-array' }).content, [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'a' },
  ]);
  assert.deepEqual(of({ reasoningReplay: 'rejected' }), { role: 'assistant', content: 'a' });
});

test('a list of thoughts goes back whole and in order', () => {
  const reasoning_details = [
    { type: 'reasoning.text', text: 'a', signature: 'S', format: 'anthropic-claude-v1', index: 0, id: null },
    { type: 'reasoning.encrypted', data: 'D', format: 'x', index: 1, id: 'i' },
    { type: 'reasoning.summary', summary: 's', index: 2 },
  ];
  const messages = [user, { role: 'assistant', content: 'a', reasoning_details }];
  assert.deepEqual(translated({ messages }).json.messages[1].reasoning_details, reasoning_details);
});

test('what another vendor sealed is not sent to this one', () => {
  const turns: Turn[] = [
    {
      role: 'assistant',
      parts: [
        {
          kind: 'reasoning',
          text: 'hm',
          seal: { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 'SECRET' },
        },
        {
          kind: 'tool-call',
          callId: 'c',
          name: 'f',
          argsText: '{}',
          executedBy: 'client',
          seal: { origin: { dialect: 'openai-responses' }, form: 'encrypted', value: 'SECRET' },
        },
      ],
    },
  ];
  for (const able of [{}, { reasoningOut: 'reasoning_details' }]) {
    const { json, losses } = asked(canonical({ turns }), able);
    assert.doesNotMatch(JSON.stringify(json), /SECRET/);
    assert.equal(losses.length, 2);
  }
});

test('media is written for those who take it, and refused for those who do not', () => {
  const content = [
    { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    { type: 'video_url', video_url: { url: 'https://x/v.mp4' } },
  ];
  const messages = [{ role: 'user', content }];
  assert.deepEqual(translated({ messages }).json.messages[0].content, content);
  const { losses } = translated({ messages }, { images: false, audio: false, files: false, video: false });
  assert.deepEqual(
    fields(losses),
    [0, 1, 2, 3].map((at) => `messages[0].content[${at}] dropped!`),
  );
});

test('images and files in results follow in a message of the user, unless results are known to hold them', () => {
  const turns: Turn[] = [
    { role: 'assistant', parts: [{ kind: 'tool-call', callId: 'c', name: 'f', argsText: '{}', executedBy: 'client' }] },
    {
      role: 'tool',
      parts: [
        {
          kind: 'tool-result',
          callId: 'c',
          parts: [
            { kind: 'media', mediaType: 'image/png', data: { base64: 'AA==' } },
            { kind: 'media', mediaType: 'application/pdf', data: { base64: 'AA==' } },
          ],
        },
      ],
    },
  ];
  // The API's inventor: "Image URLs are only allowed for messages with role 'user'".
  for (const able of [{}, { toolImages: false }]) {
    const { json } = asked(canonical({ turns }), able);
    assert.ok(json.messages[1].content.every(({ type }: any) => type === 'text'));
    assert.deepEqual(
      json.messages[2].content.map(({ type }: any) => type),
      ['image_url', 'file'],
    );
  }
  const held = asked(canonical({ turns }), { toolImages: true }).json;
  assert.deepEqual(
    held.messages[1].content.map(({ type }: any) => type),
    ['image_url', 'file'],
  );
  const { json, losses } = asked(canonical({ turns }));
  assert.deepEqual(
    json.messages.map(({ role }: any) => role),
    ['assistant', 'tool', 'user'],
  );
  assert.deepEqual(
    losses.map(({ contract }) => contract),
    [false, false],
  );
});

test('a result that is an error says so', () => {
  const turns: Turn[] = [
    {
      role: 'tool',
      parts: [{ kind: 'tool-result', callId: 'c', isError: true, parts: [{ kind: 'text', text: 'no such file' }] }],
    },
  ];
  assert.equal(asked(canonical({ turns })).json.messages[0].content, 'Error: no such file');
});

test('cache marks are written in the form the target knows', () => {
  const messages = [
    { role: 'system', content: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
  ];
  const request = openaiChat.readRequest(incoming({ model: 'm', messages }));
  assert.deepEqual(request.instructions[0]?.cache, { ttl: '1h' });
  assert.deepEqual(asked(request).json.messages, messages);
  assert.deepEqual(
    asked(request, { cacheMarks: 'prompt_cache_breakpoint' }).json.messages[0].content[0].prompt_cache_breakpoint,
    { mode: 'explicit' },
  );
  const none = asked(request, { cacheMarks: 'none' });
  assert.deepEqual(
    [none.json.messages[0].content, fields(none.losses)],
    ['s', ['messages[0].content[0].cache_control dropped']],
  );
});

test('usage is asked for in every stream, unless the target does not know how', () => {
  const body = { messages: [user], stream: true, stream_options: { include_obfuscation: false } };
  assert.deepEqual(translated(body).json.stream_options, { include_usage: true, include_obfuscation: false });
  assert.equal(translated(body, { streamOptions: false }).json.stream_options, undefined);
});

test('fields are left out and renamed as the target wants it', () => {
  const { json, losses } = translated(
    { messages: [user], seed: 1, store: true, n: 2 },
    { renames: ['seed:random_seed'], drops: ['store', 'n'] },
  );
  assert.deepEqual([json.random_seed, json.seed, json.store], [1, undefined, undefined]);
  assert.deepEqual(fields(losses), ['n dropped!', 'store dropped']);
});

test('fields of another dialect stay behind, and are told', () => {
  const ext = {
    'anthropic-messages': { mcp_servers: [1], metadata: {}, $note: 1, gone: null },
    'openai-responses': { include: [] },
  };
  const { json, losses } = asked(canonical({ ext }));
  assert.doesNotMatch(JSON.stringify(json), /mcp_servers|\$note|include/);
  assert.deepEqual(fields(losses), ['mcp_servers dropped!', 'metadata dropped', 'include dropped']);
});

test('what a part or a tool of another dialect says beside is told, and its notes are not', () => {
  const ext = { 'anthropic-messages': { citations: { enabled: true }, $form: 1 } };
  const turns: Turn[] = [{ role: 'user', parts: [{ kind: 'text', text: 'a', ext }], path: 'messages[4]' }];
  const { json, losses } = asked(canonical({ turns, tools: [{ kind: 'function', name: 'f', ext }] }));
  assert.doesNotMatch(JSON.stringify(json), /citations/);
  assert.deepEqual(fields(losses), ['messages[4].content[0].citations dropped', 'tools[0].citations dropped']);
});

test('state that this dialect does not have is refused, for the answer would be to nothing', () => {
  const { losses } = asked(
    canonical({ state: { previousId: 'r', conversation: 'c', background: true, truncation: 'auto', store: true } }),
  );
  assert.deepEqual(fields(losses), [
    'previous_response_id dropped!',
    'conversation dropped!',
    'background dropped!',
    'truncation dropped!',
  ]);
});

test('the same request gives the same bytes', () => {
  const request = canonical({
    turns: [{ role: 'user', parts: [{ kind: 'text', text: 'a' }] }],
    tools: [{ kind: 'function', name: 'f', schema: new RawJson('{}', {}) }],
  });
  const bytes = (): string => Buffer.from(bytesOf(openaiChat.writeRequest(request, wanted()).body)).toString('utf8');
  assert.equal(bytes(), bytes());
});

test('neighbours of one role are merged where they must alternate', () => {
  const { json } = translated(
    { messages: [user, user, { role: 'assistant', content: 'a' }, { role: 'assistant', content: 'b' }, user] },
    { alternates: true },
  );
  assert.deepEqual(
    json.messages.map(({ role }: any) => role),
    ['user', 'assistant', 'user'],
  );
});

test('what is no conversation is refused with the place of the mistake', () => {
  for (const [messages, param] of [
    [undefined, 'messages'],
    [[1], 'messages[0]'],
    [[user, { role: 'x' }], 'messages[1].role'],
    [[{ role: 'user', content: 5 }], 'messages[0].content'],
  ] as const) {
    assert.throws(() => openaiChat.readRequest(incoming({ model: 'm', messages })), {
      code: 'BODY_INVALID',
      status: 400,
      param,
    });
  }
  assert.throws(() => openaiChat.readRequest(incoming('{"model":')), { code: 'BODY_INVALID' });
});
