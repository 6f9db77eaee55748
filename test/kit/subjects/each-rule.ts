import assert from 'node:assert/strict';
import test from 'node:test';

/** The sentence with its values left open. */
const pattern = (sentence: string): RegExp =>
  new RegExp(`^${sentence.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(/\\\{\w+\\\}/g, '[^]*')}$`);

/** A test for each rule of a validator: its broken subject violates that rule and no other. A rule without a subject fails. */
export function eachRuleAlone(
  of: string,
  rules: Readonly<Record<string, string>>,
  violations: Readonly<Record<string, () => readonly string[]>>,
): void {
  test(`${of}: every rule has a broken subject`, () => {
    assert.deepEqual(Object.keys(violations).toSorted(), Object.keys(rules).toSorted());
  });
  for (const [rule, broken] of Object.entries(violations)) {
    test(`${of}: the subject broken in "${rule}" violates that rule alone`, () => {
      const found = broken();
      assert.equal(found.length, 1, `found ${JSON.stringify(found)}`);
      assert.match(found[0] ?? '', pattern(rules[rule] ?? '(no rule)'));
    });
  }
}
