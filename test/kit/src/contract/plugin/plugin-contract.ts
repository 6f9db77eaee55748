import { testRules, type Rule, type Test } from '../rule.ts';
import { declarationRules } from './declaration-rules.ts';
import { lifeRules } from './life-rules.ts';
import type { PluginSubject } from './subject.ts';

/** What every plugin promises. */
export const pluginRules: readonly Rule<PluginSubject>[] = [...declarationRules, ...lifeRules];

/**
 * A test for each promise of a plugin.
 * @example
 * pluginContract(test, {
 *   plugin: businessHours,
 *   options: { from: 8, to: 18 },
 *   badOptions: [{}, { from: 'eight', to: 18 }],
 *   module: import.meta.resolve('./index.ts'),
 * });
 */
export function pluginContract(test: Test, subject: PluginSubject): void {
  testRules(test, subject.plugin.name, pluginRules, subject);
}
