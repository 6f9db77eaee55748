import { anthropic } from '@tapgate/anthropic';
import { createGateway, listen } from '@tapgate/core';
import { google } from '@tapgate/google';
import { openai } from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { pino } from 'pino';
import { answerMeasures } from '../measure.ts';

/** Tapgate with a provider of each dialect; the model `to-<dialect>` is asked in it. */
const [upstream = ''] = process.argv.slice(2);
const dialects = ['openai-chat', 'openai-responses', 'anthropic-messages', 'google-generate'];
const models = Object.fromEntries(
  dialects.map((dialect) => [
    `to-${dialect}`,
    { targets: [{ provider: dialect, model: 'upstream-model' }], unsupported: 'refuse' as const },
  ]),
);
const gateway = createGateway(
  { server: { port: 0, adminPort: -1 }, models },
  { log: pino({ level: 'info' }, pino.destination({ dest: '/dev/null', sync: false })) },
);
const baseUrl = `${upstream}/v1`;
gateway
  .use(openai, {})
  .use(openaiCompatible, { baseUrl, apiKey: 'k' }, { id: 'openai-chat' })
  .use(openaiCompatible, { baseUrl, apiKey: 'k', dialects: ['openai-responses'] }, { id: 'openai-responses' })
  .use(anthropic, { baseUrl: upstream, apiKey: 'k' }, { id: 'anthropic-messages' })
  .use(google, { baseUrl: `${upstream}/v1beta`, apiKey: 'k' }, { id: 'google-generate' });
const { port } = await listen(gateway);
process.send?.({ port });
answerMeasures();
