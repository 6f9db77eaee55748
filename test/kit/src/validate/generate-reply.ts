import { Findings, type RuleTable } from './findings.ts';
import { GenerateCheck, generateRules, type GenerateRule } from './generate-answer.ts';
import { bodyObject } from './shape.ts';

type Rule = GenerateRule | 'json' | 'finish-missing' | 'usage-missing';

/** What the official clients of `google-generate` need of a whole answer. */
export const generateReplyRules: RuleTable<Rule> = {
  ...generateRules,
  json: 'The answer is no JSON object.',
  'finish-missing':
    'The answer has a candidate without a finishReason, or none and no reason why the prompt was blocked.',
  'usage-missing': 'The answer has no usage.',
};

/** Checks a whole `GenerateContentResponse`, given as its bytes, its text or what they say. */
export function validateGenerateReply(body: unknown, options: { readonly written?: boolean } = {}): readonly string[] {
  const findings = new Findings(generateReplyRules);
  const reply = bodyObject(body);
  if (!findings.claim(reply !== undefined, 'json') || !reply) return findings.sentences;
  const check = new GenerateCheck(findings, options.written ?? false);
  check.answer(reply, 0);
  findings.claim(check.finished, 'finish-missing');
  if (options.written) findings.claim(check.usageSeen, 'usage-missing');
  return findings.sentences;
}
