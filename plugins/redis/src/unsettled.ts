/** What is known of a reservation that was asked for here and is not settled. */
export type Standing = 'granted' | 'unanswered' | 'not sent';

const maxKnown = 100_000;
const maxKept = 10_000;

/** Reservations of this process: how each stands, and how those were settled that could not be told yet. Bounded; the oldest goes first. */
export class Unsettled {
  readonly #known = new Map<string, Standing>();
  readonly #kept = new Map<string, { readonly spent: readonly bigint[]; readonly unanswered: boolean }>();
  /** Settlements that were let go because there were too many to keep. */
  lost = 0;

  /** It is being asked for. Gives how it stood, where it was asked for before. */
  begin(id: string): Standing | undefined {
    const before = this.#known.get(id);
    this.#known.set(id, 'unanswered');
    if (this.#known.size > maxKnown) drop(this.#known);
    return before;
  }

  /** What became of what was begun; nothing, where it is settled already. */
  learn(id: string, standing: Standing | 'refused'): void {
    if (!this.#known.has(id)) return;
    if (standing === 'refused') this.#known.delete(id);
    else this.#known.set(id, standing);
  }

  /** How it stands, and it is forgotten. */
  take(id: string): Standing | undefined {
    const standing = this.#known.get(id);
    this.#known.delete(id);
    return standing;
  }

  /** Keeps how it was settled until that can be told. */
  keep(id: string, spent: readonly bigint[], unanswered: boolean): void {
    if (this.#kept.has(id)) return;
    this.#kept.set(id, { spent, unanswered });
    if (this.#kept.size <= maxKept) return;
    drop(this.#kept);
    this.lost += 1;
  }

  /** How many settlements wait to be told. */
  get kept(): number {
    return this.#kept.size;
  }

  /** Tells all that was kept, some at a time, until one cannot be told. What could not be told stays. */
  async tell(settle: (id: string, spent: readonly bigint[], unanswered: boolean) => Promise<void>): Promise<void> {
    while (this.#kept.size > 0) {
      const some = [...this.#kept].slice(0, 100);
      const told = await Promise.allSettled(
        some.map(async ([id, { spent, unanswered }]) => {
          await settle(id, spent, unanswered);
          this.#kept.delete(id);
        }),
      );
      if (told.some(({ status }) => status === 'rejected')) return;
    }
  }
}

function drop(from: Map<string, unknown>): void {
  const [oldest] = from.keys();
  if (oldest !== undefined) from.delete(oldest);
}
