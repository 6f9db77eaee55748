import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bedrockConverse } from '@tapgate/bedrock';
import { cohereChat } from '@tapgate/cohere';
import type { ChatRequest, Dialect, JsonObject } from '@tapgate/core';
import { googleGenerate } from '@tapgate/google';
import { ollamaChat } from '@tapgate/ollama';
import { openaiChat, openaiResponses } from '@tapgate/openai';

const dialects: readonly Dialect[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  googleGenerate,
  bedrockConverse,
  cohereChat,
  ollamaChat,
];

/** Fields of one dialect without which the answer is another: none may go without a refusal. */
const meaningful: Readonly<Record<string, JsonObject>> = {
  'bedrock-converse': { guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1' } },
  'cohere-chat': { documents: ['a'], citation_options: { mode: 'FAST' }, safety_mode: 'STRICT' },
  'google-generate': {
    safetySettings: [{ category: 'C', threshold: 'BLOCK_NONE' }],
    cachedContent: 'cachedContents/1',
  },
  'anthropic-messages': { mcp_servers: [{ url: 'https://a' }], container: 'c' },
  'openai-chat': { moderation: { model: 'm' }, web_search_options: { search_context_size: 'low' } },
  'openai-responses': { prompt: { id: 'p' } },
};

const wanted = { operation: 'chat', model: 'm', streamed: false, able: {}, headers: new Map(), query: '', path: '' };

for (const dialect of dialects) {
  for (const [from, fields] of Object.entries(meaningful)) {
    if (from === dialect.name) continue;
    test(`${Object.keys(fields).join(', ')} of ${from} cannot go unsaid to ${dialect.name}`, () => {
      const request: ChatRequest = {
        model: 'm',
        instructions: [],
        turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
        tools: [],
        output: { maxTokens: 10 },
        sampling: {},
        stream: false,
        wantUsage: true,
        ext: { [from]: fields },
      };
      const { losses } = dialect.writeRequest(request, wanted);
      const told = losses.filter(({ contract }) => contract).map(({ field }) => field);
      assert.deepEqual(told.toSorted(), Object.keys(fields).toSorted());
    });
  }
}
