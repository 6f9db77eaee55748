import { setTimeout as wait } from 'node:timers/promises';

/** What a process holds, counted by name: open handles, and listeners on the process. */
export type Resources = ReadonlyMap<string, number>;

/** What is held now. */
export function resourcesNow(): Resources {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const event of process.eventNames()) {
    counts.set(`listener of process on ${String(event)}`, process.listenerCount(event));
  }
  return counts;
}

/** What is held now and was not held before: `Timeout`, `TCPSocketWrap`, each as often as there are more of it. */
export function added(before: Resources): readonly string[] {
  return [...resourcesNow()].flatMap(([name, count]) =>
    Array.from<string>({ length: Math.max(0, count - (before.get(name) ?? 0)) }).fill(name),
  );
}

/** The same, once what is on its way out has had the time to go. */
export async function addedForGood(before: Resources, graceMs: number): Promise<readonly string[]> {
  const until = performance.now() + graceMs;
  for (;;) {
    // The wait's own timer is over here, so that it does not count.
    await wait(5);
    const left = added(before);
    if (left.length === 0 || performance.now() > until) return left;
  }
}
