import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reply } from '@tapgate/test-kit';
import { leftOut } from '../installed.ts';
import { theStage } from '../matrix.ts';
import { clients } from '../speakers/index.ts';
import { modelIn } from '../stage.ts';
import { vendors } from '../vendors/index.ts';

const stage = theStage();
const prompt = 'How long is this, “really”?';

for (const { name, tongue, needs, models, count } of clients) {
  const skip = leftOut(needs);
  if (models !== undefined) {
    test(`${name} → every dialect: the models of the gateway, by name`, { skip }, async () => {
      assert.deepEqual(
        await models(stage().url),
        vendors.map(({ dialect }) => modelIn(dialect)),
      );
    });
  }
  if (count === undefined) continue;
  for (const { dialect } of vendors) {
    const own = dialect === tongue;
    test(
      `${name} → ${dialect}: tokens ${own ? 'are counted by the vendor' : 'are not guessed'}`,
      { skip },
      async () => {
        const counted = tongue === 'google-generate' ? { totalTokens: 42 } : { input_tokens: 42 };
        const played = stage().play(
          tongue,
          () => reply.json(200, counted),
          (url) => count(url, modelIn(dialect), prompt),
        );
        if (!own) return assert.rejects(played, /does not serve count-tokens/);
        const { result, arrived } = await played;
        assert.equal(result, 42);
        assert.deepEqual(arrived[0]?.understood.heard, [{ by: 'user', text: prompt }]);
      },
    );
  }
}
