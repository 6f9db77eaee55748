import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definePlugin, type Gateway, type Plugin } from '../plugin.ts';
import type { Store } from '../store/store.ts';
import { assemble } from './assemble.ts';
import { configErrors, ConfigErrors } from './config-error.ts';
import { defaultConfig } from './config.ts';
import type { LoadedConfig } from './load-config.ts';

const schema = { type: 'object', additionalProperties: false };
const plugin = (name: string, more: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name, apiVersion: 1, schema, apply() {}, ...more });
const provider = (name: string): Plugin =>
  plugin(name, {
    apply(gateway: Gateway) {
      gateway.provider({
        name,
        dialects: [],
        credentials: [],
        capabilities: () => ({}),
        call: () => Promise.reject(new Error('called')),
      });
    },
  });

function loaded(plugins: readonly Plugin[], models: LoadedConfig['config']['models'] = {}): LoadedConfig {
  return {
    config: { ...defaultConfig, log: { level: 'silent' }, models },
    plugins: plugins.map((one) => ({ plugin: one, use: one.name, id: one.name, options: {} })),
    folder: '/where/the/config/is',
    warnings: [],
    found: [],
    located: (errors) => (errors instanceof ConfigErrors ? errors : new ConfigErrors([errors])),
  };
}

function mistakes(config: LoadedConfig): string[] {
  try {
    assemble(config);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigErrors);
    return error.errors.map(({ code, path }) => `${code} ${path}`);
  }
}

const broken = plugin('broken', {
  apply() {
    throw new Error('no luck');
  },
});
const model = { targets: [{ provider: 'shpo', model: 'a' }], unsupported: 'refuse' } as const;

test('every plugin that cannot be applied is told, with its place', () => {
  assert.deepEqual(mistakes(loaded([plugin('one'), broken, { ...broken, name: 'other' }])), [
    'PLUGIN_FAILED plugins[1].use',
    'PLUGIN_FAILED plugins[2].use',
  ]);
});

test('a plugin is told where the config is, so that it can find what its options name', () => {
  const seen: string[] = [];
  const asks = plugin('asks', { apply: (_gateway, _options, { id, folder }) => void seen.push(id, folder) });
  assert.deepEqual(mistakes(loaded([asks])), []);
  assert.deepEqual(seen, ['asks', '/where/the/config/is']);
});

test('a plugin that says itself what is wrong with the config is heard', () => {
  const telling = plugin('telling', {
    apply() {
      throw configErrors.SERVICE_DUPLICATE({ first: 'one', second: 'telling', service: 'store' });
    },
  });
  assert.deepEqual(mistakes(loaded([telling])), ['SERVICE_DUPLICATE plugins[0].use']);
});

test('a service that is needed and not there, and a provider that is not, are told together', () => {
  const needy = plugin('needy', { needs: ['store', 'catalogue'] });
  assert.deepEqual(mistakes(loaded([provider('shop'), needy], { a: model })), [
    'NEEDS_MISSING plugins[1].use',
    'MODEL_TARGET_UNKNOWN_PROVIDER models.a.targets[0].provider',
  ]);
});

test('a limit that each of several workers would count for itself is refused, and with one store for all it is not', async () => {
  const limit = plugin('limit', { needsSharedStore: true });
  const elsewhere = (shared: true | undefined): Plugin =>
    plugin('elsewhere', {
      apply: (gateway: Gateway) => gateway.provide('store', (shared ? { shared } : {}) as Store),
    });
  const with2 = (...plugins: Plugin[]): LoadedConfig => {
    const one = loaded(plugins);
    return { ...one, config: { ...one.config, server: { ...one.config.server, workers: 2 } } };
  };
  assert.deepEqual(mistakes(with2(plugin('other'), limit)), ['STORE_NOT_SHARED plugins[1].use']);
  assert.deepEqual(mistakes(with2(limit, elsewhere(undefined))), ['STORE_NOT_SHARED plugins[0].use']);
  for (const fine of [loaded([limit]), with2(plugin('other')), with2(limit, elsewhere(true))])
    await assemble(fine).close();
});

test('what fits together is a gateway', async () => {
  const gateway = assemble(
    loaded([provider('shop')], { a: { ...model, targets: [{ provider: 'shop', model: 'a' }] } }),
  );
  assert.deepEqual([...gateway.providers.keys()], ['shop']);
  await gateway.close();
});
