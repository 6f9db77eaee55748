import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a process has used so far, or holds at the moment. */
export interface Measures {
  readonly cpuMicros: number;
  /** After a collection: what is reachable, outside of the heap too, and what the system has given. */
  readonly usedBytes: number;
  readonly rssBytes: number;
}

/** How long the loop stood still at the most, since it was last asked. Nobody is watched before somebody asks. */
const loop = monitorEventLoopDelay({ resolution: 2 });

/**
 * Answers the parent's questions about this process. CPU time is told without a collection, which would be charged to whatever was
 * measured last; memory is told after one.
 */
export function answerMeasures(): void {
  process.on('message', (question) => {
    if (question === 'stall') process.send?.(longestStall());
    else if (question === 'memory') void collected().then((measures) => process.send?.(measures));
    else process.send?.(measuresNow());
  });
  process.on('disconnect', () => process.exit(0));
}

function longestStall(): { readonly stallMs: number } {
  const stallMs = loop.max / 1e6;
  loop.enable();
  loop.reset();
  return { stallMs };
}

/**
 * Several times with a turn between, because what closes a handle is freed a turn later; and by the collection that gives pages back,
 * because the engine keeps tens of megabytes for later use, at one time more of them than at another.
 */
async function collected(): Promise<Measures> {
  for (let time = 0; time < 4; time += 1) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return measuresNow();
}

function measuresNow(): Measures {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { cpuMicros: user + system, usedBytes: heapUsed + external, rssBytes: rss };
}
