import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineConfig } from './written-config.ts';

declare module '../plugin.ts' {
  interface PluginOptions {
    'typed-shop': { readonly attempts?: number };
  }
}

test('a config in TypeScript is what was written, with the types of the options of plugins that are known', () => {
  const config = defineConfig({
    server: { port: 1 },
    plugins: [
      'echo',
      { use: 'typed-shop', options: { attempts: 2 } },
      { use: './mine.ts', options: { anything: true } },
    ],
    models: { a: ['echo/echo', { provider: 'echo', model: 'b' }], c: { targets: ['echo/d'], hidden: true } },
  });
  assert.equal(config.plugins?.length, 3);
  defineConfig({
    plugins: [
      'echo',
      // @ts-expect-error -- a plugin whose options are known takes no others
      { use: 'typed-shop', options: { atempts: 2 } },
    ],
  });
  // @ts-expect-error -- no key that is not known
  defineConfig({ servr: {} });
  // @ts-expect-error -- nor within a section
  defineConfig({ server: { prot: 1 } });
});
