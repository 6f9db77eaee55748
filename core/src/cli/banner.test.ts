import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig } from '../config/config.ts';
import { ConfigErrors } from '../config/config-error.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Dialect } from '../dialect.ts';
import { LiveGateway } from '../gateway.ts';
import { bannerOf } from './banner.ts';

const models = Object.fromEntries(
  Array.from({ length: 10 }, (_, at) => [
    `it's-${at}`,
    { targets: [{ provider: 'a', model: 'b' }], unsupported: 'refuse' as const },
  ]),
);

function banner(loaded: Partial<LoadedConfig>, path: string): string {
  const config = { ...defaultConfig, log: { level: 'silent' }, models };
  const gateway = new LiveGateway(config);
  gateway.dialects.set('some', {
    name: 'some',
    routes: [{ method: 'POST', path, operation: 'chat' }],
  } as unknown as Dialect);
  const whole: LoadedConfig = {
    config,
    plugins: [],
    folder: '/where/the/config/is',
    warnings: [],
    found: [],
    located: () => new ConfigErrors([]),
    ...loaded,
  };
  return bannerOf(whole, gateway, { port: 1234, adminPort: undefined });
}

test('the banner gives a request to paste, safe in a shell, where a chat is served', () => {
  const text = banner({}, '/v1/chat/completions');
  assert.match(
    text,
    /curl -s http:\/\/127\.0\.0\.1:1234\/v1\/chat\/completions -H 'content-type: application\/json' -d '\{"model":"it'\\''s-0"/,
  );
  assert.match(text, /it's-7, and 2 more/);
  assert.match(text, /no config here[^]*tapgate init/);
  assert.ok(!text.includes('Admin'));
});

test('the banner tells the config that was read, and which key was found', () => {
  const text = banner({ file: 'tapgate.yaml', found: [{ name: 'shop', variable: 'SHOP_KEY' }] }, '/elsewhere');
  assert.match(text, /tapgate\.yaml\n[^]*SHOP_KEY in the environment: shop\/… is served/);
  assert.match(text, /curl -s http:\/\/127\.0\.0\.1:1234\/v1\/models/);
  assert.ok(!text.includes('tapgate init'));
});
