import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixtures, noFixtures } from '@tapgate/test-kit';
import { leftOut } from '../installed.ts';
import { publicName, type Speaking, speakingRecordings, upstreamDialects } from '../recorded.ts';
import { saidBy } from '../said.ts';
import { anthropicNode } from '../speakers/anthropic.ts';
import { googleNode } from '../speakers/google.ts';
import { openaiChatNode, openaiResponsesNode } from '../speakers/openai.ts';

/** What is no chat, or not of the dialect that the index names. */
const others = new Set(['anthropic/count-tokens', 'gemini/openai-compat-tool']);

/** Every recorded chat of the four dialects, asked for by every official client. */
const recordings = upstreamDialects
  .flatMap((dialect) => fixtures({ dialect }))
  .filter(({ name, entry }) => {
    const path = entry.request?.path ?? '';
    return !others.has(name) && /completions|responses$|messages|enerateContent|^$/.test(path);
  });
const skip = leftOut('npm') || (recordings.length === 0 && noFixtures);

/** Where a client sees something else, and why that is right. */
const otherwise: Readonly<Record<string, string>> = {
  // The native lane sends what the provider wrote; this one says nothing in the response that the client takes for final.
  'openai (Node), responses: openrouter/responses-raw-cot-stream': 'an empty final response',
  // The same: somebody wrote two starts by hand, and the client throws at the second.
  'anthropic (Node): anthropic/duplicate-message-start': 'throws',
  // The model called what it was not given. Where a dialect has a word for that it is an error.
  'openai (Node), responses: gemini/unexpected-tool-call': 'throws',
  'anthropic (Node): gemini/unexpected-tool-call': 'throws',
  // This dialect has no images in answers: their type stands in for them.
  'anthropic (Node): openai/responses-image-generation-stream': '[image/webp]',
  'anthropic (Node): xai/responses-image-stream': '[image/png]',
};

let served: Speaking;
before(async () => {
  served = await speakingRecordings(recordings);
});
after(() => served[Symbol.asyncDispose]());

for (const { name: client, converse } of [openaiChatNode, openaiResponsesNode, anthropicNode, googleNode]) {
  for (const fixture of recordings) {
    const { streamed } = fixture;
    const told = otherwise[`${client}: ${fixture.name}`];
    const good = fixture.status < 400 && fixture.whole && told !== 'throws';
    test(`${client}: ${good ? 'reads' : 'throws at'} ${fixture.name}`, { skip }, async () => {
      const asked = converse({ url: served.url, models: [publicName(fixture)], streamed, prompt: 'Hello there!' });
      if (!good) return assert.rejects(asked);
      const [{ text, calls } = { text: '', calls: [] }] = await asked;
      const said = { text, calls };
      const expected = saidBy(fixture);
      if (told === 'an empty final response') assert.equal(said.text, '');
      else assert.deepEqual(said, { ...expected, text: (told ?? '') + expected.text });
    });
  }
}
