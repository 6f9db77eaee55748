import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bedrockConverse } from '@tapgate/bedrock';
import { cohereChat } from '@tapgate/cohere';
import { type ChatRequest, type Dialect, GatewayError, type Loss, type Part, textOf } from '@tapgate/core';
import { googleGenerate } from '@tapgate/google';
import { ollamaChat } from '@tapgate/ollama';
import { openaiChat, openaiResponses } from '@tapgate/openai';

const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };

function write(
  dialect: Dialect,
  given: Partial<ChatRequest>,
): { readonly text: string; readonly losses: readonly Loss[] } {
  const request: ChatRequest = {
    model: 'm',
    instructions: [],
    turns: [],
    tools: [],
    output: { maxTokens: 100 },
    sampling: {},
    stream: false,
    wantUsage: true,
    ext: {},
    ...given,
  };
  const { body, losses } = dialect.writeRequest(request, wanted);
  return { text: textOf(body), losses };
}

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

for (const dialect of [anthropicMessages, bedrockConverse, cohereChat, ollamaChat]) {
  test(`a request of which nothing can be said to ${dialect.name} is refused for what cannot be, not for being empty`, () => {
    const audio: Part = { kind: 'media', mediaType: 'audio/x-unknown', data: { base64: 'AAAA' } };
    const refused = (parts: readonly Part[]): GatewayError => {
      try {
        write(dialect, { turns: [{ role: 'user', parts, path: 'messages[0]' }] });
      } catch (error) {
        if (GatewayError.is(error)) return error;
      }
      throw new Error('It was not refused.');
    };
    const { code, kind, param } = refused([audio]);
    assert.deepEqual([code, kind], ['FIELD_UNSUPPORTED', 'unsupported']);
    assert.match(param ?? '', /^messages\[0\]/);
    assert.equal(refused([]).code, 'CONVERSATION_EMPTY');
  });
}

const failed: ChatRequest['turns'] = [
  { role: 'user', parts: [{ kind: 'text', text: 'Look' }] },
  {
    role: 'assistant',
    parts: [{ kind: 'tool-call', callId: 'call_1', name: 'look', argsText: '{}', executedBy: 'client' }],
  },
  {
    role: 'tool',
    parts: [
      { kind: 'tool-result', callId: 'call_1', name: 'look', isError: true, parts: [{ kind: 'text', text: 'gone' }] },
    ],
  },
];

for (const dialect of [openaiChat, openaiResponses, cohereChat, ollamaChat]) {
  test(`that a result is a failure is said to ${dialect.name} in words, and told`, () => {
    const { text, losses } = write(dialect, { turns: failed, tools: [{ kind: 'function', name: 'look' }] });
    assert.match(text, /Error: gone/);
    assert.deepEqual(
      losses.map(({ reason, how, contract }) => [reason, how, contract]),
      [['a failure is said in words', 'approximated', false]],
    );
  });
}

for (const dialect of [anthropicMessages, bedrockConverse, googleGenerate, ollamaChat]) {
  test(`an image’s level of detail, which ${dialect.name} has no word for, is told`, () => {
    const image: Part = { kind: 'media', mediaType: 'image/png', data: { base64: png }, detail: 'low' };
    const { losses } = write(dialect, { turns: [{ role: 'user', parts: [image] }] });
    assert.deepEqual(
      losses.map(({ how, contract }) => [how, contract]),
      [['dropped', false]],
    );
  });
}

test('thinking that a server of Chat Completions sealed goes back to it in the form that seals come in', () => {
  const own = { origin: { dialect: 'openai-chat' }, form: 'signature', value: 'sig' } as const;
  const turns: ChatRequest['turns'] = [
    {
      role: 'assistant',
      parts: [
        { kind: 'reasoning', text: 'hm', seal: own },
        { kind: 'text', text: 'Hi' },
      ],
    },
  ];
  const { text, losses } = write(openaiChat, { turns });
  assert.match(text, /"reasoning_details":\[\{.*"signature":"sig"\}\]/);
  assert.deepEqual(losses, []);
});
