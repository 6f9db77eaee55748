import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask, fakeUpstream, type PluginUse, reply, serveGateway } from '@tapgate/test-kit';
import { languages, makers } from '../faults/stage.ts';
import { everyPlugin } from './world.ts';

const root = new URL('../../', import.meta.url);

// D-05, H-04, A-13
test('a gateway of every plugin begins, is ready and ends, and has connected to nobody', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const providers: PluginUse[] = Object.entries(makers).map(([dialect, { plugin, base }]) => [
    plugin,
    { baseUrl: upstream.url + base, apiKey: 'key' },
    { id: dialect },
  ]);
  let sockets = 0;
  const count = (): void => void (sockets += 1);
  subscribe('net.client.socket', count);
  try {
    const served = await serveGateway({
      plugins: [languages, ...providers, ...everyPlugin],
      models: { m: ['openai-chat/real', 'anthropic-messages/real'] },
    });
    await served.gateway.ready();
    assert.equal(sockets, 0);
    const ready = await ask(`${served.url}/readyz`, { method: 'GET' });
    assert.equal(ready.status, 200);
    await served.close();
    // The one that asked whether it is ready.
    assert.equal(sockets, 1);
    assert.equal(upstream.requests.length, 0);
  } finally {
    unsubscribe('net.client.socket', count);
  }
});

// D-02
test('a thousand health checks ask no provider', async () => {
  await using upstream = await fakeUpstream(reply.json(200, {}));
  const chat = makers['openai-chat'];
  assert.ok(chat);
  await using served = await serveGateway({
    plugins: [languages, [chat.plugin, { baseUrl: `${upstream.url}/v1`, apiKey: 'key' }, { id: 'a' }], ...everyPlugin],
    models: { m: ['a/real'] },
  });
  for (let checks = 0; checks < 1000; checks += 50) {
    const asked = Array.from({ length: 50 }, (_, at) =>
      ask(`${served.url}/${at % 2 ? 'livez' : 'readyz'}`, { method: 'GET' }),
    );
    for (const { status } of await Promise.all(asked)) assert.equal(status, 200);
  }
  assert.equal(upstream.requests.length, 0);
});

//
test('no package of the house runs anything when it is installed, and each says what it publishes', () => {
  const manifests = globSync(['core/package.json', 'plugins/*/package.json', 'test/kit/package.json'], { cwd: root });
  assert.ok(manifests.length > 20);
  for (const path of manifests) {
    const { scripts = {}, files } = JSON.parse(readFileSync(new URL(path, root), 'utf8')) as {
      scripts?: Record<string, string>;
      files?: string[];
    };
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
      assert.equal(scripts[name], undefined, `${path} runs ${name}`);
    assert.ok(Array.isArray(files) && files.length > 0, `${path} does not say what it publishes`);
  }
});
