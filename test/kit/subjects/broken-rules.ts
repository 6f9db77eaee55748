import assert from 'node:assert/strict';
import test from 'node:test';
import type { Rule } from '../src/contract/rule.ts';

/** The names of the rules that do not hold, or that hold of nothing here. */
export async function failedRules<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const rule of rules) {
    if (rule.skip?.(subject) !== undefined) continue;
    try {
      await rule.check(subject);
    } catch {
      failed.push(rule.name);
    }
  }
  return failed;
}

/**
 * The kit's own tests of a contract: the good subject keeps every rule, and for each rule there is a subject that breaks it and no other.
 * A rule without a broken subject fails, and so does one that says nothing of the good subject.
 */
export function eachRuleBroken<Subject>(
  of: string,
  rules: readonly Rule<Subject>[],
  good: () => Subject,
  broken: Readonly<Record<string, () => Subject>>,
  /** Rules that stand for others: a subject that breaks another rule may break them too. */
  forAll: readonly string[] = [],
): void {
  test(`${of}: every rule has a name of its own and a broken subject`, () => {
    const names = rules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(Object.keys(broken).toSorted(), names.toSorted());
  });
  for (const rule of rules) {
    test(`${of}: the good subject keeps "${rule.name}"`, async () => {
      const subject = good();
      assert.equal(rule.skip?.(subject), undefined);
      await rule.check(subject);
    });
  }
  for (const [name, subject] of Object.entries(broken)) {
    test(`${of}: the subject that breaks "${name}" breaks that alone`, async () => {
      const failed = await failedRules(rules, subject());
      assert.deepEqual(
        failed.filter((one) => one === name || !forAll.includes(one)),
        [name],
      );
    });
  }
}
