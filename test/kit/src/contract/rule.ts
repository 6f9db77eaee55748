/** What a rule's body is given by the runner, as far as a contract needs it. */
export interface RuleContext {
  skip?(reason?: string): void;
}

/** The caller's `test`: that of `node:test`, or any other that takes a name and a body. */
export type Test = (name: string, body: (context: RuleContext) => Promise<void>) => unknown;

/** One promise of a contract. */
export interface Rule<Subject> {
  /** A sentence: the test's name, after the subject's. */
  readonly name: string;
  /** Why the rule says nothing of this subject; nothing where it does. */
  readonly skip?: (subject: Subject) => string | undefined;
  readonly check: (subject: Subject) => void | Promise<void>;
}

/** Makes a test of each rule. A rule that does not concern the subject is skipped, and says why. */
export function testRules<Subject>(test: Test, of: string, rules: readonly Rule<Subject>[], subject: Subject): void {
  for (const rule of rules) {
    void test(`${of}: ${rule.name}`, async (context) => {
      const reason = rule.skip?.(subject);
      if (reason === undefined) await rule.check(subject);
      else context.skip?.(reason);
    });
  }
}
