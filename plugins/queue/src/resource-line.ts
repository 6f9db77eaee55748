import { Line } from './line.ts';
import type { Ticket } from './ticket.ts';

/** Between tries in vain that nobody knows a better time for, milliseconds: doubled each time. */
const leastPauseMs = 10;
const mostPauseMs = 1000;
/** Who was let go and is not seen again within this time is not waited for by the others, milliseconds. */
const tryMs = 1000;
const maxTimerMs = 2 ** 31 - 1;

/** The line before one resource: its first is let go when its time has come, and the next when what came of that is known. */
export class ResourceLine {
  readonly name: string;
  readonly #overdue: (ticket: Ticket) => void;
  readonly #line = new Line<Ticket>();
  #trying: Ticket | undefined;
  /** Something became free while somebody tried: what it found may be old. */
  #freed = false;
  #wake: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;

  /** `overdue` is told who was let go so long ago that the others wait for it no longer. */
  constructor(name: string, overdue: (ticket: Ticket) => void) {
    this.name = name;
    this.#overdue = overdue;
  }

  /** Who waits, and who tries. */
  get size(): number {
    return this.#line.size;
  }

  /** In the order of their turns. */
  tickets(): Generator<Ticket> {
    return this.#line.order();
  }

  placeOf(ticket: Ticket): number {
    return this.#line.placeOf(ticket) ?? 0;
  }

  /** Somebody comes new. */
  stand(ticket: Ticket, until: number): void {
    ticket.until = until;
    this.#line.add(ticket);
    this.#go();
  }

  /** When somebody who tried in vain should try again. */
  againAt(ticket: Ticket, until: number): number {
    const now = Date.now();
    if (this.#freed) return now;
    return until > now ? until : now + Math.min(mostPauseMs, leastPauseMs * 2 ** Math.min(ticket.vain, 10));
  }

  /** Somebody tried in vain, and keeps its place. */
  again(ticket: Ticket, until: number): void {
    ticket.until = until;
    this.#tried(ticket);
    this.#go();
  }

  /** It has what it waited for. */
  went(ticket: Ticket): void {
    this.#line.take(ticket);
    this.#tried(ticket);
    this.#go();
  }

  /** It is not waited for any more. */
  leave(ticket: Ticket): void {
    this.#line.remove(ticket);
    this.#tried(ticket);
    this.#go();
  }

  freed(): void {
    this.#freed = this.#trying !== undefined;
    for (const ticket of this.#line.order()) ticket.until = 0;
    this.#go();
  }

  close(): void {
    clearTimeout(this.#wake);
    clearTimeout(this.#patience);
  }

  #tried(ticket: Ticket): void {
    if (this.#trying !== ticket) return;
    clearTimeout(this.#patience);
    this.#trying = undefined;
    this.#freed = false;
  }

  #go(): void {
    clearTimeout(this.#wake);
    const next = this.#line.next();
    if (next === undefined || this.#trying !== undefined) return;
    const inMs = next.until - Date.now();
    if (inMs > 0) {
      this.#wake = setTimeout(() => this.#go(), Math.min(inMs, maxTimerMs));
      return;
    }
    this.#trying = next;
    this.#patience = setTimeout(() => this.#overdue(next), tryMs);
    next.letGo();
  }
}
