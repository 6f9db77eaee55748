import { testRules, type Rule, type Test } from '../rule.ts';
import { limitRules } from './limit-rules.ts';
import { modelRule } from './model-rule.ts';
import type { StoreSubject } from './subject.ts';
import { valueRules } from './value-rules.ts';

/** What every store promises. */
export const storeRules: readonly Rule<StoreSubject>[] = [...valueRules, ...limitRules, modelRule];

/**
 * A test for each promise of a store. `open` gives one that is empty for each of them.
 * @example storeContract(test, { name: 'memory', open: () => ({ store: new MemoryStore(), close: () => {} }) });
 */
export function storeContract(test: Test, subject: StoreSubject & { readonly name?: string }): void {
  testRules(test, subject.name ?? 'store', storeRules, subject);
}
