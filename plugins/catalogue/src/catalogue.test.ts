import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noUsage, type Target, type Usage } from '@tapgate/core';
import type { ModelCatalogue } from './catalogue.ts';
import { catalogueOf } from './catalogue-of.ts';
import type { CatalogueOptions } from './options.ts';

/** A catalogue of a gateway whose providers have these vendors. */
function catalogueWith(
  vendors: Readonly<Record<string, string>>,
  options: Partial<CatalogueOptions> = {},
): ModelCatalogue {
  return catalogueOf({ vendorOf: (provider) => vendors[provider] }, { models: {}, providers: {}, ...options });
}

const million: Usage = { ...noUsage, input: 1_000_000 };
const openai = { openai: 'openai' };
const mini: Target = { provider: 'openai', model: 'gpt-4o-mini' };

test('a target costs what the list of its provider’s vendor says, whatever the provider’s name', () => {
  const catalogue = catalogueWith({ ...openai, 'my-openai': 'openai' });
  assert.equal(catalogue.cost(mini, million), 150_000_000n);
  assert.equal(catalogue.cost({ ...mini, provider: 'my-openai' }, million), 150_000_000n);
  assert.equal(catalogue.cost({ ...mini, provider: 'elsewhere' }, million), null);
});

test('the same model has each vendor’s own price and name there', () => {
  const catalogue = catalogueWith({ a: 'anthropic', b: 'bedrock', v: 'vertex', r: 'vertex-regional', o: 'openrouter' });
  const of = (provider: string, model: string): bigint | null =>
    catalogue.cost({ provider, model }, { ...noUsage, input: 1000 });
  assert.equal(of('a', 'claude-sonnet-4-5-20250929'), 3_000_000n);
  assert.equal(of('a', 'claude-sonnet-4-5'), 3_000_000n);
  assert.equal(of('b', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'), 3_000_000n);
  assert.equal(of('b', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'), 3_300_000n);
  assert.equal(of('v', 'claude-sonnet-4-5@20250929'), 3_000_000n);
  assert.equal(of('r', 'claude-sonnet-4-5@20250929'), 3_300_000n);
  assert.equal(of('o', 'anthropic/claude-sonnet-4.5'), 3_000_000n);
  assert.equal(of('a', 'claude-sonnet-4-5-turbo'), null);
});

test('the model that answered decides, where the list knows it: an alias, a deployment and a router stand for others', () => {
  const catalogue = catalogueWith({ ...openai, azure: 'azure-openai' });
  const deployment = { provider: 'azure', model: 'my-deployment' };
  assert.equal(catalogue.cost(deployment, million), null);
  assert.equal(catalogue.cost(deployment, million, { modelAnswered: 'gpt-4o-mini-2024-07-18' }), 150_000_000n);
  assert.equal(catalogue.cost(mini, million, { modelAnswered: 'gpt-4o-2024-08-06' }), 2_500_000_000n);
  assert.equal(catalogue.cost(mini, million, { modelAnswered: 'a name of nobody' }), 150_000_000n);
});

test('what the config says of a model stands above its list, and its prices replace all prices of the list', () => {
  const asked = { provider: 'openai', model: 'gpt-5' };
  const models = { 'openai/gpt-5': { contextWindow: 1000, prices: { input: '7', output: '8' } } };
  const catalogue = catalogueWith(openai, { models, providers: { openai: { times: '0.5' } } });
  assert.equal(catalogue.cost(asked, million), 7_000_000_000n);
  assert.equal(catalogue.cost(asked, million, { modelAnswered: 'gpt-5-mini' }), 7_000_000_000n);
  assert.equal(
    catalogue.cost(asked, { ...million, cacheRead: 1 }),
    null,
    'the list’s price for cached input is not mixed in',
  );
  assert.equal(catalogue.cost(asked, { ...million, tier: 'flex' }), null, 'nor is its tier');
  assert.equal(catalogue.capabilities(asked)['contextWindow'], 1000);
  assert.equal(catalogue.capabilities(asked)['maxOutputTokens'], 128_000, 'what it does not say stays');
});

test('a config that says nothing of prices leaves them, and a discount counts on all of a list', () => {
  const models = { 'openai/gpt-5': { contextWindow: 1000 } };
  const catalogue = catalogueWith(openai, { models, providers: { openai: { times: 0.9 } } });
  const usage = { ...noUsage, input: 1_000_000, output: 1_000_000, calls: { web_search_call: 1 } };
  assert.equal(catalogue.cost({ provider: 'openai', model: 'gpt-5' }, usage), 10_134_000_000n);
  assert.equal(catalogue.cost(mini, million), 135_000_000n);
  assert.equal(catalogue.cost(mini, { ...million, tier: 'priority' }), 225_000_000n);
});

test('a provider may be billed by another list, or by none', () => {
  const providers = { openai: { list: 'none' }, gateway: { list: 'anthropic' } };
  const catalogue = catalogueWith({ ...openai, gateway: 'openai-compatible' }, { providers });
  assert.equal(catalogue.cost(mini, million), null);
  assert.equal(catalogue.cost({ provider: 'gateway', model: 'claude-haiku-4-5' }, million), 1_000_000_000n);
});

// U-04
test('a model of one’s own has no price until the config gives it one, and the price may be 0', () => {
  const local = { ollama: 'ollama', vllm: 'vllm' };
  const [llama, qwen] = [
    { provider: 'ollama', model: 'llama3.2:3b' },
    { provider: 'vllm', model: 'Qwen/Qwen3-8B' },
  ];
  const usage = { ...noUsage, input: 1_000_000, output: 10 };
  for (const target of [llama, qwen]) assert.equal(catalogueWith(local).cost(target, usage), null);
  const models = {
    'ollama/llama3.2:3b': { prices: { input: 0, output: 0 } },
    'vllm/Qwen/Qwen3-8B': { contextWindow: 40_960, prices: { input: 0.1, output: '0.20' } },
  };
  const catalogue = catalogueWith(local, { models });
  assert.equal(catalogue.cost(llama, usage), 0n);
  assert.equal(catalogue.cost(qwen, usage), 100_002_000n, '0.1 is a tenth');
  assert.equal(catalogue.capabilities(qwen)['contextWindow'], 40_960);
});

test('a config has tiers, regions, calls, requests and longer prompts too', () => {
  const models = {
    'own/m': {
      prices: {
        input: '1',
        above: [
          { tokens: 2_000_000, input: '2' },
          { tokens: 3_000_000, input: '3' },
        ],
      },
      tiers: { Flex: { times: '0.5' }, fast: { input: 4 } },
      regions: { EU: '1.1' },
      calls: { search: '5' },
      requests: '1000',
    },
  };
  const catalogue = catalogueWith({}, { models });
  const cost = (more: Partial<Usage>): number =>
    Number(catalogue.cost({ provider: 'own', model: 'm' }, { ...million, ...more })) / 1e9;
  assert.equal(cost({}), 2);
  assert.equal(cost({ tier: 'flex' }), 1.5);
  assert.equal(cost({ tier: 'FAST' }), 5);
  assert.equal(cost({ region: 'eu' }), 2.1);
  assert.equal(cost({ calls: { search: 1000 } }), 7);
  assert.equal(cost({ input: 2_000_000 }), 3);
  assert.equal(cost({ input: 2_000_001 }), 5.000002);
  assert.equal(cost({ input: 4_000_000 }), 13);
});

test('what nobody bills costs nothing, and what nobody counted is not known', () => {
  const catalogue = catalogueWith(openai);
  for (const operation of ['models', 'count-tokens', 'moderations', 'responses-get', 'file-read'])
    assert.equal(catalogue.cost(mini, undefined, { operation }), 0n, operation);
  for (const operation of ['chat', 'embeddings', 'image-generate', 'batch-create'])
    assert.equal(catalogue.cost(mini, undefined, { operation }), null, operation);
  assert.deepEqual(catalogue.price(mini, undefined), { unknown: 'its provider did not count what it used' });
});

test('what a list says of a model are the abilities of its targets; what it does not say is not made up', () => {
  const catalogue = catalogueWith({ ...openai, mistral: 'mistral' });
  assert.deepEqual(catalogue.capabilities({ provider: 'openai', model: 'gpt-4o-mini' })['contextWindow'], 128_000);
  assert.deepEqual(catalogue.capabilities({ provider: 'openai', model: 'nobody' }), {});
  const [one, other] = [catalogue.capabilities(mini), catalogue.capabilities(mini)];
  assert.equal(one, other, 'computed once');
});

test('names that clients make up do not fill the memory, and find nothing', () => {
  const catalogue = catalogueWith(openai);
  for (const model of ['', '__proto__', 'constructor', 'gpt-4o-mini/../x', 'x'.repeat(100_000)])
    assert.equal(catalogue.cost({ provider: 'openai', model }, million), null);
  for (let made = 0; made < 5000; made += 1)
    assert.equal(catalogue.cost({ provider: 'openai', model: `made-up-${made}` }, million), null);
  assert.equal(catalogue.cost(mini, million), 150_000_000n);
});
