import type { Hold } from './provider.ts';

/** What core holds of an answer's beginning whatever the target asks, and of any answer for a slow reader, bytes. */
export const maxHeldBytes: number = 256 * 1024;

/** Takes what a flow lets out. */
export interface FlowSink {
  data(bytes: Uint8Array): void;
}

/**
 * Holds an answer's bytes back until its first content, or for longer where the target asks, so that an early failure inside
 * a success can still be recovered. Once released, bytes go straight through.
 */
export class Gate {
  readonly #hold: Hold;
  readonly #whenReady: () => void;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #heldEvents = 0;
  #content = false;
  #ready = false;
  #timer: NodeJS.Timeout | undefined;
  #sink: FlowSink | undefined;

  constructor(hold: Hold | undefined, whenReady: () => void) {
    this.#hold = hold ?? {};
    this.#whenReady = whenReady;
  }

  /** Bytes that have come, until they are released. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get released(): boolean {
    return this.#sink !== undefined;
  }

  /** Lets bytes through or holds them. `content` tells that they show something of the answer. */
  push(bytes: Uint8Array, content: boolean): void {
    if (this.#sink !== undefined) {
      this.#sink.data(bytes);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    if (this.#content) this.#heldEvents += 1;
    if (content && !this.#content) this.#beginContent();
    if (this.#full()) this.#becomeReady();
  }

  /** The answer is complete: nothing is worth holding any more. */
  end(): void {
    this.#becomeReady();
  }

  /** Lets out what is held, and from here everything at once. */
  release(sink: FlowSink): void {
    this.#sink = sink;
    clearTimeout(this.#timer);
    for (const bytes of this.#held) sink.data(bytes);
    this.#held.length = 0;
  }

  /** Nothing will be let out. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ready = true;
    this.#held.length = 0;
  }

  #beginContent(): void {
    this.#content = true;
    if (this.#hold.ms !== undefined) this.#timer = setTimeout(() => this.#becomeReady(), this.#hold.ms);
  }

  #full(): boolean {
    if (this.#heldBytes >= maxHeldBytes) return true;
    if (!this.#content) return false;
    const { events, bytes, ms } = this.#hold;
    if (events === undefined && bytes === undefined) return ms === undefined;
    return (events !== undefined && this.#heldEvents >= events) || (bytes !== undefined && this.#heldBytes >= bytes);
  }

  #becomeReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    clearTimeout(this.#timer);
    this.#whenReady();
  }
}
