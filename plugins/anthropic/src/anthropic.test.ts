import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  collectBytes,
  createGateway,
  type GatewayConfig,
  type HandleRequest,
  type LiveGateway,
  type Settlement,
  stage,
} from '@tapgate/core';
import { fakeUpstream, fixtures, fixturesFolder, noFixtures, readSse, replay, reply } from '@tapgate/test-kit';
import { pino } from 'pino';
import anthropic from './index.ts';

// What the machine's owner has set must not decide these tests.
for (const name of ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']) delete process.env[name];

/** A gateway whose model `smart` is at a fake upstream. */
function gatewayOf(url: string, options: Record<string, unknown> = {}, config: GatewayConfig = {}): LiveGateway {
  const models = {
    smart: { targets: [{ provider: 'anthropic', model: 'claude-opus-4-5' }], unsupported: 'refuse' as const },
  };
  const gateway = createGateway({ models, ...config }, { log: pino({ level: 'silent' }) });
  gateway.use(anthropic, { apiKey: 'sk-ant-operator', baseUrl: url, ...options });
  return gateway;
}

interface Told {
  readonly status: number;
  readonly text: string;
  readonly settlement: Settlement;
}

async function tell(
  gateway: LiveGateway,
  request: Partial<HandleRequest> & { readonly body: Uint8Array },
): Promise<Told> {
  const handled = await gateway.handle({ dialect: 'anthropic-messages', path: '/v1/messages', ...request });
  const bytes = await collectBytes(handled.bytes);
  return { status: handled.status, text: Buffer.from(bytes).toString('utf8'), settlement: await handled.settled };
}

const ask = (more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ model: 'smart', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...more }));
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-5',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
};
const skip = fixturesFolder() === undefined ? noFixtures : false;

test('a request reaches the provider with its key, its version and the model’s name there, and the client’s key stays behind', async () => {
  await using upstream = await fakeUpstream(reply.json(200, message));
  const gateway = gatewayOf(upstream.url);
  const headers = new Map([
    ['authorization', 'Bearer client-key'],
    ['anthropic-version', '2023-06-01'],
    ['anthropic-beta', 'a-1,b-2'],
    ['content-type', 'application/json'],
  ]);
  const told = await tell(gateway, { body: ask(), headers, path: '/v1/messages?beta=true' });
  assert.equal(told.text, JSON.stringify(message));
  const sent = await upstream.request(0);
  assert.equal(sent.path, '/v1/messages?beta=true');
  assert.deepEqual(
    ['x-api-key', 'authorization', 'anthropic-version', 'anthropic-beta', 'content-type'].map((name) =>
      sent.headers.get(name),
    ),
    ['sk-ant-operator', undefined, '2023-06-01', 'a-1,b-2', 'application/json'],
  );
  assert.equal((sent.json() as { model: string }).model, 'claude-opus-4-5');
  assert.deepEqual([told.settlement.usage.input, told.settlement.usage.output], [3, 2]);
  await gateway.close();
});

test('a token goes out as a bearer, and the base may have the version in it', async () => {
  await using upstream = await fakeUpstream(reply.json(200, message));
  const gateway = gatewayOf(`${upstream.url}/v1/`, {
    apiKey: undefined,
    authToken: 'token',
    betas: ['own-1'],
    version: '2026-10-21',
  });
  await tell(gateway, { body: ask() });
  const sent = await upstream.request(0);
  assert.deepEqual(
    [sent.path, sent.headers.get('authorization'), sent.headers.get('x-api-key')],
    ['/v1/messages', 'Bearer token', undefined],
  );
  assert.deepEqual(
    [sent.headers.get('anthropic-version'), sent.headers.get('anthropic-beta')],
    ['2026-10-21', 'own-1'],
  );
  await gateway.close();
});

test('betas are merged and filtered on the count of tokens too', async () => {
  await using upstream = await fakeUpstream(reply.json(200, { input_tokens: 671 }));
  const gateway = gatewayOf(upstream.url, { betas: ['own-1'], betasAllowed: ['own-*', 'a-1'] });
  const body = Buffer.from('{"model":"smart","messages":[{"role":"user","content":"Hi"}]}');
  const told = await tell(gateway, {
    body,
    path: '/v1/messages/count_tokens',
    headers: new Map([['anthropic-beta', 'a-1,c-3']]),
  });
  assert.equal(told.text, '{"input_tokens":671}');
  const sent = await upstream.request(0);
  assert.deepEqual([sent.path, sent.headers.get('anthropic-beta')], ['/v1/messages/count_tokens', 'a-1,own-1']);
  assert.equal(sent.text, body.toString().replace('"smart"', '"claude-opus-4-5"'));
  await gateway.close();
});

test('a second key is a target of its own', async () => {
  await using upstream = await fakeUpstream(reply.json(200, message));
  const targets = [{ provider: 'anthropic', model: 'claude-opus-4-5', credential: 'second' }];
  const gateway = gatewayOf(
    upstream.url,
    { credentials: { second: 'sk-ant-second' } },
    { models: { smart: { targets, unsupported: 'refuse' } } },
  );
  await tell(gateway, { body: ask() });
  assert.equal((await upstream.request(0)).headers.get('x-api-key'), 'sk-ant-second');
  await gateway.close();
});

test('without a key the dialect is there and no provider is', async () => {
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.use(anthropic, { apiKey: undefined, authToken: undefined });
  const told = await tell(gateway, { body: ask() });
  assert.equal(told.status, 404);
  assert.match(told.text, /"type":"not_found_error"/);
  await gateway.close();
});

test('every recorded stream goes through byte for byte and is counted', { skip }, async () => {
  for (const fixture of fixtures({ dialect: 'anthropic-messages', streamed: true, ok: true })) {
    await using upstream = await fakeUpstream(replay(fixture));
    const gateway = gatewayOf(upstream.url);
    const told = await tell(gateway, { body: ask({ stream: true }) });
    assert.equal(told.text, Buffer.from(fixture.bytes).toString('utf8'), fixture.name);
    assert.equal(told.settlement.outcome, 'ok', fixture.name);
    assert.ok(told.settlement.usage.output > 0, fixture.name);
    await gateway.close();
  }
});

test('an answer that a plugin transforms is written anew, and its request is not', { skip }, async () => {
  const [fixture] = fixtures({ name: 'anthropic/thinking-tool-stream' });
  assert.ok(fixture);
  await using upstream = await fakeUpstream(replay(fixture));
  const gateway = gatewayOf(upstream.url);
  gateway.use(
    {
      name: 'loud',
      apiVersion: 1,
      schema: { type: 'object' },
      apply(to) {
        to.hooks.beforeRoute.tap({ name: 'loud', stage: stage.shape }, (exchange) => {
          exchange.transform(async function* (events) {
            for await (const event of events)
              yield event.type === 'part-delta' ? { ...event, text: event.text.replaceAll('user', 'USER') } : event;
          });
        });
      },
    },
    {},
  );
  const told = await tell(gateway, { body: ask({ stream: true }) });
  assert.match(told.text, /USER/);
  const signature = /"signature":"(E[^"]+)"/.exec(Buffer.from(fixture.bytes).toString('utf8'))?.[1];
  assert.ok(signature !== undefined && told.text.includes(signature));
  assert.equal(readSse(told.text).at(-1)?.event, 'message_stop');
  await gateway.close();
});

test('an upstream’s error has its own status and words, and an overload is 529', async () => {
  await using upstream = await fakeUpstream();
  const gateway = gatewayOf(upstream.url);
  const said = (type: string, words: string): object => ({ type: 'error', error: { type, message: words } });
  upstream.queue(reply.json(400, said('invalid_request_error', 'prompt is too long: 5 > 4')));
  const long = await tell(gateway, { body: ask() });
  assert.deepEqual(
    [long.status, /invalid_request_error","message":"prompt is too long: 5 > 4"/.test(long.text)],
    [400, true],
  );
  upstream.queue(reply.json(529, said('overloaded_error', 'Overloaded')));
  const busy = await tell(gateway, { body: ask() });
  assert.deepEqual([busy.status, /"overloaded_error"/.test(busy.text)], [529, true]);
  upstream.queue(reply.json(401, said('authentication_error', 'invalid x-api-key sk-ant-operator')));
  const refused = await tell(gateway, { body: ask() });
  assert.equal(refused.text.includes('sk-ant'), false);
  assert.equal(refused.status, 502);
  await gateway.close();
});

test('a whole answer whose model stopped by an error has the status of an error, and is settled as one', async () => {
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.use(anthropic, {});
  gateway.provider({
    name: 'elsewhere',
    dialects: [],
    credentials: [],
    capabilities: () => ({}),
    call: async () => ({
      events: [
        { type: 'start', model: 'm' },
        { type: 'part-start', part: 'a', choice: 0, kind: 'text' },
        { type: 'part-delta', part: 'a', text: 'Hel' },
        { type: 'part-end', part: 'a' },
        { type: 'finish', choice: 0, reason: 'error', raw: 'UNEXPECTED_TOOL_CALL' },
      ],
    }),
  });
  const told = await tell(gateway, { body: ask({ model: 'elsewhere/m' }) });
  assert.equal(told.status, 502);
  assert.match(told.text, /The model stopped: UNEXPECTED_TOOL_CALL/);
  assert.equal(told.settlement.outcome, 'upstream-error');
  await gateway.close();
});
