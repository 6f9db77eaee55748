import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from './exchange.ts';
import { priorityOf, type PriorityRules } from './priority.ts';

const rules: PriorityRules = {
  callers: { ann: 'critical' },
  label: 'priority',
  claim: 'tier',
  header: 'x-priority',
  otherwise: 'normal',
};

const by = (
  id: string,
  labels: Record<string, string> = {},
  claims: Record<string, unknown> = {},
  header?: string,
): Exchange =>
  ({
    caller: { id, tenant: id, labels, claims },
    headers: new Map(header === undefined ? [] : [['x-priority', header]]),
  }) as unknown as Exchange;

for (const [what, exchange, expected] of [
  ['the operator’s list counts first', by('ann', { priority: 'batch' }), 'critical'],
  ['then the caller’s label', by('bob', { priority: 'critical' }, { tier: 'batch' }), 'critical'],
  ['then its claim', by('bob', {}, { tier: 'batch' }), 'batch'],
  ['a word that is none is passed over', by('bob', { priority: 'highest' }, { tier: 7 }), 'normal'],
  ['all others have the usual one', by('constructor'), 'normal'],
  ['a header lowers it', by('ann', {}, {}, 'batch'), 'batch'],
  ['a header never raises it', by('bob', { priority: 'batch' }, {}, 'critical'), 'batch'],
  ['a header that names none changes nothing', by('ann', {}, {}, '__proto__'), 'critical'],
] as const) {
  test(`priority: ${what}`, () => assert.equal(priorityOf(exchange, rules), expected));
}

test('priority: a header that the operator has not named counts for nothing', () => {
  const { header: _, ...without } = rules;
  assert.equal(priorityOf(by('ann', {}, {}, 'batch'), without), 'critical');
});
