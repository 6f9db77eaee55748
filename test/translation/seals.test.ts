import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import { bedrock } from '@tapgate/bedrock';
import { collectBytes, createGateway, type Kept, type LiveGateway, stage, type Target } from '@tapgate/core';
import failover from '@tapgate/failover';
import { google } from '@tapgate/google';
import { openai } from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { type FakeUpstream, fakeUpstream, reply } from '@tapgate/test-kit';
import { pino } from 'pino';
import { type Asked, type Seals, tongues } from './tongues.ts';

const a: Seals = { thought: 'c2VhbCBvZiBBLCBvbmU=', call: 'c2VhbCBvZiBBLCB0d28=' };
const b: Seals = { thought: 'c2VhbCBvZiBCLCBvbmU=', call: 'c2VhbCBvZiBCLCB0d28=' };
const quirks = { reasoningOut: 'reasoning_details', extraContent: true };

/** A place that speaks one dialect, under a name of its own. */
const places: Readonly<Record<string, (gateway: LiveGateway, id: string, url: string) => void>> = {
  'openai-chat': (gateway, id, url) =>
    gateway.use(openaiCompatible, { baseUrl: `${url}/v1`, apiKey: 'k', quirks }, { id }),
  'openai-responses': (gateway, id, url) =>
    gateway.use(openaiCompatible, { baseUrl: `${url}/v1`, apiKey: 'k', dialects: ['openai-responses'] }, { id }),
  'anthropic-messages': (gateway, id, url) => gateway.use(anthropic, { baseUrl: url, apiKey: 'k' }, { id }),
  'google-generate': (gateway, id, url) => gateway.use(google, { baseUrl: `${url}/v1beta`, apiKey: 'k' }, { id }),
};

/** All dialects for clients, the two places `a` and `b` of one dialect, and the order in which the model asks them. */
function gatewayOf(
  vendor: string,
  [first, second]: readonly [FakeUpstream, FakeUpstream],
  order: readonly string[],
  open: AsyncDisposableStack,
): LiveGateway {
  const targets = order.map((provider) => ({ provider, model: 'm' }));
  const gateway = createGateway(
    { models: { smart: { targets, unsupported: 'refuse' } } },
    { log: pino({ level: 'silent' }) },
  );
  gateway.use(openai, {}).use(anthropic, {}).use(google, {}).use(failover, { attempts: 2 });
  places[vendor]?.(gateway, 'a', first.url);
  places[vendor]?.(gateway, 'b', second.url);
  open.defer(() => gateway.close());
  return gateway;
}

async function tell(gateway: LiveGateway, dialect: string, { path, body }: Asked): Promise<string> {
  const handled = await gateway.handle({ dialect, path, body: Buffer.from(JSON.stringify(body)) });
  const text = Buffer.from(await collectBytes(handled.bytes)).toString('utf8');
  assert.equal(handled.status, 200, text);
  return text;
}

/** Whether bytes hold a text, be it within the tags that the gateway writes in base64. */
function holds(sent: string, text: string): boolean {
  const decoded = [...sent.matchAll(/"([A-Za-z0-9+/_=-]{40,})"/g)].map(([, word]) =>
    Buffer.from(word ?? '', 'base64').toString(),
  );
  return [sent, ...decoded].some((one) => one.includes(text));
}

/** Both as a vendor of this dialect answers, with its own seals. */
async function pairOf(
  vendor: string,
  streamed: boolean,
  open: AsyncDisposableStack,
): Promise<readonly [FakeUpstream, FakeUpstream]> {
  const answering = async (seals: Seals): Promise<FakeUpstream> => {
    const text = tongues[vendor]?.answer(seals, streamed) ?? '';
    return open.use(await fakeUpstream(streamed ? reply.sse(text) : reply.json(200, JSON.parse(text))));
  };
  return [await answering(a), await answering(b)];
}

const seals: Readonly<Record<string, Seals>> = { a, b };

for (const [spoken, client] of Object.entries(tongues)) {
  for (const [vendor, { sealed }] of Object.entries(tongues)) {
    for (const streamed of [true, false]) {
      const how = `${spoken} to ${vendor}, ${streamed ? 'streamed' : 'whole'}`;
      test(`R-01 R-03 R-04 seals go back to their own place, byte for byte, and to no other: ${how}`, async () => {
        for (const from of ['a', 'b']) {
          for (const to of ['a', 'b']) {
            await using open = new AsyncDisposableStack();
            const upstreams = await pairOf(vendor, streamed, open);
            const said = await tell(gatewayOf(vendor, upstreams, [from], open), spoken, client.first(streamed));
            await tell(gatewayOf(vendor, upstreams, [to], open), spoken, client.second(said, streamed));
            const asked = upstreams[to === 'a' ? 0 : 1];
            const sent = (await asked.request(from === to ? 1 : 0)).body.toString();
            for (const part of sealed) {
              const value = seals[from]?.[part] ?? '';
              assert.equal(holds(sent, value), from === to, `${part} of ${from} for ${to}: ${sent}`);
            }
            assert.ok(!holds(sent, 'tapgate:'), sent);
            assert.ok(sent.includes('A tree.'), sent);
          }
        }
      });
    }
  }
}

for (const [dialect, { first, second, answer, sealed }] of Object.entries(tongues)) {
  for (const streamed of [true, false]) {
    test(`R-03 after a failover the native lane gives no seal to the next place: ${dialect}, ${streamed ? 'streamed' : 'whole'}`, async () => {
      const answered = answer(b, streamed);
      await using open = new AsyncDisposableStack();
      await using down = await fakeUpstream(reply.json(503, { error: { message: 'down' } }));
      await using up = await fakeUpstream(streamed ? reply.sse(answered) : reply.json(200, JSON.parse(answered)));
      const gateway = gatewayOf(dialect, [down, up], ['a', 'b'], open);
      const said = await tell(gateway, dialect, second(answer(a, streamed), streamed));
      assert.equal(down.requests.length, 1);
      const refused = (await down.request(0)).body.toString();
      const taken = (await up.request(0)).body.toString();
      for (const part of sealed) {
        assert.ok(refused.includes(a[part]), 'the first place is given its own');
        assert.ok(!holds(taken, a[part]), taken);
      }
      // What the second place sealed names it, and so goes back there.
      const next = await tell(gateway, dialect, second(said, streamed));
      const again = (await up.request(1)).body.toString();
      for (const part of sealed) assert.ok(again.includes(b[part]), again);
      assert.ok(next.length > 0 && first(streamed).path.length > 0);
    });
  }
}

/** A gateway whose only model asks two places, the first of them first, and what is asked of it then. */
async function askedOf(
  vendor: string,
  target: Target,
  use: (gateway: LiveGateway, url: string) => void,
  asked: Asked,
): Promise<string> {
  await using up = await fakeUpstream(reply.json(500, {}));
  const models = { smart: { targets: [target], unsupported: 'refuse' as const } };
  const gateway = createGateway({ models }, { log: pino({ level: 'silent' }) });
  gateway.use(openai, {}).use(anthropic, {}).use(google, {});
  use(gateway, up.url);
  const handled = await gateway.handle({
    dialect: vendor,
    path: asked.path,
    body: Buffer.from(JSON.stringify(asked.body)),
  });
  const text = Buffer.from(await collectBytes(handled.bytes)).toString();
  await gateway.close();
  assert.equal(up.requests.length, 1, text);
  return (await up.request(0)).body.toString();
}

const messages = tongues['anthropic-messages'] as (typeof tongues)[string];

test('R-03 what Claude signed is taken by every platform that serves it, in whichever of its dialects', async () => {
  const asked = messages.second(messages.answer(a, false), false);
  const home = (gateway: LiveGateway): LiveGateway => gateway.use(anthropic, { apiKey: 'k' }, { id: 'claude' });
  const region = { region: 'us-east-1', apiKey: 'k' };
  const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
  for (const way of ['invoke', 'converse'] as const) {
    const sent = await askedOf(
      'anthropic-messages',
      { provider: 'bedrock', model },
      (gateway, url) => home(gateway).use(bedrock, { ...region, baseUrl: url, anthropic: way }),
      asked,
    );
    assert.ok(sent.includes(`"signature":"${a.thought}"`), `${way}: ${sent}`);
    // Whether sealed data is the same in both dialects nobody says.
    assert.equal(sent.includes(a.call), way === 'invoke', sent);
  }
  const elsewhere = await askedOf(
    'anthropic-messages',
    { provider: 'bedrock', model: 'amazon.nova-pro-v1:0' },
    (gateway, url) => home(gateway).use(bedrock, { ...region, baseUrl: url }),
    asked,
  );
  assert.ok(!elsewhere.includes(a.thought) && elsewhere.includes('A tree.'), elsewhere);
});

test('R-03 M-03 each key of a provider is a place of its own, unless the operator says that they share seals', async () => {
  const responses = tongues['openai-responses'] as (typeof tongues)[string];
  const asked = responses.second(responses.answer(a, false), false);
  const to = (credential: string | undefined, sealRealm?: string): Promise<string> =>
    askedOf(
      'openai-responses',
      { provider: 'openai-compatible', model: 'm', ...(credential && { credential }) },
      (gateway, url) =>
        gateway.use(openaiCompatible, {
          baseUrl: `${url}/v1`,
          apiKey: 'k',
          credentials: { second: 'k2' },
          dialects: ['openai-responses'],
          ...(sealRealm && { sealRealm }),
        }),
      asked,
    );
  assert.ok((await to(undefined)).includes(a.thought));
  assert.ok((await to('default')).includes(a.thought));
  assert.ok(!(await to('second')).includes(a.thought));
  assert.ok((await to('second', 'our-organisation')).includes(a.thought));
});

test('R-01 a count of tokens is asked without what another place sealed, and with its own', async () => {
  const { body } = messages.second(messages.answer(a, false), false);
  const { stream: _, max_tokens: __, ...counted } = body;
  const asked = { path: '/v1/messages/count_tokens', body: counted };
  const two = (gateway: LiveGateway, url: string): void => {
    for (const id of ['a', 'b']) gateway.use(anthropic, { baseUrl: url, apiKey: 'k' }, { id });
  };
  const of = (provider: string): Promise<string> => askedOf('anthropic-messages', { provider, model: 'm' }, two, asked);
  assert.ok((await of('a')).includes(a.thought));
  const other = await of('b');
  assert.ok(!other.includes(a.thought) && other.includes('A tree.'), other);
});

test('R-03 what is sealed in an answer that is told again is still of whom gave it', async () => {
  await using open = new AsyncDisposableStack();
  const upstreams = await pairOf('anthropic-messages', true, open);
  const gateway = gatewayOf('anthropic-messages', upstreams, ['b'], open);
  let kept: Kept | undefined;
  gateway.hooks.beforeRoute.tapPromise({ name: 'again', stage: stage.answer }, (exchange) => {
    if (kept !== undefined) return Promise.resolve(kept.follow(exchange.signal));
    kept = exchange.keep({});
    return Promise.resolve(undefined);
  });
  const first = messages.first(true);
  const said = await tell(gateway, 'anthropic-messages', first);
  assert.equal(await tell(gateway, 'anthropic-messages', first), said);
  assert.equal(upstreams[1].requests.length, 1);
  assert.ok(said.includes('tapgate:') && !said.includes(a.thought), said);
  const chat = tongues['openai-chat'] as (typeof tongues)[string];
  const translated = await tell(gateway, 'openai-chat', chat.first(true));
  assert.ok(translated.includes('tapgate:'), translated);
});
