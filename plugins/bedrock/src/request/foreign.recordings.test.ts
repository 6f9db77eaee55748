import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bodyOf, type ChatRequest, type Dialect, type Part, textOf } from '@tapgate/core';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { shapeFaults } from '../service-shapes.test.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const dialects: readonly (readonly [dialect: Dialect, path: RegExp])[] = [
  [openaiChat, /\/chat\/completions$/],
  [openaiResponses, /\/responses$/],
  [anthropicMessages, /\/messages$/],
];

/** What a conversation says in words, in calls and in results. */
function wordsOf({ instructions, turns }: ChatRequest): readonly string[] {
  const words = (part: Part): readonly string[] => {
    if (part.kind === 'text') return part.text.trim() === '' ? [] : [part.text];
    if (part.kind === 'tool-call' && part.executedBy === 'client') return [part.name];
    return part.kind === 'tool-result' ? part.parts.flatMap(words) : [];
  };
  return [...instructions, ...turns.flatMap(({ parts }) => parts)].flatMap(words);
}

test(
  'every recorded conversation of another dialect is one that Bedrock takes, and keeps every word',
  { skip },
  async (t) => {
    for (const [dialect, path] of dialects) {
      for (const { name, request, status } of fixtures({ dialect: dialect.name })) {
        const [asked = '', query = ''] = (request?.path ?? '').split('?', 2);
        if (request === undefined || status >= 400 || !path.test(asked)) continue;
        const incoming = {
          operation: 'chat',
          path: asked,
          query,
          headers: request.headers,
          body: bodyOf(request.body),
        };
        const read = dialect.readRequest(incoming);
        // A conversation that only its vendor keeps cannot be taken anywhere.
        if (read.state?.previousId !== undefined || read.state?.conversation !== undefined) continue;
        await t.test(`${dialect.name}: ${name}`, () => {
          const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
          const written = writeRequest(read, {
            ...incoming,
            headers: new Map(),
            model,
            streamed: read.stream,
            able: {},
          });
          const text = textOf(written.body);
          assert.deepEqual(shapeFaults('ConverseRequest', JSON.parse(text)), []);
          for (const word of wordsOf(read)) assert.ok(text.includes(JSON.stringify(word).slice(1, -1)), word);
        });
      }
    }
  },
);
