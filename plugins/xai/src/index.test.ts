import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ask,
  fakeUpstream,
  fixtures,
  fixturesFolder,
  noFixtures,
  pluginContract,
  providerContract,
  replay,
  serveGateway,
} from '@tapgate/test-kit';
import provider from './index.ts';

const apiKey = 'the-key-of-xai';

providerContract(test, {
  name: 'xai',
  create: (origin) => ({ provider: 'xai', plugins: [[provider, { baseUrl: `${origin}/v1`, apiKey }]] }) as never,
  credential: { header: 'authorization', value: `Bearer ${apiKey}` },
  secrets: [apiKey],
  dialects: ['openai-chat'],
});

pluginContract(test, {
  plugin: provider,
  options: { apiKey },
  badOptions: [{ apiKey: 3 }, { address: 'http://127.0.0.1' }],
  module: import.meta.resolve('./index.ts'),
});

test(
  'the price that it tells in ticks is the cost, in both dialects',
  { skip: fixturesFolder() === undefined ? noFixtures : false },
  async () => {
    for (const [name, path, body, nanos] of [
      ['xai/reasoning-tool-stream', '/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }, 133_050n],
      ['xai/responses-image-stream', '/v1/responses', { input: 'Hi' }, 12_346n],
    ] as const) {
      const [fixture] = fixtures({ name });
      assert.ok(fixture);
      await using upstream = await fakeUpstream(replay(fixture));
      await using served = await serveGateway({ plugins: [[provider, { baseUrl: `${upstream.url}/v1`, apiKey }]] });
      await ask(served.url + path, { body: { model: 'xai/m', stream: true, ...body } });
      assert.equal(served.settled[0]?.settlement.costNanos, nanos, name);
    }
  },
);
