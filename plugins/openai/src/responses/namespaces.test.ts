import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, textOf, type ChatEvent, type Incoming, type Wanted } from '@tapgate/core';
import { validateResponsesStream } from '@tapgate/test-kit';
import { openaiChat } from '../chat/openai-chat.ts';
import { joinedName } from './namespaces.ts';
import { openaiResponses } from './openai-responses.ts';

type Members = Record<string, unknown>;

const parameters = { type: 'object', properties: {} };
const tools = [
  { type: 'function', name: 'exec', parameters, strict: false },
  {
    type: 'namespace',
    name: 'mcp__files',
    description: 'Files.',
    tools: [
      { type: 'function', name: 'read', parameters, strict: false },
      { type: 'custom', name: 'patch' },
    ],
  },
  {
    type: 'namespace',
    name: 'mcp__web__',
    description: 'Web.',
    tools: [{ type: 'function', name: 'read', parameters, strict: false }],
  },
];
const input = [
  { role: 'user', content: 'Hi' },
  { type: 'function_call', call_id: 'a', name: 'read', namespace: 'mcp__files', arguments: '{}' },
  { type: 'function_call_output', call_id: 'a', output: 'text' },
];

const incoming = (body: Members): Incoming => ({
  operation: 'chat',
  path: '/v1/responses',
  query: '',
  headers: new Map(),
  body: textBody(JSON.stringify({ model: 'm', ...body })),
});
const wanted: Wanted = {
  operation: 'chat',
  model: 'm',
  streamed: true,
  able: {},
  headers: new Map(),
  query: '',
  path: '',
};

test('tools in a namespace go to a provider that has none by one name, and so do calls of them', () => {
  const request = openaiResponses.readRequest(incoming({ tools, input }));
  const { body, losses } = openaiChat.writeRequest(request, wanted);
  const { tools: offered, messages } = JSON.parse(textOf(body)) as { tools: Members[]; messages: Members[] };
  const names = offered.map((tool) => ((tool['function'] ?? tool['custom']) as Members)['name']);
  assert.deepEqual(names, ['exec', 'mcp__files__read', 'mcp__files__patch', 'mcp__web__read']);
  const [called] = (messages[1]?.['tool_calls'] ?? []) as Members[];
  assert.equal((called?.['function'] as Members | undefined)?.['name'], 'mcp__files__read');
  assert.deepEqual(
    losses.filter(({ contract }) => contract),
    [],
  );
});

test('a call of such a tool comes back to the client in its namespace', () => {
  const request = openaiResponses.readRequest(incoming({ tools, input: 'Hi' }));
  const writer = openaiResponses.writer({ streamed: true, model: 'm', id: 'x', createdAt: 1, request });
  const events: ChatEvent[] = [
    {
      type: 'part-start',
      part: 'a',
      choice: 0,
      kind: 'tool-call',
      callId: 'c',
      name: 'mcp__web__read',
      executedBy: 'client',
    },
    { type: 'part-end', part: 'a' },
    { type: 'part-start', part: 'b', choice: 0, kind: 'tool-call', callId: 'd', name: 'exec', executedBy: 'client' },
    { type: 'part-end', part: 'b' },
    { type: 'finish', choice: 0, reason: 'tool-calls' },
  ];
  const stream = [...events.map((event) => writer.push(event)), writer.end()].join('');
  assert.deepEqual(validateResponsesStream(Buffer.from(stream), { written: true, ended: 'ok' }), []);
  const [last] = stream.trimEnd().split('\n').slice(-1);
  const { output, tools: echoed } = (JSON.parse(last?.slice('data: '.length) ?? '') as { response: Members }).response;
  assert.deepEqual(
    (output as Members[]).map(({ name, namespace }) => [name, namespace]),
    [
      ['read', 'mcp__web__'],
      ['exec', undefined],
    ],
  );
  assert.deepEqual(echoed, tools);
});

test('a provider of this dialect gets and gives namespaces as they are', () => {
  const request = openaiResponses.readRequest(incoming({ tools, input, stream: true }));
  const { body } = openaiResponses.writeRequest(request, wanted);
  assert.deepEqual(JSON.parse(textOf(body)), { model: 'm', tools, input, stream: true });
  const item = {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'c',
    name: 'read',
    namespace: 'mcp__files',
    arguments: '{}',
    status: 'completed',
  };
  const reader = openaiResponses.reader({ streamed: false, provider: 'p', able: {} });
  const answer = { id: 'resp_1', object: 'response', status: 'completed', output: [item] };
  const events = [...reader.push(Buffer.from(JSON.stringify(answer))), ...reader.end()];
  const start = events.find((event) => event.type === 'part-start');
  assert.equal(start?.name, 'mcp__files__read');
  const writer = openaiResponses.writer({ streamed: false, model: 'm', id: 'x', createdAt: 1, request });
  for (const event of events) writer.push(event);
  assert.deepEqual((JSON.parse(String(writer.end())) as Members)['output'], [item]);
});

test('a namespace that cannot be taken apart stays whole', () => {
  for (const odd of [
    { type: 'namespace', name: 'n', tools: [{ type: 'new_kind' }] },
    { type: 'namespace', name: 'n', tools: [] },
    { type: 'namespace', tools: [{ type: 'function', name: 'f' }] },
  ]) {
    const request = openaiResponses.readRequest(incoming({ tools: [odd] }));
    assert.deepEqual(
      request.tools.map(({ kind }) => kind),
      ['hosted'],
    );
  }
  const taken = [
    { type: 'function', name: 'n__f' },
    { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] },
  ];
  const request = openaiResponses.readRequest(incoming({ tools: taken }));
  assert.deepEqual(
    request.tools.map(({ kind }) => kind),
    ['function', 'hosted'],
  );
});

test('a long name is cut to what every provider takes, and stays apart from others', () => {
  const names = ['a', 'b'].map((end) => joinedName('n'.repeat(60), 'tool'.repeat(10) + end));
  for (const name of names) assert.match(name, /^[a-zA-Z0-9_-]{64}$/);
  assert.notEqual(names[0], names[1]);
});
