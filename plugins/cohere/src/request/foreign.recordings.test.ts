import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { textOf } from '@tapgate/core';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import { fixturesFolder, noFixtures, recordedConversations } from '@tapgate/test-kit';
import { requestFaults } from '../request-faults.test.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

test(
  'every recorded conversation of another dialect is one that Cohere takes, and keeps every word',
  { skip },
  async (t) => {
    const conversations = recordedConversations([
      [openaiChat, /\/chat\/completions$/],
      [openaiResponses, /\/responses$/],
      [anthropicMessages, /\/messages$/],
    ]);
    for (const { name, incoming, request, words } of conversations) {
      await t.test(name, () => {
        const model = 'command-a-03-2025';
        const wanted = { ...incoming, headers: new Map(), model, streamed: request.stream, able: {} };
        const text = textOf(writeRequest(request, wanted).body);
        assert.deepEqual(requestFaults(JSON.parse(text)), []);
        for (const word of words) assert.ok(text.includes(JSON.stringify(word).slice(1, -1)), word);
      });
    }
  },
);
