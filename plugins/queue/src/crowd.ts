import type { Ticket } from './ticket.ts';

/** All who wait, in whatever line: how many under each key, and who must make room. */
export class Crowd {
  readonly #tickets = new Set<Ticket>();
  readonly #byKey = new Map<string, number>();

  get size(): number {
    return this.#tickets.size;
  }

  of(key: string): number {
    return this.#byKey.get(key) ?? 0;
  }

  add(ticket: Ticket): void {
    this.#tickets.add(ticket);
    this.#byKey.set(ticket.key, this.of(ticket.key) + 1);
  }

  /** False where it was not there. */
  delete(ticket: Ticket): boolean {
    if (!this.#tickets.delete(ticket)) return false;
    const left = this.of(ticket.key) - 1;
    if (left > 0) this.#byKey.set(ticket.key, left);
    else this.#byKey.delete(ticket.key);
    return true;
  }

  /**
   * Who leaves so that a newcomer finds room: of the least important the last who came under the key that most wait under.
   * Nobody, where that would be no more important or fairer than refusing the newcomer.
   */
  makesRoomFor(newcomer: { readonly key: string; readonly rank: number }): Ticket | undefined {
    let worst: Ticket | undefined;
    for (const ticket of this.#tickets) {
      if (ticket.trying || (worst !== undefined && this.#before(ticket, worst))) continue;
      worst = ticket;
    }
    if (worst === undefined || worst.rank < newcomer.rank) return undefined;
    return worst.rank > newcomer.rank || this.of(worst.key) > this.of(newcomer.key) + 1 ? worst : undefined;
  }

  /** Whether the first of two has the better right to stay. They are looked at in the order they came. */
  #before(one: Ticket, other: Ticket): boolean {
    return one.rank === other.rank ? this.of(one.key) < this.of(other.key) : one.rank < other.rank;
  }
}
