import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import type { ChatRequest, Dialect, ReplyWriter } from '@tapgate/core';
import { googleGenerate } from '@tapgate/google';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import {
  validateChatReply,
  validateChatStream,
  validateGenerateReply,
  validateGenerateStream,
  validateMessagesReply,
  validateMessagesStream,
  validateResponsesReply,
  validateResponsesStream,
} from '@tapgate/test-kit';
import { answers, documentOf, streamOf } from './reply/answers.test.ts';
import { ollamaChat } from './ollama-chat.ts';

type Validate = (bytes: Uint8Array) => readonly string[];
const written = { written: true };
const clients: readonly (readonly [dialect: Dialect, stream: Validate, reply: Validate])[] = [
  [openaiChat, (bytes) => validateChatStream(bytes, written), (bytes) => validateChatReply(bytes, written)],
  [openaiResponses, (bytes) => validateResponsesStream(bytes, written), validateResponsesReply],
  [anthropicMessages, validateMessagesStream, validateMessagesReply],
  [googleGenerate, (bytes) => validateGenerateStream(bytes, written), (bytes) => validateGenerateReply(bytes, written)],
];

const request: ChatRequest = {
  model: 'smart',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: true,
  wantUsage: true,
  ext: {},
};

function render(writer: ReplyWriter, streamed: boolean, bytes: Uint8Array): Buffer {
  const reader = ollamaChat.reader({ streamed, provider: 'ollama', able: {} });
  const events = [...reader.push(bytes), ...reader.end()];
  return Buffer.concat(
    [...events.map((event) => writer.push(event)), writer.end()].map((piece) => Buffer.from(piece ?? '')),
  );
}

test('every answer is one that clients of each dialect accept, streamed and whole', async (t) => {
  for (const [name, lines] of Object.entries(answers)) {
    for (const [dialect, validStream, validReply] of clients) {
      await t.test(`${name} for ${dialect.name}`, () => {
        const context = {
          model: 'smart',
          id: '0195f3a0-5d1e-7c3b-9a52-3f0e6a7b8c9d',
          createdAt: 1_700_000_000,
          request,
        };
        const bytes = streamOf(lines);
        assert.deepEqual(validStream(render(dialect.writer({ ...context, streamed: true }), true, bytes)), []);
        const document = Buffer.from(JSON.stringify(documentOf(lines)));
        assert.deepEqual(validReply(render(dialect.writer({ ...context, streamed: false }), false, document)), []);
      });
    }
  }
});
