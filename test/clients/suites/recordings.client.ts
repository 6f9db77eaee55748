import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fixtures, noFixtures } from '@tapgate/test-kit';
import { leftOut } from '../installed.ts';
import { publicName, type Speaking, speakingRecordings, upstreamDialects } from '../recorded.ts';
import { saidBy } from '../said.ts';
import { speakers } from '../speakers.ts';

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
  'openai responses: openrouter/responses-raw-cot-stream': 'an empty final response',
  // The same: somebody wrote two starts by hand, and the client throws at the second.
  'anthropic messages: anthropic/duplicate-message-start': 'throws',
  // The model called what it was not given. Where a dialect has a word for that it is an error.
  'openai responses: gemini/unexpected-tool-call': 'throws',
  'anthropic messages: gemini/unexpected-tool-call': 'throws',
  // This dialect has no images in answers: their type stands in for them.
  'anthropic messages: openai/responses-image-generation-stream': '[image/webp]',
  'anthropic messages: xai/responses-image-stream': '[image/png]',
};

let served: Speaking;
before(async () => {
  served = await speakingRecordings(recordings);
});
after(() => served[Symbol.asyncDispose]());

for (const { name: client, ask } of speakers) {
  for (const fixture of recordings) {
    const { streamed } = fixture;
    const told = otherwise[`${client}: ${fixture.name}`];
    const good = fixture.status < 400 && fixture.whole && told !== 'throws';
    test(`${client}: ${good ? 'reads' : 'throws at'} ${fixture.name}`, { skip }, async () => {
      const asked = ask({ url: served.url, model: publicName(fixture), streamed });
      if (!good) return assert.rejects(asked);
      const said = await asked;
      const expected = saidBy(fixture);
      if (told === 'an empty final response') assert.equal(said.text, '');
      else assert.deepEqual(said, { ...expected, text: (told ?? '') + expected.text });
    });
  }
}
