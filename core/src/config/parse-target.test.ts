import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { nameOf } from '../provider.ts';
import { parseTarget } from './parse-target.ts';

test('a target is a provider, then a model that may hold slashes, then perhaps a credential', () => {
  assert.deepEqual(parseTarget('local/llama3.2'), { provider: 'local', model: 'llama3.2' });
  assert.deepEqual(parseTarget('hub/meta/llama-3'), { provider: 'hub', model: 'meta/llama-3' });
  assert.deepEqual(parseTarget('hub/meta/llama-3#eu'), { provider: 'hub', model: 'meta/llama-3', credential: 'eu' });
});

test('a target with an empty part is none', () => {
  for (const name of ['', 'gpt-5', '/gpt-5', 'one/', 'one/#eu', 'one/two#'])
    assert.equal(parseTarget(name), undefined, name);
});

test('a target written out and read again is the same', () => {
  const provider = fc.stringMatching(/^[A-Za-z0-9][\w.:-]{0,8}$/);
  const model = fc.stringMatching(/^[\w./:@-]{1,20}$/);
  const credential = fc.option(fc.stringMatching(/^[\w.-]{1,8}$/), { nil: undefined });
  fc.assert(
    fc.property(provider, model, credential, (one, two, three) => {
      const target =
        three === undefined ? { provider: one, model: two } : { provider: one, model: two, credential: three };
      assert.deepEqual(parseTarget(nameOf(target)), target);
    }),
  );
});
