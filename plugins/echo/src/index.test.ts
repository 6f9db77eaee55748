import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatRequest, collectBytes, createGateway, type LiveGateway, RawJson } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { pino } from 'pino';
import { exampleOf } from './example-of.ts';
import { refusalNames } from './failures.ts';
import echo from './index.ts';
import { numbersFrom } from './numbers.ts';
import { writeAnswer } from './write-answer.ts';

function gatewayWith(paceMs = 0): LiveGateway {
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.dialect(openaiChat);
  return gateway.use(echo, { paceMs });
}

async function ask(
  gateway: LiveGateway,
  model: string,
  fields: object = {},
): Promise<{ status: number; text: string; outcome: string }> {
  const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'hello there' }], ...fields }));
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
  const text = Buffer.from(await collectBytes(reply.bytes)).toString();
  return { status: reply.status, text, outcome: (await reply.settled).outcome };
}

const request = (more: Partial<ChatRequest> = {}): ChatRequest => ({
  model: 'echo',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'hello there' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
  ...more,
});

test('it says back what it is told, whole and streamed', async () => {
  const gateway = gatewayWith(1);
  const whole = await ask(gateway, 'echo/echo');
  assert.match(whole.text, /"content":"hello there"/);
  const streamed = await ask(gateway, 'echo/echo', { stream: true });
  assert.match(streamed.text, /"content":"hello"[\s\S]*"content":" there"[\s\S]*\[DONE\]/);
  await gateway.close();
});

test('the same seed gives the same answer, another one another', () => {
  const schema = new RawJson('{}', {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 0, maximum: 1_000_000 } },
  });
  const asked = request({ output: { format: { kind: 'schema', schema } } });
  assert.deepEqual(writeAnswer(asked, 'echo', 1), writeAnswer(asked, 'echo', 1));
  assert.notDeepEqual(writeAnswer(asked, 'echo', 1), writeAnswer(asked, 'echo', 2));
});

test('a tool is called when its name is said or it is forced, and not again once its result has come', () => {
  const tool = {
    kind: 'function',
    name: 'weather',
    schema: new RawJson('{}', { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  } as const;
  const said = request({
    tools: [tool],
    turns: [{ role: 'user', parts: [{ kind: 'text', text: 'the weather please' }] }],
  });
  const called = writeAnswer(said, 'echo', 1).filter(
    (event) => event.type === 'part-start' && event.kind === 'tool-call',
  );
  assert.equal(called.length, 1);
  assert.equal(
    writeAnswer(request({ tools: [tool], toolChoice: { mode: 'required' } }), 'echo', 1).at(-1)?.type,
    'finish',
  );
  const after = request({
    tools: [tool],
    turns: [
      ...said.turns,
      { role: 'tool', parts: [{ kind: 'tool-result', callId: 'x', parts: [{ kind: 'text', text: 'weather: sun' }] }] },
    ],
  });
  assert.ok(!writeAnswer(after, 'echo', 1).some((event) => event.type === 'part-start' && event.kind === 'tool-call'));
});

test('an example fits its schema: enums, bounds, required members, references', () => {
  const example = exampleOf(
    {
      type: 'object',
      properties: {
        kind: { enum: ['a', 'b'] },
        n: { type: 'integer', minimum: 3, maximum: 5 },
        list: { type: 'array', minItems: 2, items: { $ref: '#/$defs/word' } },
      },
      required: ['kind', 'n', 'list'],
      $defs: { word: { type: 'string', minLength: 9 } },
    },
    numbersFrom(7),
  ) as { kind: string; n: number; list: string[] };
  assert.ok(['a', 'b'].includes(example.kind));
  assert.ok(example.n >= 3 && example.n <= 5);
  assert.ok(example.list.length === 2 && example.list.every((word) => word.length >= 9));
});

test('every failure by model name is told as a provider would tell it, before the answer or in its middle', async () => {
  const gateway = gatewayWith();
  for (const name of refusalNames) {
    const told = await ask(gateway, `echo/${name}`, { stream: true });
    assert.ok(told.status >= 400, name);
    assert.match(told.text, /"error"/, name);
  }
  for (const name of ['cut', 'error', 'garbage']) {
    const told = await ask(gateway, `echo/${name}`, { stream: true });
    assert.equal(told.status, 200, name);
    assert.match(told.text, /"error"/, name);
    assert.doesNotMatch(told.text, /\[DONE\]/, name);
    assert.notEqual(told.outcome, 'ok', name);
    assert.ok((await ask(gateway, `echo/${name}`)).status >= 500, name);
  }
  assert.equal((await ask(gateway, 'echo/nothing')).status, 404);
  await gateway.close();
});

test('a stalled answer ends when its client leaves', async () => {
  const gateway = gatewayWith();
  const leaving = new AbortController();
  const body = Buffer.from(JSON.stringify({ model: 'echo/stall', messages: [] }));
  const handled = gateway.handle({
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    body,
    signal: leaving.signal,
  });
  setTimeout(() => leaving.abort(), 20);
  assert.equal((await (await handled).settled).outcome, 'client-left');
  await gateway.close();
});
