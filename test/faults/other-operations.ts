import assert from 'node:assert/strict';
import failover from '@tapgate/failover';
import openai from '@tapgate/openai';
import { type Answer, ask, fakeUpstream, reply, serveGateway, type Test } from '@tapgate/test-kit';

const vectors = { object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }], model: 'real' };
const typeOf: Readonly<Record<number, string>> = { 401: 'authentication_error', 429: 'rate_limit_error' };
const fails = (status: number): Answer =>
  reply.json(status, { error: { message: 'no', type: typeOf[status] ?? 'server_error' } });

/** What a provider does, and how often it is asked before the next is. */
const failures: readonly (readonly [what: string, answer: Answer, calls: number])[] = [
  ['an error of its own', fails(500), 2],
  ['throttling', fails(429), 1],
  ['a dead credential', fails(401), 1],
  ['a reset connection', reply.hangUp('reset'), 2],
];

/** No path goes round the policy: what has no canonical form fails over like everything else. */
export function otherOperations(test: Test): void {
  for (const [what, answer, calls] of failures) {
    test(`embeddings fail over too: ${what}`, async () => {
      await using a = await fakeUpstream(answer);
      await using b = await fakeUpstream(reply.json(200, vectors));
      const provider = (url: string, id: string) => [openai, { baseUrl: `${url}/v1`, apiKey: 'key' }, { id }] as const;
      await using served = await serveGateway({
        plugins: [provider(a.url, 'a'), provider(b.url, 'b'), [failover, { retry: { baseMs: 1, maxMs: 1 } }]],
        models: { m: ['a/embed', 'b/embed'] },
      });
      const answered = await ask(`${served.url}/v1/embeddings`, { body: { model: 'm', input: 'Hello' } });
      assert.equal(answered.status, 200, answered.text);
      assert.deepEqual((answered.json() as typeof vectors).data, vectors.data);
      assert.equal(answered.headers.get('x-tapgate-provider'), 'b');
      assert.deepEqual([a.requests.length, b.requests.length], [calls, 1]);
    });
  }
}
