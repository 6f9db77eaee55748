import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemble, listen, loadConfig } from '@tapgate/core';
import { fakeUpstream, reply } from '@tapgate/test-kit';

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'llama3.2',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

test('an application asks for the public name, and the server is asked for its own model with its own key', async () => {
  await using upstream = await fakeUpstream(reply.json(200, answer));
  const env = { MODEL_BASE_URL: `${upstream.url}/v1`, MODEL_API_KEY: 'the-servers-key' };
  const loaded = await loadConfig({ cwd: import.meta.dirname, env });
  const server = { ...loaded.config.server, port: 0, adminPort: -1 };
  const gateway = assemble({ ...loaded, config: { ...loaded.config, server, log: { level: 'silent' } } });
  const listening = await listen(gateway);
  try {
    const response = await fetch(`http://127.0.0.1:${listening.port}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer the-clients-key', connection: 'close' },
      body: JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content: 'Hi' }] }),
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('x-tapgate-provider'), 'local');
    const [request] = upstream.requests;
    assert.equal(request?.path, '/v1/chat/completions');
    assert.match(request?.text ?? '', /"model":"llama3.2"/);
    assert.equal(request?.headers.get('authorization'), 'Bearer the-servers-key');
  } finally {
    await listening.close();
    await gateway.close();
  }
});

test('without a key in the environment the config is good all the same', async () => {
  const { config } = await loadConfig({ cwd: import.meta.dirname, env: {} });
  assert.deepEqual(Object.keys(config.models), ['assistant']);
});
