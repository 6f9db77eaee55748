import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Capabilities,
  collectBytes,
  createGateway,
  definePlugin,
  type LiveGateway,
  stage,
  type Target,
} from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { pino } from 'pino';
import capabilities, { type CapabilitiesOptions } from './index.ts';

const eu: Target = { provider: 'eu', model: 'm', labels: { region: 'eu' } };
const us: Target = { provider: 'us', model: 'm', labels: { region: 'us' } };

/** A gateway with the targets eu and us, whose models can do what is said. */
function gatewayWith(
  able: Readonly<Record<string, Capabilities>>,
  options: Partial<CapabilitiesOptions> = {},
  labels: Record<string, string> = {},
): LiveGateway {
  const gateway = createGateway(
    { models: { m: { targets: [eu, us], unsupported: 'refuse' } } },
    { log: pino({ level: 'silent' }) },
  );
  gateway.use(
    definePlugin({
      name: 'two',
      apiVersion: 1,
      schema: { type: 'object' },
      apply(to) {
        to.dialect(openaiChat);
        to.hooks.beforeRoute.tap({ name: 'two', stage: stage.admit }, (exchange) =>
          exchange.admit({ id: 'ann', tenant: 't', labels, claims: {} }),
        );
        for (const { provider } of [eu, us]) {
          to.provider({
            name: provider,
            dialects: [],
            credentials: [],
            capabilities: () => able[provider] ?? {},
            call: () =>
              Promise.resolve({
                events: [
                  { type: 'part-start', part: 't', choice: 0, kind: 'text' },
                  { type: 'part-delta', part: 't', text: provider },
                  { type: 'part-end', part: 't' },
                  { type: 'finish', choice: 0, reason: 'stop' },
                ],
              }),
          });
        }
      },
    }),
    {},
  );
  return gateway.use(capabilities, options);
}

async function ask(
  gateway: LiveGateway,
  fields: object = {},
): Promise<{ status: number; provider: string | undefined; text: string; notes: string[] }> {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }], ...fields }));
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
  const text = Buffer.from(await collectBytes(reply.bytes)).toString();
  const { notes } = await reply.settled;
  return {
    status: reply.status,
    provider: reply.headers.get('x-tapgate-provider'),
    text,
    notes: notes.map((note) => note.reason),
  };
}

const image = {
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }],
};
const tools = {
  tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
};
const schema = { response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } } };

for (const [what, lack, fields] of [
  ['images', { images: false }, image],
  ['tools', { tools: false }, tools],
  ['a JSON schema', { jsonSchema: 'none' }, schema],
  ['several answers', { n: 1 }, { n: 2 }],
  ['a long answer', { maxOutputTokens: 10 }, { max_tokens: 100 }],
  ['a long prompt', { contextWindow: 100 }, { messages: [{ role: 'user', content: 'word '.repeat(1000) }] }],
] as const) {
  test(`a target that cannot do ${what} is left out, with the reason kept`, async () => {
    const gateway = gatewayWith({ eu: lack });
    assert.equal((await ask(gateway)).provider, 'eu');
    const told = await ask(gateway, fields);
    assert.equal(told.provider, 'us');
    assert.equal(told.notes.length, 1);
    await gateway.close();
  });
}

test('when nobody can, the answer is a 400 that says why for each, and nobody is asked', async () => {
  const gateway = gatewayWith({ eu: { images: false }, us: { images: false } });
  const told = await ask(gateway, image);
  assert.equal(told.status, 400);
  assert.match(told.text, /eu\/m: it has no images; us\/m: it has no images/);
  await gateway.close();
});

test('what nobody said is taken for possible', async () => {
  const gateway = gatewayWith({});
  assert.equal((await ask(gateway, { ...image, ...tools, ...schema })).provider, 'eu');
  await gateway.close();
});

test('data stays where the config or the caller’s own label wants it, and a target that tells nothing is left out', async () => {
  const configured = gatewayWith({}, { labels: { region: ['us'] } });
  assert.equal((await ask(configured)).provider, 'us');
  const byCaller = gatewayWith({}, { callerLabels: ['region'] }, { region: 'us' });
  assert.equal((await ask(byCaller)).provider, 'us');
  const nowhere = gatewayWith({}, { labels: { retention: ['none'] } });
  const told = await ask(nowhere);
  assert.equal(told.status, 403);
  assert.match(told.text, /its retention is not told/);
  for (const gateway of [configured, byCaller, nowhere]) await gateway.close();
});
