import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { once } from 'node:events';
import test from 'node:test';
import { toyPlugin } from '../subjects/toy-provider.ts';
import { toyAnswer } from '../subjects/toy-samples.ts';
import { ask } from './ask.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { reply } from './fake-upstream/reply.ts';
import { serveGateway } from './serve-gateway.ts';

test('a gateway serves with its plugins, and tells what settled and what was logged', async () => {
  await using upstream = await fakeUpstream(reply.sse(toyAnswer));
  await using served = await serveGateway({
    plugins: [[toyPlugin(), { baseUrl: upstream.url, apiKey: 'toy-key' }]],
    models: { smart: ['toy/m1'] },
  });
  const answered = await ask(`${served.url}/toy/chat`, { body: { model: 'smart', stream: true, say: [] } });
  assert.deepEqual([answered.status, answered.text], [200, toyAnswer.toString()]);
  assert.equal(upstream.requests[0]?.headers.get('authorization'), 'Bearer toy-key');
  assert.equal((upstream.requests[0].json() as { model: string }).model, 'm1');
  await served.close();
  assert.deepEqual(
    served.settled.map(({ settlement }) => settlement.outcome),
    ['ok'],
  );
  assert.ok(served.logs.length > 0);
});

test('closing does not wait for clients that keep their connections', async () => {
  const served = await serveGateway();
  const agent = new Agent({ keepAlive: true });
  const [response] = await once(get(`${served.url}/livez`, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  await served.close();
  await served.close();
  agent.destroy();
});

test('a target without a provider is refused', async () => {
  await assert.rejects(serveGateway({ models: { smart: ['gpt-5'] } }), /"gpt-5" is not "provider\/model"/);
});
