/** Who waits, and under which key it shares with others. */
export interface Keyed {
  readonly key: string;
}

/** How far a key has come. */
interface Progress {
  /** Turns it has had, each counted by the key's weight: who has the least goes next. */
  pass: number;
  /** Number of its last turn; of two that have come equally far the one whose turn was longer ago goes first. */
  turn: number;
}

interface Key<Waiter> extends Progress {
  readonly weight: number;
  readonly waiters: Waiter[];
}

/**
 * Turns among keys, in proportion to their weights, and within a key by arrival: of keys that wait all the while none comes
 * twice before another of the same weight has come once, however many of the one wait.
 */
export class FairTurns<Waiter extends Keyed> {
  readonly #keys = new Map<string, Key<Waiter>>();
  /** Keys that nobody waits for at the moment but that are not behind the others yet: leaving and coming back gains nothing. */
  readonly #ahead = new Map<string, Progress>();
  /**
   * How far keys have come that always wait. A key that comes new begins there: its absence is no credit, and those who came
   * before do not wait for each that comes.
   */
  #clock = 0;
  /** Of all keys that wait. */
  #weight = 0;
  #turn = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(waiter: Waiter, weight: number): void {
    this.#size += 1;
    const known = this.#keys.get(waiter.key);
    if (known !== undefined) {
      known.waiters.push(waiter);
      return;
    }
    const { pass, turn } = this.#ahead.get(waiter.key) ?? { pass: 0, turn: 0 };
    this.#ahead.delete(waiter.key);
    this.#weight += weight;
    this.#keys.set(waiter.key, { pass: Math.max(pass, this.#clock), turn, weight, waiters: [waiter] });
  }

  /** It leaves without a turn, and costs its key nothing. */
  remove(waiter: Waiter): void {
    const key = this.#keys.get(waiter.key);
    const at = key?.waiters.indexOf(waiter) ?? -1;
    if (key === undefined || at < 0) return;
    key.waiters.splice(at, 1);
    this.#left(waiter.key, key);
  }

  /** It has had its turn. */
  take(waiter: Waiter): void {
    const key = this.#keys.get(waiter.key);
    if (key === undefined || !key.waiters.includes(waiter)) return;
    this.#turn += 1;
    this.#clock = Math.max(this.#clock + 1 / this.#weight, key.pass);
    key.pass += 1 / key.weight;
    key.turn = this.#turn;
    this.remove(waiter);
    for (const [name, { pass }] of this.#ahead) if (pass < this.#clock) this.#ahead.delete(name);
  }

  /** Whose turn it is. */
  next(): Waiter | undefined {
    return first([...this.#keys.values()])?.waiters[0];
  }

  /** All, in the order of their turns if nobody came or left any more. */
  *order(): Generator<Waiter> {
    const keys = [...this.#keys.values()].map((key) => ({ ...key, at: 0 }));
    for (let turn = this.#turn + 1; ; turn += 1) {
      const key = first(keys.filter(({ at, waiters }) => at < waiters.length));
      const waiter = key?.waiters[key.at];
      if (key === undefined || waiter === undefined) return;
      yield waiter;
      key.at += 1;
      key.pass += 1 / key.weight;
      key.turn = turn;
    }
  }

  #left(name: string, key: Key<Waiter>): void {
    this.#size -= 1;
    if (key.waiters.length > 0) return;
    this.#keys.delete(name);
    this.#weight -= key.weight;
    if (this.#size > 0) {
      if (key.pass >= this.#clock) this.#ahead.set(name, key);
      return;
    }
    this.#ahead.clear();
    this.#clock = 0;
    this.#weight = 0;
  }
}

function first<Of extends Progress>(keys: readonly Of[]): Of | undefined {
  let best: Of | undefined;
  for (const key of keys) {
    if (best === undefined || key.pass < best.pass || (key.pass === best.pass && key.turn < best.turn)) best = key;
  }
  return best;
}
