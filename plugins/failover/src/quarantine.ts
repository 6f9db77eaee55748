/** When a credential is taken for dead, and for how long. */
export interface QuarantineRules {
  /** Refusals within `withinMs`. */
  readonly after: number;
  readonly withinMs: number;
  readonly forMs: number;
}

interface Suspect {
  refusals: readonly number[];
  until: number;
}

/** Credentials that their providers refuse. */
export class Quarantine {
  readonly #now: () => number;
  readonly #suspects = new Map<string, Suspect>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Until when it is not used, milliseconds since 1970; nothing where it is. */
  until(name: string): number | undefined {
    const until = this.#suspects.get(name)?.until;
    return until !== undefined && until > this.#now() ? until : undefined;
  }

  /** The provider has refused it. Gives until when it is not used, where that is from now. */
  refused(name: string, { after, withinMs, forMs }: QuarantineRules): number | undefined {
    const now = this.#now();
    const before = this.#suspects.get(name);
    if (before !== undefined && before.until > now) return undefined;
    const refusals = [...(before?.refusals ?? []).filter((at) => at > now - withinMs), now];
    const dead = refusals.length >= after;
    this.#suspects.set(name, { refusals: dead ? [] : refusals, until: dead ? now + forMs : 0 });
    return dead ? now + forMs : undefined;
  }

  /** Another process has found it dead. */
  holdUntil(name: string, until: number): void {
    if ((this.until(name) ?? 0) < until) this.#suspects.set(name, { refusals: [], until });
  }

  /** The provider has taken it. */
  succeeded(name: string): void {
    this.#suspects.delete(name);
  }

  /** A config that was read anew may hold other secrets under the same names. */
  clear(): void {
    this.#suspects.clear();
  }

  /** Who is held now. */
  *all(): Generator<{ readonly name: string; readonly until: number }> {
    const now = this.#now();
    for (const [name, { until }] of this.#suspects) if (until > now) yield { name, until };
  }

  /** Forgets those that nothing is held against any more. */
  sweep(withinMs: number): void {
    const now = this.#now();
    for (const [name, { until, refusals }] of this.#suspects)
      if (until <= now && refusals.every((at) => at <= now - withinMs)) this.#suspects.delete(name);
  }
}
