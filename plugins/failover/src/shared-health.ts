import { randomUUID } from 'node:crypto';
import { asNumber, asString, type Gateway, parseObject, type Store } from '@tapgate/core';
import type { Change, Health } from './health.ts';

const prefix = 'failover:';

/**
 * Tells other processes through the store what this one learns, and learns from them: what one has found out costs the others
 * no failure. Nothing waits for the store, and without it each process knows what it has seen itself.
 * Spans of time travel, not moments, because clocks differ. Gives the way to stop.
 */
export function shareHealth(health: Health, store: Store, log: Gateway['log']): () => void {
  const self = randomUUID();
  let failing = false;
  const stopTelling = health.onChange(({ because, name, forMs, reason }) => {
    const value = Buffer.from(JSON.stringify({ by: self, forMs, reason }));
    const told = store.set(`${prefix}${because}:${name}`, value, { ttlMs: Math.max(1, Math.ceil(forMs)) });
    void outcome(told).then((error) => {
      if (error !== undefined && !failing)
        log.warn({ reason: error }, 'failover cannot tell other processes what it learns');
      failing = error !== undefined;
      return undefined;
    });
  });
  const stopHearing = store.watch(prefix, (key, value, leftMs) => {
    const change = value === undefined ? undefined : read(key, value, self, leftMs);
    if (change !== undefined) health.hear(change);
  });
  return () => {
    stopTelling();
    stopHearing();
  };
}

/** What went wrong, in words, or nothing. */
function outcome(told: Promise<unknown>): Promise<string | undefined> {
  return told.then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** What is told late counts for what is left of it. */
function read(key: string, value: Uint8Array, self: string, leftMs = Infinity): Change | undefined {
  const [because = '', ...rest] = key.slice(prefix.length).split(':');
  const fields = parseObject(Buffer.from(value).toString('utf8'));
  const forMs = asNumber(fields?.['forMs']);
  if (fields === undefined || rest.join('') === '' || forMs === undefined || fields['by'] === self) return undefined;
  if (because !== 'breaker' && because !== 'cooldown' && because !== 'quarantine') return undefined;
  return { because, name: rest.join(':'), forMs: Math.min(forMs, leftMs), reason: asString(fields['reason']) ?? '' };
}
