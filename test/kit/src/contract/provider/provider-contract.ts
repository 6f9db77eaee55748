import { testRules, type Rule, type Test } from '../rule.ts';
import { callingRules } from './calling-rules.ts';
import { failingRules } from './failing-rules.ts';
import type { ProviderSubject } from './subject.ts';

/** What every provider promises. */
export const providerRules: readonly Rule<ProviderSubject>[] = [...callingRules, ...failingRules];

/**
 * A test for each promise of a provider, in a gateway that serves it, with a fake upstream in the real one's place.
 * @example
 * providerContract(test, {
 *   name: 'acme',
 *   create: (origin) => ({ provider: 'acme', plugins: [[acme, { baseUrl: `${origin}/v1`, apiKey: 'acme-secret' }]] }),
 *   credential: { header: 'authorization', value: 'Bearer acme-secret' },
 *   secrets: ['acme-secret'],
 *   dialects: ['openai-chat'],
 * });
 */
export function providerContract(test: Test, subject: ProviderSubject & { readonly name?: string }): void {
  testRules(test, subject.name ?? 'provider', providerRules, subject);
}
