import { Agent, request } from 'node:http';
import { fakeUpstream } from '@tapgate/test-kit';
import { ownServer } from '../../../plugins/redis/src/own-server.test.ts';
import { good } from './chat.ts';
import { gatewayProcess } from './gateway-process.ts';

/** Milliseconds that requests of each kind took, one after the other and turn by turn, so that a busy machine is as busy for each. */
export async function latencies(models: readonly string[], count: number): Promise<Map<string, number[]>> {
  await using server = await ownServer();
  await using upstream = await fakeUpstream(good());
  await using gateway = await gatewayProcess({ REDIS_URL: server.url, FIRST_URL: upstream.url, TIMEOUT_MS: '2000' });
  const agent = new Agent({ keepAlive: true });
  const taken = new Map(models.map((model) => [model, [] as number[]]));
  for (let at = -200; at < count; at += 1) {
    for (const model of models) {
      const took = await one(gateway.url, agent, model);
      // The first are compiled on their way.
      if (at >= 0) taken.get(model)?.push(took);
    }
  }
  agent.destroy();
  return taken;
}

function one(url: string, agent: Agent, model: string): Promise<number> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, (response) => {
      response.on('end', () => resolve(performance.now() - begun)).resume();
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ model, messages: [{ role: 'user', content: 'good' }] }));
  });
}
