import { testRules, type Rule, type Test } from '../rule.ts';
import { answerRules } from './answer-rules.ts';
import { errorRules } from './error-rules.ts';
import { garbageRules } from './garbage-rules.ts';
import { requestRules } from './request-rules.ts';
import { prepareDialect, type DialectSubject, type PreparedDialect } from './subject.ts';
import { writerRules } from './writer-rules.ts';

/** What every dialect promises. */
export const dialectRules: readonly Rule<PreparedDialect>[] = [
  ...requestRules,
  ...answerRules,
  ...writerRules,
  ...errorRules,
  ...garbageRules,
];

/**
 * A test for each promise of a dialect, tried on the subject's samples and on what its recordings make.
 * @example dialectContract(test, { dialect, fixtures: fixtures({ dialect: 'openai-chat' }), adds: ['stream_options'] });
 */
export function dialectContract(test: Test, subject: DialectSubject): void {
  const names = new Set(dialectRules.map(({ name }) => name));
  const unknown = Object.keys(subject.except ?? {}).find((name) => !names.has(name));
  if (unknown !== undefined) throw new Error(`"except" names the rule "${unknown}", which there is not.`);
  testRules(test, subject.dialect.name, dialectRules, prepareDialect(subject));
}
