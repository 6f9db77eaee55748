import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTargets } from './check-targets.ts';

test('a target of a provider that nobody brought is told with the nearest that is there', () => {
  const target = { provider: 'shpo', model: 'b' };
  const models = { a: { targets: [{ provider: 'shop', model: 'b' }, target], unsupported: 'refuse' } } as const;
  const [error, ...others] = checkTargets(models, ['echo', 'shop']);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [error?.code, error?.path, error?.didYouMean],
    ['MODEL_TARGET_UNKNOWN_PROVIDER', 'models.a.targets[1].provider', 'shop'],
  );
  assert.match(error?.cure ?? '', /one of: echo, shop\./);
  assert.deepEqual(checkTargets(models, ['shop', 'shpo']), []);
});
