import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { verdictOn } from './request-tables.mjs';

/** A dialect that says only this of any request. @param {object} body @param {readonly import('@tapgate/core').Loss[]} [losses] */
const saying = (body, losses = []) => ({
  ...openaiChat,
  writeRequest: (/** @type {import('@tapgate/core').ChatRequest} */ { sampling }) => ({
    body: textBody(JSON.stringify(sampling.seed === undefined ? {} : body)),
    path: '/',
    method: 'POST',
    headers: new Map(),
    losses: sampling.seed === undefined ? [] : losses,
  }),
});
const probe = { name: 'seed', given: { sampling: { seed: 77 } }, marker: 77 };
const loss = /** @type {const} */ ({ field: 'seed', how: 'dropped', reason: 'it has none', contract: false });

test('what is written is kept, what is told is dropped, and a contract is refused', () => {
  assert.deepEqual(verdictOn(probe, saying({ random: { seed: 77 } })), { kind: 'kept', why: '`random.seed`' });
  assert.deepEqual(verdictOn(probe, saying({}, [loss])), { kind: 'dropped', why: 'it has none' });
  assert.equal(verdictOn(probe, saying({}, [{ ...loss, contract: true }])).kind, 'refused');
  assert.equal(verdictOn(probe, saying({ seed: 77 }, [{ ...loss, how: 'approximated' }])).kind, 'other');
});

test('what is lost and not told stops the making of the table', () => {
  assert.throws(() => verdictOn(probe, saying({})), /loses "seed" and does not tell/);
  assert.throws(() => verdictOn(probe, saying({ seed: 78 })), /does not tell/);
});
