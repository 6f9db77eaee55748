import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Capabilities,
  type ChatRequest,
  GatewayError,
  type JsonObject,
  type Loss,
  type Part,
  type Seal,
  RawJson,
  textOf,
  type Turn,
} from '@tapgate/core';
import { writeRequest } from './write-request.ts';

const user = (...parts: (Part | string)[]): Turn => ({ role: 'user', parts: parts.map(toPart) });
const assistant = (...parts: (Part | string)[]): Turn => ({ role: 'assistant', parts: parts.map(toPart) });
const system = (text: string): Turn => ({ role: 'instruction', parts: [toPart(text)] });
const toPart = (part: Part | string): Part => (typeof part === 'string' ? { kind: 'text', text: part } : part);
const call = (callId: string, argsText = '{}', name = 'look'): Part => ({
  kind: 'tool-call',
  callId,
  name,
  argsText,
  executedBy: 'client',
});
const result = (callId: string, text: string, more: { isError?: boolean } = {}): Turn => ({
  role: 'tool',
  parts: [{ kind: 'tool-result', callId, parts: [{ kind: 'text', text }], ...more }],
});

const plain: ChatRequest = {
  model: 'smart',
  instructions: [],
  turns: [user('Hello')],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
};
const tool = (name: string, more: object = {}): ChatRequest['tools'][number] => ({
  kind: 'function',
  name,
  schema: new RawJson('{"type":"object"}', { type: 'object' }),
  ...more,
});

interface Outcome {
  readonly body: JsonObject & {
    readonly messages: readonly { readonly role: string; readonly content: readonly JsonObject[] }[];
  };
  readonly text: string;
  readonly losses: readonly Loss[];
  readonly headers: ReadonlyMap<string, string>;
}

/** Written for a model of which nothing is known by its name, unless one is named. */
function write(
  request: Partial<ChatRequest>,
  able: Capabilities = {},
  model = 'm',
  headers = new Map<string, string>(),
): Outcome {
  const wanted = { operation: 'chat', model, streamed: false, able, headers, query: '', path: '' };
  const written = writeRequest({ ...plain, ...request }, wanted);
  const text = textOf(written.body);
  return { body: JSON.parse(text) as Outcome['body'], text, losses: written.losses, headers: written.headers };
}

const lossOf = ({ losses }: Outcome, field: string): Loss | undefined => losses.find((loss) => loss.field === field);

test('results of all calls stand first in the next message, in the order of the calls', () => {
  const { body } = write({
    tools: [tool('look')],
    turns: [
      user('go'),
      assistant('I look.', call('a'), call('b')),
      user('wait'),
      result('b', '2'),
      result('a', '1'),
      user('and?'),
    ],
  });
  assert.deepEqual(body.messages, [
    { role: 'user', content: [{ type: 'text', text: 'go' }] },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'a', name: 'look', input: {} },
        { type: 'tool_use', id: 'b', name: 'look', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: '1' },
        { type: 'tool_result', tool_use_id: 'b', content: '2' },
        { type: 'text', text: 'wait' },
        { type: 'text', text: 'and?' },
      ],
    },
  ]);
});

test('calls stand last in their message, where the API looks for them', () => {
  const { body } = write({
    tools: [tool('look')],
    turns: [user('go'), assistant(call('a'), 'I have looked.'), result('a', '1')],
  });
  assert.deepEqual(
    body.messages[1]?.content.map(({ type }) => type),
    ['text', 'tool_use'],
  );
});

test('a call without a result is answered that it was interrupted, in the midst and at the end', () => {
  const outcome = write({
    tools: [tool('look')],
    turns: [user('go'), assistant(call('a'), call('b')), result('b', '2'), user('stop'), assistant(call('c'))],
  });
  const results = outcome.body.messages.flatMap(({ content }) => content.filter(({ type }) => type === 'tool_result'));
  assert.deepEqual(
    results.map((one) => [one['tool_use_id'], one['is_error']]),
    [
      ['a', true],
      ['b', undefined],
      ['c', true],
    ],
  );
  assert.deepEqual(
    outcome.losses.filter(({ how }) => how === 'synthesised').map(({ field }) => field),
    ['messages', 'messages', 'max_tokens'],
  );
});

test('a result without a call is a text', () => {
  const outcome = write({ turns: [user('go'), result('gone', 'It rains.'), user('and?')] });
  assert.deepEqual(outcome.body.messages, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'go' },
        { type: 'text', text: 'Result of an earlier call of a tool (gone):' },
        { type: 'text', text: 'It rains.' },
        { type: 'text', text: 'and?' },
      ],
    },
  ]);
  assert.equal(lossOf(outcome, 'messages[1]')?.how, 'approximated');
});

test('ids of calls become legal the same way in every turn, and stay paired', () => {
  const long = `call_${'x'.repeat(90)}`;
  const turns = ['toolu_1', 'functions.look:0', long, 'toolu_1'].flatMap((id) => [assistant(call(id)), result(id, id)]);
  const first = write({ tools: [tool('look')], turns: [user('go'), ...turns] });
  const again = write({ tools: [tool('look')], turns: [user('go'), ...turns, assistant('done'), user('more')] });
  const uses = first.body.messages.flatMap(({ content }) =>
    content.filter(({ type }) => type === 'tool_use').map(({ id }) => id),
  );
  const results = first.body.messages.flatMap(({ content }) =>
    content.filter(({ type }) => type === 'tool_result').map((one) => one['tool_use_id']),
  );
  assert.deepEqual(uses, results);
  assert.equal(new Set(uses).size, 4);
  for (const id of uses) assert.match(id as string, /^[a-zA-Z0-9_-]+$/);
  assert.deepEqual(again.body.messages.slice(0, first.body.messages.length), first.body.messages);
});

test('arguments of nothing are {}', () => {
  for (const text of ['', ' ', 'null', '{}']) {
    const { body } = write({
      tools: [tool('look')],
      turns: [user('go'), assistant(call('a', text)), result('a', '1')],
    });
    assert.deepEqual(body.messages[1]?.content[0]?.['input'], {}, text);
  }
});

test('arguments keep their order and their digits', () => {
  const { text } = write({
    tools: [tool('look')],
    turns: [user('go'), assistant(call('a', '{"b": 1.0, "1": 12345678901234567890}')), result('a', '1')],
  });
  assert.ok(text.includes('"input":{"b": 1.0, "1": 12345678901234567890}'));
});

test('arguments in the history that are no JSON object are refused by the name of their place', () => {
  for (const text of ['{"a":', '[1]', '"{}"', '1']) {
    const turns = [
      user('go'),
      { ...assistant('x', call('a'), call('b', text)), path: 'messages[4]' },
      result('a', '1'),
    ];
    assert.throws(
      () => write({ turns }),
      (error) =>
        GatewayError.is(error) &&
        error.status === 400 &&
        error.kind === 'invalid-request' &&
        error.param === 'messages[4].tool_calls[1]',
    );
  }
});

test('a name that the API does not take is rewritten in tools, choice and history alike', () => {
  const { body } = write({
    tools: [tool('mcp.git/log'), tool('plain')],
    toolChoice: { mode: 'named', name: 'mcp.git/log' },
    turns: [user('go'), assistant(call('a', '{}', 'mcp.git/log')), result('a', '1')],
  });
  const [first, second] = body['tools'] as { name: string }[];
  assert.deepEqual([first?.name, second?.name], ['tapgate__mcp_2egit_2flog', 'plain']);
  assert.deepEqual(body['tool_choice'], { type: 'tool', name: first?.name });
  assert.equal(body.messages[1]?.content[0]?.['name'], first?.name);
});

test('system texts are blocks of their own, in order and each with its cache mark', () => {
  const { body } = write({
    instructions: [
      { kind: 'text', text: 'One.', role: 'system', cache: { ttl: '1h' } },
      { kind: 'text', text: 'Two.', role: 'developer' },
      { kind: 'text', text: '', role: 'system' },
    ],
  });
  assert.deepEqual(body['system'], [
    { type: 'text', text: 'One.', cache_control: { type: 'ephemeral', ttl: '1h' } },
    { type: 'text', text: 'Two.' },
  ]);
});

test('cache marks of tools, results and texts reach the API', () => {
  const marked: Part = { kind: 'tool-result', callId: 'a', parts: [toPart('1')], cache: {} };
  const { body } = write({
    tools: [tool('look', { cache: { ttl: '5m' } })],
    turns: [
      user('go'),
      assistant(call('a')),
      { role: 'tool', parts: [marked] },
      user({ kind: 'text', text: 'on', cache: {} }),
    ],
  });
  assert.deepEqual((body['tools'] as JsonObject[])[0]?.['cache_control'], { type: 'ephemeral', ttl: '5m' });
  assert.deepEqual(
    body.messages[2]?.content.map((block) => block['cache_control']),
    [{ type: 'ephemeral' }, { type: 'ephemeral' }],
  );
});

test('there are no more than four cache marks, and none of an hour behind one of five minutes', () => {
  const mark = (text: string, ttl?: string): Part => ({ kind: 'text', text, cache: ttl === undefined ? {} : { ttl } });
  const outcome = write({
    tools: [tool('a', { cache: {} }), tool('b', { cache: {} })],
    instructions: [{ kind: 'text', text: 's', cache: {} }],
    turns: [user(mark('1'), mark('2')), assistant(mark('3')), user(mark('4', '1h'))],
  });
  const blocks = [
    ...(outcome.body['tools'] as JsonObject[]),
    ...(outcome.body['system'] as JsonObject[]),
    ...outcome.body.messages.flatMap(({ content }) => content),
  ];
  assert.deepEqual(
    blocks.filter((block) => block['cache_control']).map((block) => block['text'] ?? block['name']),
    ['s', '2', '3', '4'],
  );
  assert.deepEqual(blocks.at(-1)?.['cache_control'], { type: 'ephemeral' });
  assert.equal(lossOf(outcome, 'cache_control')?.contract, false);
});

test('a system turn in the midst is native where the model takes it, and marked text where it does not', () => {
  const turns = [user('Hi'), assistant('Hello'), system('Be brief.'), user('Why?')];
  const old = write({ turns }, {}, 'claude-sonnet-4-5');
  assert.deepEqual(old.body.messages.at(-1), {
    role: 'user',
    content: [
      { type: 'text', text: '<system>\nBe brief.\n</system>' },
      { type: 'text', text: 'Why?' },
    ],
  });
  const recent = write({ turns }, {}, 'claude-opus-5-5');
  assert.deepEqual(recent.body.messages.slice(2), [
    { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
  ]);
  for (const outcome of [old, recent]) {
    assert.equal(outcome.text.split('Be brief.').length, 2);
    assert.equal(lossOf(outcome, 'messages[2]')?.how, 'approximated');
  }
});

test('a system turn behind a tool’s result is native, and one alone is marked text', () => {
  const able = { midSystem: true };
  const after = write(
    { tools: [tool('look')], turns: [user('go'), assistant(call('a')), result('a', '1'), system('Now.')] },
    able,
  );
  assert.equal(after.body.messages.at(-1)?.role, 'system');
  assert.deepEqual(
    after.losses.filter(({ field }) => field.startsWith('messages[')),
    [],
  );
  const alone = write({ turns: [user('a'), assistant('b'), system('Now.'), assistant('c'), user('d')] }, able);
  assert.deepEqual(
    alone.body.messages.map(({ role }) => role),
    ['user', 'assistant', 'user', 'assistant', 'user'],
  );
});

test('a conversation that the assistant begins is given a beginning, and one of nothing is refused', () => {
  const outcome = write({ turns: [assistant('Welcome.'), user('Hi')] });
  assert.deepEqual(
    outcome.body.messages.map(({ role }) => role),
    ['user', 'assistant', 'user'],
  );
  assert.throws(
    () => write({ turns: [user('')] }),
    (error) => GatewayError.is(error) && error.code === 'CONVERSATION_EMPTY',
  );
});

test('texts that show nothing are dropped, but for those beside signed thinking', () => {
  const thinking: Part = {
    kind: 'reasoning',
    text: 'hm',
    seal: { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 's' },
  };
  const { body } = write({
    turns: [user('a', '', ' \n'), assistant('', 'b', ' '), user('c'), assistant('\n\n', thinking, 'd', ''), user('e')],
  });
  assert.deepEqual(
    body.messages.map(({ content }) => content.map((block) => block['text'] ?? block['thinking'])),
    [['a'], ['b'], ['c'], ['\n\n', 'hm', 'd'], ['e']],
  );
});

test('an answer that was begun ends without white space, and newer models refuse to continue one', () => {
  const turns = [user('a'), assistant('The best answer is \n')];
  assert.deepEqual(write({ turns }).body.messages.at(-1)?.content, [{ type: 'text', text: 'The best answer is' }]);
  const outcome = write({ turns }, {}, 'claude-opus-4-6');
  assert.equal(lossOf(outcome, 'messages[1]')?.contract, true);
  assert.equal(outcome.body.messages.length, 1);
});

test('thinking that another vendor sealed, or none, is left out whole and told', () => {
  const foreign: Part = {
    kind: 'reasoning',
    text: 'secret',
    seal: { origin: { dialect: 'openai-responses' }, form: 'encrypted', value: 'gAAA' },
  };
  const unsealed: Part = { kind: 'reasoning', text: 'open' };
  const outcome = write({ turns: [user('a'), assistant(foreign, unsealed, 'b'), user('c')] });
  assert.equal(/gAAA|secret|open/.test(outcome.text), false);
  assert.deepEqual(
    [lossOf(outcome, 'messages[1].content[0]')?.contract, lossOf(outcome, 'messages[1].content[1]')?.contract],
    [false, false],
  );
});

test('own thinking goes back byte for byte, redacted thinking too', () => {
  const origin = { dialect: 'anthropic-messages', provider: 'vertex' };
  const { body } = write({
    turns: [
      user('a'),
      assistant(
        { kind: 'reasoning', text: 'hm', seal: { origin, form: 'signature', value: 'Er+/=' } },
        { kind: 'reasoning', seal: { origin, form: 'redacted', value: 'EvgF' } },
        'b',
      ),
      user('c'),
    ],
  });
  assert.deepEqual(body.messages[1]?.content.slice(0, 2), [
    { type: 'thinking', thinking: 'hm', signature: 'Er+/=' },
    { type: 'redacted_thinking', data: 'EvgF' },
  ]);
});

test('own thinking that a client of another dialect kept as a summary goes back as the thinking it is', () => {
  const seal: Seal = { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 'Er+/=' };
  const { body } = write({
    turns: [user('a'), assistant({ kind: 'reasoning', summary: ['hm'], seal }, 'b'), user('c')],
  });
  assert.deepEqual(body.messages[1]?.content[0], { type: 'thinking', thinking: 'hm', signature: 'Er+/=' });
});

test('images, PDFs and texts are blocks, by what they are and not by what is said of them', () => {
  const png = 'iVBORw0KGgoAAAANSUhEUg';
  const { body } = write({
    turns: [
      user(
        { kind: 'media', mediaType: 'image/jpeg', data: { base64: png } },
        { kind: 'media', mediaType: 'image/*', data: { url: 'https://a.example/x' } },
        { kind: 'media', mediaType: 'application/octet-stream', data: { base64: 'JVBERi0xLjQ' }, name: 'a.pdf' },
        { kind: 'media', mediaType: 'text/markdown', data: { base64: Buffer.from('# hi').toString('base64') } },
      ),
    ],
  });
  assert.deepEqual(body.messages[0]?.content, [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
    { type: 'image', source: { type: 'url', url: 'https://a.example/x' } },
    {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQ' },
      title: 'a.pdf',
    },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# hi' } },
  ]);
});

test('media that the API does not take, and files of another vendor, are lost contracts', () => {
  for (const part of [
    { kind: 'media', mediaType: 'audio/wav', data: { base64: 'UklGRg' } },
    { kind: 'media', mediaType: 'video/mp4', data: { url: 'https://a.example/v' } },
    { kind: 'media', mediaType: 'image/tiff', data: { base64: 'SUkq' } },
    { kind: 'media', mediaType: 'application/pdf', data: { fileId: 'file-1' } },
  ] as const) {
    assert.equal(lossOf(write({ turns: [user('a', part)] }), 'messages[0].content[1]')?.contract, true, part.mediaType);
  }
});

test('images in a tool’s result stay in it', () => {
  const parts: Part[] = [toPart('see'), { kind: 'media', mediaType: 'image/png', data: { base64: 'iVBORw0KGgo' } }];
  const { body } = write({
    tools: [tool('look')],
    turns: [
      user('a'),
      assistant(call('a')),
      { role: 'tool', parts: [{ kind: 'tool-result', callId: 'a', parts, isError: true }] },
    ],
  });
  const [block] = body.messages[2]?.content ?? [];
  assert.equal(block?.['is_error'], true);
  assert.deepEqual(
    ((block?.['content'] ?? []) as JsonObject[]).map(({ type }) => type),
    ['text', 'image'],
  );
});

test('the choice of tools is never stronger or weaker than it was asked for', () => {
  const tools = [tool('a'), tool('b')];
  const choiceOf = (request: Partial<ChatRequest>): unknown => write({ tools, ...request }).body['tool_choice'];
  assert.equal(choiceOf({}), undefined);
  assert.deepEqual(choiceOf({ toolChoice: { mode: 'auto' } }), { type: 'auto' });
  assert.deepEqual(choiceOf({ toolChoice: { mode: 'none' }, parallelTools: false }), { type: 'none' });
  assert.deepEqual(choiceOf({ toolChoice: { mode: 'required' } }), { type: 'any' });
  assert.deepEqual(choiceOf({ toolChoice: { mode: 'named', name: 'b' } }), { type: 'tool', name: 'b' });
  assert.deepEqual(choiceOf({ parallelTools: false }), { type: 'auto', disable_parallel_tool_use: true });
  assert.deepEqual(choiceOf({ toolChoice: { mode: 'required' }, parallelTools: false }), {
    type: 'any',
    disable_parallel_tool_use: true,
  });
  const allowed = write({ tools, toolChoice: { mode: 'allowed', names: ['b'], required: true } });
  assert.deepEqual([allowed.body['tool_choice'], (allowed.body['tools'] as unknown[]).length], [{ type: 'any' }, 1]);
});

test('calls in the history without tools bring their tools along, which must not be called', () => {
  const { body } = write({ turns: [user('a'), assistant(call('a', '{}', 'x')), result('a', '1')] });
  assert.deepEqual(body['tools'], [{ name: 'x', input_schema: { type: 'object', properties: {} } }]);
  assert.deepEqual(body['tool_choice'], { type: 'none' });
});

test('a schema keeps its text, and one that is no object’s is made one', () => {
  const schema = new RawJson('{"type":"object","properties":{"b":{},"1":{}}}', {
    type: 'object',
    properties: { b: {}, 1: {} },
  });
  assert.ok(write({ tools: [tool('a', { schema })] }).text.includes(schema.text));
  const bare = write({ tools: [{ kind: 'function', name: 'a' }] });
  assert.deepEqual((bare.body['tools'] as JsonObject[])[0]?.['input_schema'], { type: 'object', properties: {} });
  const combined = write({ tools: [tool('a', { schema: new RawJson('{"anyOf":[{}]}', { anyOf: [{}] }) })] });
  assert.equal(lossOf(combined, 'tools[0].parameters')?.contract, true);
});

test('a tool of free text is a function of one text, in the history too', () => {
  const outcome = write({
    tools: [{ kind: 'custom', name: 'patch', format: { type: 'grammar' } }],
    turns: [
      user('a'),
      assistant({
        kind: 'tool-call',
        callId: 'a',
        name: 'patch',
        argsText: '*** Begin',
        executedBy: 'client',
        custom: true,
      }),
      result('a', 'ok'),
    ],
  });
  assert.deepEqual(outcome.body.messages[1]?.content[0]?.['input'], { input: '*** Begin' });
  assert.equal(lossOf(outcome, 'tools[0]')?.how, 'approximated');
});

test('searching the web is asked for in this vendor’s words, and other hosted tools are refused by name', () => {
  const hosted = (type: string, more: object = {}): ChatRequest['tools'][number] => ({
    kind: 'hosted',
    dialect: 'openai-responses',
    type,
    json: { type },
    ...more,
  });
  const outcome = write({ tools: [hosted('web_search', { search: true }), hosted('code_interpreter')] });
  assert.deepEqual(outcome.body['tools'], [{ type: 'web_search_20250305', name: 'web_search' }]);
  assert.deepEqual([lossOf(outcome, 'tools[0]')?.contract, lossOf(outcome, 'tools[1]')?.contract], [false, true]);
});

test('max_tokens is the model’s own limit where nobody said, and never above it', () => {
  assert.equal(write({}, { maxOutputTokens: 8000 }).body['max_tokens'], 8000);
  assert.equal(write({}).body['max_tokens'], 4096);
  const outcome = write({ output: { maxTokens: 9000 } }, { maxOutputTokens: 8000 });
  assert.equal(outcome.body['max_tokens'], 8000);
  assert.equal(lossOf(outcome, 'max_tokens')?.how, 'clamped');
});

test('temperature is clamped and not rescaled; where it is not taken its default goes and any other value is a lost contract', () => {
  const clamped = write({ sampling: { temperature: 1.4 } });
  assert.equal(clamped.body['temperature'], 1);
  assert.equal(lossOf(clamped, 'temperature')?.how, 'clamped');
  const headers = new Map([['anthropic-version', '2026-10-21']]);
  for (const [model, sent] of [
    ['claude-opus-5', new Map()],
    ['m', headers],
  ] as const) {
    const outcome = write({ sampling: { temperature: 0.2, topP: 1 } }, {}, model, sent);
    assert.deepEqual([outcome.body['temperature'], outcome.body['top_p']], [undefined, undefined]);
    assert.deepEqual([lossOf(outcome, 'temperature')?.contract, lossOf(outcome, 'top_p')?.contract], [true, false]);
  }
});

test('an effort is a budget for models that think by one, and an effort for those that choose themselves', () => {
  const thinkingOf = (effort: string, model: string, maxTokens = 64_000): unknown[] => {
    const { body } = write({ reasoning: { mode: 'on', effort }, output: { maxTokens } }, {}, model);
    return [body['thinking'], body['output_config']];
  };
  const table = { minimal: 1024, low: 2048, medium: 8192, high: 16_384, xhigh: 24_576, max: 32_768 };
  for (const [effort, budget] of Object.entries(table)) {
    assert.deepEqual(thinkingOf(effort, 'claude-sonnet-4-5'), [{ type: 'enabled', budget_tokens: budget }, undefined]);
  }
  assert.deepEqual(thinkingOf('high', 'claude-sonnet-4-5', 5000), [
    { type: 'enabled', budget_tokens: 3976 },
    undefined,
  ]);
  assert.deepEqual(thinkingOf('xhigh', 'claude-opus-4-7'), [{ type: 'adaptive' }, { effort: 'xhigh' }]);
  assert.deepEqual(thinkingOf('xhigh', 'claude-opus-4-6'), [{ type: 'adaptive' }, { effort: 'high' }]);
  assert.deepEqual(thinkingOf('minimal', 'claude-opus-5'), [{ type: 'adaptive' }, { effort: 'low' }]);
  assert.deepEqual(thinkingOf('none', 'claude-sonnet-4-5'), [undefined, undefined]);
  assert.deepEqual(thinkingOf('none', 'claude-opus-5-5'), [{ type: 'disabled' }, undefined]);
  assert.deepEqual(thinkingOf('none', 'claude-fable-5'), [{ type: 'adaptive' }, { effort: 'low' }]);
  assert.deepEqual(thinkingOf('high', 'claude-3-haiku-20240307'), [undefined, undefined]);
});

test('room for the answer is added where the limit is the gateway’s own, and nothing is thought where there is none', () => {
  const free = write({ reasoning: { mode: 'on', budgetTokens: 10_000 } });
  assert.deepEqual(
    [free.body['max_tokens'], free.body['thinking']],
    [14_096, { type: 'enabled', budget_tokens: 10_000 }],
  );
  const tight = write({ reasoning: { mode: 'on', effort: 'high' }, output: { maxTokens: 500 } });
  assert.deepEqual([tight.body['max_tokens'], tight.body['thinking']], [500, undefined]);
});

test('a forced call and thinking by a budget cannot be had together', () => {
  const request = {
    tools: [tool('a')],
    toolChoice: { mode: 'required' as const },
    reasoning: { mode: 'on' as const, effort: 'low' },
  };
  const outcome = write(request, {}, 'claude-sonnet-4-5');
  assert.equal(lossOf(outcome, 'reasoning_effort')?.contract, true);
  assert.deepEqual([outcome.body['thinking'], outcome.body['tool_choice']], [undefined, { type: 'any' }]);
  assert.deepEqual(write(request, {}, 'claude-opus-5').body['thinking'], { type: 'adaptive' });
});

test('within a loop of calls that began without thinking there is none by a budget', () => {
  const reasoning = { mode: 'on' as const, effort: 'low' };
  const turns = (first: Part[]): Turn[] => [user('a'), assistant(...first, call('a')), result('a', '1')];
  const without = write({ reasoning, tools: [tool('look')], turns: turns([]) }, {}, 'claude-sonnet-4-5');
  assert.equal(without.body['thinking'], undefined);
  assert.equal(lossOf(without, 'reasoning_effort')?.contract, false);
  const signed: Part = {
    kind: 'reasoning',
    text: 'hm',
    seal: { origin: { dialect: 'anthropic-messages' }, form: 'signature', value: 's' },
  };
  assert.ok(
    write({ reasoning, tools: [tool('look')], turns: turns([signed]) }, {}, 'claude-sonnet-4-5').body['thinking'],
  );
});

test('a schema for the answer is the API’s own format, and words for a model without', () => {
  const schema = new RawJson('{"type":"object"}', { type: 'object' });
  const output = { format: { kind: 'schema' as const, schema, name: 'x', strict: true } };
  const native = write({ output }, {}, 'claude-sonnet-4-5');
  assert.deepEqual(native.body['output_config'], { format: { type: 'json_schema', schema: { type: 'object' } } });
  const words = write({ output }, {}, 'claude-3-haiku-20240307');
  assert.equal(words.body['output_config'], undefined);
  assert.equal(lossOf(words, 'response_format')?.contract, true);
  assert.match((words.body['system'] as { text: string }[])[0]?.text ?? '', /JSON Schema/);
  const json = write({ output: { format: { kind: 'json' } } });
  assert.equal(lossOf(json, 'response_format')?.contract, true);
});

test('what changes the answer is a lost contract, and what does not is a hint', () => {
  const outcome = write({
    output: { n: 2, logprobs: true, modalities: ['text', 'audio'], verbosity: 'low' },
    sampling: { seed: 1, logitBias: { 5: 1 }, presencePenalty: 0.5, frequencyPenalty: 0, stop: ['\n', 'END'] },
    caching: { key: 'k' },
    tier: 'flex',
    metadata: { a: 'b' },
    state: { store: true },
    ext: {
      'openai-chat': {
        prediction: { type: 'content' },
        web_search_options: { size: 'low' },
        gone: null,
        none: {},
        $form: true,
      },
      'openai-chat:form': { x: 1 },
    },
  });
  const contracts = outcome.losses.filter(({ contract }) => contract).map(({ field }) => field);
  const hints = outcome.losses
    .filter(({ contract, how }) => !contract && how !== 'synthesised')
    .map(({ field }) => field);
  assert.deepEqual(contracts.toSorted(), ['logit_bias', 'logprobs', 'modalities', 'n', 'stop', 'web_search_options']);
  assert.deepEqual(hints.toSorted(), [
    'metadata',
    'prediction',
    'presence_penalty',
    'prompt_cache_key',
    'seed',
    'service_tier',
    'store',
    'verbosity',
  ]);
  assert.deepEqual(outcome.body['stop_sequences'], ['END']);
});

test('a conversation that only its vendor knows is refused, whatever the route drops', () => {
  for (const state of [{ previousId: 'resp_1' }, { conversation: 'c' }]) {
    assert.throws(
      () => write({ state }),
      (error) => GatewayError.is(error) && error.code === 'STATE_UNSUPPORTED',
    );
  }
});

test('no field of another vendor is in the body', () => {
  const { body } = write({
    user: { id: 'u' },
    ext: { 'openai-chat': { logit_bias: { a: 1 }, prompt_cache_key: 'x' } },
  });
  assert.deepEqual(Object.keys(body).toSorted(), ['max_tokens', 'messages', 'metadata', 'model', 'stream']);
  assert.deepEqual(body['metadata'], { user_id: 'u' });
});

test('the same request is the same bytes', () => {
  const request = (): Partial<ChatRequest> => ({
    tools: [tool('a.b')],
    turns: [user('x'), assistant(call('', '{}', 'a.b')), result('', '1')],
  });
  assert.equal(write(request()).text, write(request()).text);
});

test('version and betas: the client’s and the provider’s, each once, and those it refuses left out', () => {
  const headers = new Map([
    ['anthropic-beta', 'a-1, b-2,a-1'],
    ['anthropic-version', '2026-10-21'],
  ]);
  const able = { betas: ['c-3', 'b-2'], anthropicVersion: '2023-06-01' };
  assert.deepEqual(
    [...write({}, able, 'm', headers).headers],
    [
      ['content-type', 'application/json'],
      ['anthropic-version', '2026-10-21'],
      ['anthropic-beta', 'a-1,b-2,c-3'],
    ],
  );
  assert.equal(write({}, able).headers.get('anthropic-version'), '2023-06-01');
  const filtered = write({}, { ...able, betasAllowed: ['b-*', 'c-3'] }, 'm', headers);
  assert.equal(filtered.headers.get('anthropic-beta'), 'b-2,c-3');
  assert.equal(lossOf(filtered, 'anthropic-beta: a-1')?.contract, false);
});
