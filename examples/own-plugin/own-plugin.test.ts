import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, mock, test } from 'node:test';
import { assemble, ConfigErrors, listen, loadConfig, type LoadedConfig } from '@tapgate/core';

const folder = import.meta.dirname;

let loaded: LoadedConfig;
before(async () => {
  loaded = await loadConfig({ cwd: folder, env: {} });
});

/** What a client gets at that hour. */
async function askedAt(hour: string, model: string): Promise<{ status: number; body: any }> {
  const { config } = loaded;
  const server = { ...config.server, port: 0, adminPort: -1 };
  const gateway = assemble({ ...loaded, config: { ...config, server, log: { level: 'silent' } } });
  const listening = await listen(gateway);
  mock.timers.enable({ apis: ['Date'], now: Date.parse(`2026-11-25T${hour}Z`) });
  try {
    const response = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello there!' }] }),
    });
    return { status: response.status, body: await response.json() };
  } finally {
    mock.timers.reset();
    await listening.close();
    await gateway.close();
  }
}

test('a request within business hours is answered', async () => {
  const { status, body } = await askedAt('08:00:00', 'smart');
  assert.equal(status, 200);
  assert.equal(body.choices[0].message.content, 'Hello there!');
});

for (const hour of ['07:59:59', '18:00:00']) {
  test(`a request at ${hour} is refused by the plugin, in the client's own language`, async () => {
    const { status, body } = await askedAt(hour, 'smart');
    assert.equal(status, 403);
    assert.equal(body.error.code, 'business_hours_closed');
    assert.equal(body.error.message, "Open from 8 to 18 o'clock UTC.");
  });
}

test('a model outside the scope of the plugin is answered at any hour', async () => {
  const { status } = await askedAt('03:00:00', 'always');
  assert.equal(status, 200);
});

test('options that the schema does not allow are told before anything listens', async () => {
  const { config, plugins } = loaded;
  const broken = plugins.map((one) => (one.id === 'business-hours' ? { ...one, options: { from: 'eight' } } : one));
  assert.throws(() => assemble({ ...loaded, config, plugins: broken }), ConfigErrors);
});

test('the plugin is the one that the README of the project shows', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  assert.ok(readme.includes(readFileSync(new URL('business-hours.ts', import.meta.url), 'utf8')));
});
