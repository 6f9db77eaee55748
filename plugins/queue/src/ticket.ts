import type { Exchange } from '@tapgate/core';
import type { Standing } from './line.ts';
import type { ResourceLine } from './resource-line.ts';

/** One request's place in one line, from its first wait until its try has succeeded or it has left. */
export class Ticket implements Standing {
  readonly exchange: Exchange;
  readonly line: ResourceLine;
  readonly key: string;
  readonly rank: number;
  readonly weight: number;
  /** After this it is not worth waiting, milliseconds since 1970. */
  readonly latest: number;
  readonly reason: string;
  /** When its next try is worth it, milliseconds since 1970. */
  until = 0;
  /** Tries in vain one after the other. */
  vain = 0;
  /** Its turn has come, and it is not known yet what came of it. */
  trying = false;
  /** Ends what watches it while it waits. */
  unwatch: () => void = () => {};
  #turn: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(
    exchange: Exchange,
    line: ResourceLine,
    place: Standing & { readonly latest: number; readonly reason: string },
  ) {
    this.exchange = exchange;
    this.line = line;
    this.key = place.key;
    this.rank = place.rank;
    this.weight = place.weight;
    this.latest = place.latest;
    this.reason = place.reason;
  }

  /** Until its turn comes, or it is refused. */
  turn(): Promise<void> {
    this.trying = false;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#turn = { resolve, reject };
    return promise;
  }

  letGo(): void {
    this.trying = true;
    this.vain += 1;
    this.#turn?.resolve();
    this.#turn = undefined;
  }

  /** Nothing comes of it. A ticket whose turn has come is past being refused. */
  refuse(error: Error): void {
    this.#turn?.reject(error);
    this.#turn = undefined;
  }
}
