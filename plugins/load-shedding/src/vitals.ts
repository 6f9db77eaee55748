import { getHeapStatistics } from 'node:v8';

/** How near this process is to what it can bear. */
export interface Vitals {
  /** How late the event loop was at the most since this was last asked, milliseconds. */
  loopDelayMs(): number;
  /** The heap, of what it may be. */
  heap(): number;
  /** The process's memory, of what its container may have; 0 where nothing bounds it. */
  memory(): number;
  open(): void;
  close(): void;
}

/** This process's own. */
export function processVitals(): Vitals {
  const loop = new LoopDelay();
  return {
    loopDelayMs: () => loop.take(),
    heap: () => {
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      return used / limit;
    },
    memory: () => {
      const limit = process.constrainedMemory();
      const isBound = limit > 0 && limit < 2 ** 50;
      return isBound ? process.memoryUsage.rss() / limit : 0;
    },
    open: () => loop.open(),
    close: () => loop.close(),
  };
}

const everyMs = 20;

/** How late a timer is. Node's own histogram loses what it is reset in the middle of, and that is when it matters. */
class LoopDelay {
  #timer: NodeJS.Timeout | undefined;
  #lastAt = 0;
  #worstMs = 0;

  open(): void {
    this.#lastAt = performance.now();
    this.#timer ??= setInterval(() => this.#tick(), everyMs).unref();
  }

  take(): number {
    this.#tick();
    const worstMs = this.#worstMs;
    this.#worstMs = 0;
    return worstMs;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    this.#worstMs = Math.max(this.#worstMs, now - this.#lastAt - everyMs);
    this.#lastAt = now;
  }
}
