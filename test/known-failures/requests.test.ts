import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import { bedrock } from '@tapgate/bedrock';
import failover from '@tapgate/failover';
import { ask, fakeUpstream, leakProbes, reply, serveGateway } from '@tapgate/test-kit';
import { languages, makers } from '../faults/stage.ts';
import { tongues } from '../faults/tongues.ts';
import { world } from './world.ts';

const test = leakProbes(plain as never);

type Json = Record<string, any>;

const wholeOf = (dialect: string): object => tongues.find((one) => one.dialect === dialect)?.whole ?? {};

// P-01
test('marks of a prompt cache that a client of Chat Completions sets reach Messages, with their time to live', async () => {
  await using at = await world({ a: ['anthropic-messages', reply.json(200, wholeOf('anthropic-messages'))] });
  const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  const messages = [
    { role: 'system', content: [{ type: 'text', text: 'A long prompt.', ...mark }] },
    { role: 'user', content: 'Go.' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'find', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'call_a', content: [{ type: 'text', text: 'Here.', ...mark }] },
  ];
  const tools = [
    { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } }, ...mark },
  ];
  const answered = await ask(`${at.url}/v1/chat/completions`, { body: { model: 'm', messages, tools } });
  assert.equal(answered.status, 200, answered.text);
  const sent = at.at('a').requests[0]?.json() as Json;
  assert.deepEqual(sent['system'], [{ type: 'text', text: 'A long prompt.', ...mark }]);
  assert.deepEqual(sent['tools'][0].cache_control, mark.cache_control);
  assert.match(JSON.stringify(sent['messages'].at(-1)), /"cache_control":\{"type":"ephemeral","ttl":"1h"\}/);
});

//
test('after a fallback the next vendor is sent no field of the first, and what was left out is told', async () => {
  await using first = await fakeUpstream(reply.json(500, { error: { message: 'It broke.', type: 'server_error' } }));
  const said = { output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } }, stopReason: 'end_turn' };
  await using second = await fakeUpstream(
    reply.json(200, { ...said, usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 }, metrics: { latencyMs: 1 } }),
  );
  const { 'openai-chat': chat } = makers;
  assert.ok(chat);
  await using served = await serveGateway({
    plugins: [
      languages,
      [chat.plugin, { baseUrl: `${first.url}/v1`, apiKey: 'a' }, { id: 'a' }],
      [bedrock, { region: 'eu-central-1', baseUrl: second.url, apiKey: 'b' }, { id: 'b' }],
      [failover, { retry: { baseMs: 1, maxMs: 1 } }],
    ],
    models: { m: ['a/gpt-5', 'b/meta.llama3-70b-instruct-v1:0'] },
  });
  const own = { prompt_cache_key: 'k', service_tier: 'flex', user: 'u', metadata: { a: 'b' }, store: false };
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...own };
  const answered = await ask(`${served.url}/v1/chat/completions`, { body });
  assert.equal(answered.status, 200, answered.text);
  assert.ok(first.requests[0]?.text.includes('prompt_cache_key'));
  for (const name of Object.keys(own)) assert.ok(!second.requests[0]?.text.includes(`"${name}":`), name);
  assert.match(answered.headers.get('x-tapgate-dropped') ?? '', /prompt_cache_key/);
});

//
for (const tongue of tongues) {
  test(`no field of a body decides where the gateway connects (${tongue.dialect})`, async () => {
    await using elsewhere = await fakeUpstream(reply.json(200, tongue.whole));
    await using at = await world({ a: [tongue.dialect, reply.json(200, tongue.whole)] });
    const { path, body } = tongue.question(false);
    for (const field of ['api_base', 'base_url', 'custom_host']) {
      const answered = await ask(at.url + path, { body: { ...body, [field]: elsewhere.url } });
      // The bodies of this dialect are looked at by those who need it alone: its vendor refuses what it does not know.
      if (tongue.dialect === 'google-generate') continue;
      assert.equal(answered.status, 400, answered.text);
      assert.match(answered.text, new RegExp(field));
      assert.equal(at.calls(), 0);
    }
    assert.equal(elsewhere.requests.length, 0);
  });
}

// M-04
test('a body of 25 MB is taken without a word in the config, and reaches the provider byte for byte', async () => {
  await using at = await world({ a: ['openai-chat', reply.json(200, wholeOf('openai-chat'))] });
  const url = `data:image/png;base64,${'iVBORw0K'.repeat((25 * 1024 * 1024) / 8)}`;
  const content = [{ type: 'image_url', image_url: { url } }];
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
  const headers = { 'content-type': 'application/json' };
  const answered = await ask(`${at.url}/v1/chat/completions`, { body, headers });
  assert.equal(answered.status, 200, answered.text);
  assert.equal(at.at('a').requests[0]?.text, body.replace('"m"', '"model-of-a"'));
});
