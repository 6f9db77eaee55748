import { test } from 'node:test';
import { dialectContract } from '@tapgate/test-kit';
import { ollamaChat } from './ollama-chat.ts';
import { answers, documentOf, streamOf } from './reply/answers.test.ts';

const tool = {
  type: 'function',
  function: { name: 'time', description: 'The time.', parameters: { type: 'object', properties: { zone: {} } } },
};
const call = { id: 'call_a', function: { index: 0, name: 'time', arguments: { zone: 'UTC', big: 1e21 } } };
const messages = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: 'What is this?', images: ['iVBORw0KGgo='] },
  { role: 'assistant', content: '', thinking: 'I look.', tool_calls: [call] },
  { role: 'tool', content: '12:00', tool_name: 'time', tool_call_id: 'call_a' },
];
const sample = (name: string, body: Record<string, unknown>) => ({
  name,
  path: '/api/chat',
  body: { model: 'qwen3', ...body },
  model: 'qwen3',
  streamed: body['stream'] !== false,
});

dialectContract(test, {
  dialect: ollamaChat,
  requests: [
    sample('a text', { messages: [{ role: 'user', content: 'Grüße 🙂' }], stream: true }),
    sample('a loop of tools', { messages, tools: [tool], stream: true }),
    sample('settings', {
      messages,
      format: { type: 'object', properties: { a: {} } },
      think: 'low',
      options: { temperature: 0, top_k: 4, num_predict: 5, stop: ['a'], num_ctx: 8192, repeat_penalty: 1.1 },
      keep_alive: '10m',
      stream: false,
    }),
    sample('calls without names', {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: '', tool_calls: [{ function: { name: 'time', arguments: {} } }] },
        { role: 'tool', content: '12:00' },
      ],
      stream: true,
    }),
  ],
  answers: Object.entries(answers).flatMap(([name, lines]) => [
    { name, streamed: true, bytes: streamOf(lines) },
    { name: `${name}, whole`, streamed: false, bytes: Buffer.from(JSON.stringify(documentOf(lines))) },
  ]),
  errors: [
    { name: 'no such model', status: 404, body: Buffer.from(`{"error":"model 'x' not found"}`) },
    { name: 'a server that is busy', status: 503, body: Buffer.from('{"error":"server busy, please try again."}') },
  ],
});
