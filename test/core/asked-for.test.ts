import assert from 'node:assert/strict';
import { test } from 'node:test';
import anthropic from '@tapgate/anthropic';
import cohere from '@tapgate/cohere';
import { collectBytes, createGateway, definePlugin, type Exchange, stage } from '@tapgate/core';
import echo from '@tapgate/echo';
import google from '@tapgate/google';
import ollama from '@tapgate/ollama';
import openai from '@tapgate/openai';
import { pino } from 'pino';

type AskedFor = Pick<Exchange, 'maxOutputTokens' | 'choices' | 'user'>;

/** What a tap is told of a request before anybody has read it, or after an edit. */
async function askedFor(dialect: string, path: string, body: object | string, edited = false): Promise<AskedFor> {
  const gateway = createGateway(
    { models: { m: { targets: [{ provider: 'echo', model: 'echo' }], unsupported: 'drop' } } },
    { log: pino({ level: 'silent' }) },
  );
  gateway
    .use(openai, { apiKey: 'x' })
    .use(anthropic, { apiKey: 'x' })
    .use(google, { apiKey: 'x' })
    .use(cohere, { apiKey: 'x' });
  gateway.use(ollama, {}).use(echo, { paceMs: 0 });
  let seen: AskedFor | undefined;
  const look = definePlugin({
    name: 'look',
    apiVersion: 1,
    schema: { type: 'object' },
    apply({ hooks }) {
      hooks.beforeRoute.tap({ name: 'look', stage: stage.limit }, (exchange) => {
        if (edited)
          exchange.edit((request) => ({
            ...request,
            output: { ...request.output, maxTokens: 9 },
            user: { id: 'eve' },
          }));
        const { maxOutputTokens, choices, user } = exchange;
        seen = { maxOutputTokens, choices, user };
      });
    },
  });
  gateway.use(look, {});
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const answered = await gateway.handle({ dialect, path, body: bytes });
  await collectBytes(answered.bytes);
  await answered.settled;
  await gateway.close();
  assert.ok(seen !== undefined);
  return seen;
}

const messages = [{ role: 'user', content: 'x' }];
const chat = '/v1/chat/completions';
const generate = '/v1beta/models/m:generateContent';
const contents = [{ role: 'user', parts: [{ text: 'x' }] }];

for (const [what, dialect, path, body, expected] of [
  ['a chat', 'openai-chat', chat, { model: 'm', messages, max_tokens: 5, n: 3, user: 'ann' }, [5, 3, 'ann']],
  [
    'a chat with the newer names',
    'openai-chat',
    chat,
    { model: 'm', messages, max_completion_tokens: 7, safety_identifier: 'bob', user: 'ann' },
    [7, 1, 'bob'],
  ],
  [
    'a chat with both limits',
    'openai-chat',
    chat,
    { model: 'm', messages, max_completion_tokens: 7, max_tokens: 70 },
    [70, 1, undefined],
  ],
  ['a chat that says neither', 'openai-chat', chat, { model: 'm', messages }, [undefined, 1, undefined]],
  [
    'a chat with escapes in its names',
    'openai-chat',
    chat,
    String.raw`{"model":"m","messages":[{"role":"user","content":"x"}],"max\u005ftokens":5}`,
    [5, 1, undefined],
  ],
  [
    'limits that are none',
    'openai-chat',
    chat,
    { model: 'm', messages, max_tokens: null, n: null, user: null },
    [undefined, 1, undefined],
  ],
  [
    'what stands deeper',
    'openai-chat',
    chat,
    { model: 'm', messages, metadata: { max_tokens: '5', user: 'eve' } },
    [undefined, 1, undefined],
  ],
  [
    'a response',
    'openai-responses',
    '/v1/responses',
    { model: 'm', input: 'x', max_output_tokens: 6, user: 'ann' },
    [6, 1, 'ann'],
  ],
  [
    'a message',
    'anthropic-messages',
    '/v1/messages',
    { model: 'm', messages, max_tokens: 8, metadata: { user_id: 'ann' } },
    [8, 1, 'ann'],
  ],
  [
    'content',
    'google-generate',
    generate,
    { contents, generationConfig: { maxOutputTokens: 4, candidateCount: 2 } },
    [4, 2, undefined],
  ],
  [
    'content in snake case',
    'google-generate',
    generate,
    { contents, generation_config: { max_output_tokens: 4 } },
    [4, 1, undefined],
  ],
  ['content without settings', 'google-generate', generate, { contents }, [undefined, 1, undefined]],
  ['a chat of Cohere', 'cohere-chat', '/v2/chat', { model: 'm', messages, max_tokens: 3 }, [3, 1, undefined]],
  [
    'a chat of Ollama',
    'ollama-chat',
    '/api/chat',
    { model: 'm', messages, options: { num_predict: 2 } },
    [2, 1, undefined],
  ],
  [
    'a chat of Ollama without a limit',
    'ollama-chat',
    '/api/chat',
    { model: 'm', messages, options: { num_predict: -1 } },
    [undefined, 1, undefined],
  ],
] as const) {
  test(`a tap knows how much is asked for, and for whom, without reading: ${what}`, async () => {
    const { maxOutputTokens, choices, user } = await askedFor(dialect, path, body);
    assert.deepEqual([maxOutputTokens, choices, user], expected);
  });
}

test('after an edit it is what the edit says', async () => {
  const { maxOutputTokens, user } = await askedFor(
    'openai-chat',
    chat,
    { model: 'm', messages, max_tokens: 5, user: 'ann' },
    true,
  );
  assert.deepEqual([maxOutputTokens, user], [9, 'eve']);
});
