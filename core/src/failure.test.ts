import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreErrors } from './errors.ts';
import { failureKind } from './failure.ts';

test("what core itself does wrong is held against nobody's provider", () => {
  assert.equal(failureKind(coreErrors.INTERNAL()), 'gateway');
  assert.equal(failureKind(coreErrors.UPSTREAM_RESET({ provider: 'a' })), 'broken');
});

test('an error that says whom it blames is taken at its word', () => {
  const error = coreErrors.DRAINING({}, { failure: 'rejected' });
  assert.equal(failureKind(error), 'rejected');
  assert.equal(failureKind(coreErrors.DRAINING()), 'broken');
});
