import assert from 'node:assert/strict';
import test from 'node:test';
import { assemble, loadConfig } from '@tapgate/core';

test('a config finds the pack by its short name, and its second plugin by a path', async () => {
  const loaded = await loadConfig({ cwd: `${import.meta.dirname}/..`, env: {} });
  const gateway = assemble({ ...loaded, config: { ...loaded.config, log: { level: 'silent' } } });
  const body = Buffer.from(JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Hello' }], seed: 7 }));
  const explained = await gateway.explain({ dialect: 'openai-chat', path: '/v1/chat/completions', body });
  assert.deepEqual(
    explained.selected.map(({ provider }) => provider),
    ['lumen', 'glimmer'],
  );
  assert.equal(explained.lane, 'translated');
  assert.deepEqual(explained.losses, ['seed: it has no such setting']);
  await gateway.close();
});
