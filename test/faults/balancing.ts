import assert from 'node:assert/strict';
import failover from '@tapgate/failover';
import loadBalance from '@tapgate/load-balance';
import openai from '@tapgate/openai';
import { ask, fakeUpstream, reply, type Script, serveGateway, step, type Test } from '@tapgate/test-kit';
import { tongues } from './tongues.ts';

/** The least busy of two over real sockets, with failover beside it. */
export function balancing(test: Test): void {
  test('requests one after the other are shared evenly, and a slow target gets few of those that come together', async () => {
    const [tongue] = tongues;
    assert.ok(tongue !== undefined);
    const after = (ms: number): Script => [step.sleep(ms), ...reply.json(200, tongue.whole)];
    await using a = await fakeUpstream(after(5));
    await using b = await fakeUpstream(after(5));
    const provider = (url: string, id: string) => [openai, { baseUrl: `${url}/v1`, apiKey: 'key' }, { id }] as const;
    await using served = await serveGateway({
      plugins: [
        provider(a.url, 'a'),
        provider(b.url, 'b'),
        [loadBalance, { strategy: 'least-busy', affinity: { by: 'off' } }],
        [failover, {}],
      ],
      models: { m: ['a/x', 'b/x'] },
    });
    const { path, body } = tongue.question(false);
    const one = async (): Promise<void> => {
      const { status } = await ask(served.url + path, { body });
      assert.equal(status, 200);
    };
    for (let request = 0; request < 30; request += 1) await one();
    assert.ok(a.requests.length >= 7 && b.requests.length >= 7, `${a.requests.length} and ${b.requests.length}`);
    b.answer(after(250));
    a.answer(after(25));
    const before = b.requests.length;
    // A hundred requests, forty at a time.
    let left = 100;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await one();
      }
    };
    await Promise.all(Array.from({ length: 40 }, worker));
    const slow = b.requests.length - before;
    assert.ok(slow < 35, `${slow} of 100 went to the slow one`);
  });
}
