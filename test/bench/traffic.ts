import { createGateway, listen } from '@tapgate/core';
import capabilities from '@tapgate/capabilities';
import failover from '@tapgate/failover';
import loadBalance from '@tapgate/load-balance';
import openai from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import queue from '@tapgate/queue';
import rateLimit from '@tapgate/rate-limit';
import { answerMeasures } from './measure.ts';

/** Tapgate with all that guides traffic, as an operator would load it: two targets, limits in memory that nobody reaches. */
const [upstream = ''] = process.argv.slice(2);

const targets = ['one', 'other'].map((provider) => ({ provider, model: 'upstream-model' }));
const gateway = createGateway({
  server: { port: 0, adminPort: -1 },
  models: { bench: { targets, unsupported: 'refuse' } },
});
gateway.use(openai, { apiKey: 'unused' });
for (const { provider } of targets)
  gateway.use(openaiCompatible, { baseUrl: `${upstream}/v1`, apiKey: `key of ${provider}` }, { id: provider });
const most = 1_000_000_000;
gateway
  .use(queue, {})
  .use(rateLimit, {
    limits: [
      { name: 'requests', per: ['key'], window: '1m', requests: most },
      { name: 'tokens', per: ['key', 'model'], window: '1m', tokens: most },
      { name: 'places', per: ['key'], concurrent: most },
    ],
  })
  .use(capabilities, {})
  .use(failover, {})
  .use(loadBalance, {});
const { port } = await listen(gateway);
process.send?.({ port });
answerMeasures();
