/** Sentences of what must not be, by a name for each rule; `{values}` stand for the place and what was found there. */
export type RuleTable<Id extends string> = Readonly<Record<Id, string>>;

/** Violations of a table of rules: the first of each rule, in the order they were found. */
export class Findings<Id extends string> {
  readonly #rules: RuleTable<Id>;
  readonly #found = new Map<string | symbol, string>();

  constructor(rules: RuleTable<Id>) {
    this.#rules = rules;
  }

  get sentences(): readonly string[] {
    return [...this.#found.values()];
  }

  report(rule: Id, values: Readonly<Record<string, unknown>> = {}): void {
    if (this.#found.has(rule)) return;
    const sentence = this.#rules[rule].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      name in values ? shown(values[name]) : whole,
    );
    this.#found.set(rule, sentence);
  }

  /** Reports the rule unless the claim holds. */
  claim(holds: boolean, rule: Id, values: Readonly<Record<string, unknown>> = {}): boolean {
    if (!holds) this.report(rule, values);
    return holds;
  }

  /** Takes over what other rules have found. */
  add(sentences: readonly string[]): void {
    for (const sentence of sentences) this.#found.set(Symbol(sentence), sentence);
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(value) ?? 'nothing';
}
