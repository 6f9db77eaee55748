/** How long a prompt took to its first token. */
export interface FirstToken {
  readonly tookMs: number;
  readonly promptBytes: number;
  /** How many others were under way when it began. */
  readonly others: number;
  /** False where it has not come, but would have taken at least so long. */
  readonly heard: boolean;
}

/** With no more than these beside it, a time is the provider's own and not the crowd's doing. */
const few = 1;
/** How far the usual time follows one window's: where few were under way, and where it was faster than usual. */
const followsFew = 0.5;
const followsFaster = 0.2;
/** How much a usual time may rise in a minute under load: a crowd must not become the measure of itself. */
const risesPerMinute = 0.02;

/**
 * How much slower first tokens come than they usually do. Prompts are compared with others of about their length, because a
 * long one takes longer in peace, too.
 */
export class FirstTokens {
  /** Usual times, milliseconds, by the number of times a prompt's length is four times a kilobyte. */
  readonly #usualMs = new Map<number, number>();
  #slowness = 1;
  #learnedAt: number | undefined;

  /** How long the first token of such a prompt usually takes; nothing where none was seen. */
  usualMs(promptBytes: number): number | undefined {
    return this.#usualMs.get(sizeOf(promptBytes));
  }

  /** A first token has come. A length that comes new in the middle of a crowd is taken to be as slow as all others are. */
  meet({ promptBytes, tookMs }: FirstToken): void {
    const size = sizeOf(promptBytes);
    if (!this.#usualMs.has(size)) this.#usualMs.set(size, Math.max(1, tookMs / this.#slowness));
  }

  /** How many times the usual a window's first tokens took, by the middle one; learns from them. */
  slowness(window: readonly FirstToken[], now: number): number {
    this.#slowness = this.#ratio(window);
    const minutes = this.#learnedAt === undefined ? 0 : (now - this.#learnedAt) / 60_000;
    this.#learnedAt = now;
    const calm = window.every(({ others, heard }) => heard && others <= few);
    for (const [size, usualMs] of this.#usualMs) {
      const took = window.filter(({ promptBytes }) => sizeOf(promptBytes) === size).map(({ tookMs }) => tookMs);
      if (took.length > 0) this.#usualMs.set(size, learned(usualMs, median(took), calm, minutes));
    }
    return this.#slowness;
  }

  /** As slow as these are is usual from now on. */
  relearn(window: readonly FirstToken[]): void {
    const slowness = this.#ratio(window);
    for (const [size, usualMs] of this.#usualMs) this.#usualMs.set(size, usualMs * slowness);
    this.#slowness = 1;
  }

  #ratio(window: readonly FirstToken[]): number {
    return median(window.map(({ tookMs, promptBytes }) => tookMs / (this.usualMs(promptBytes) ?? tookMs)));
  }
}

function learned(usualMs: number, tookMs: number, calm: boolean, minutes: number): number {
  const follows = calm ? followsFew : tookMs < usualMs ? followsFaster : 0;
  const followed = usualMs + follows * (tookMs - usualMs);
  return Math.max(1, follows > 0 ? followed : Math.min(tookMs, usualMs * (1 + risesPerMinute * minutes)));
}

function sizeOf(bytes: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, bytes) / 1024) / 2));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 1;
}
