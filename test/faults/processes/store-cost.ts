import type { Claim } from '@tapgate/core';
import { type OwnServer, ownServer, storeAt } from '../../../plugins/redis/src/own-server.test.ts';

/** What a reservation costs the server. */
export interface Cost {
  readonly claims: string;
  /** Processor time, microseconds: granted, refused, settled. */
  readonly reserveUs: number;
  readonly refuseUs: number;
  readonly settleUs: number;
  /** Memory of the server for one that is under way, and for one that was settled and is still remembered. */
  readonly heldBytes: number;
  readonly settledBytes: number;
}

const count = 20_000;
const atOnce = 200;

/** Reserves and settles by the thousand, and asks the server what that took. */
export async function measureCost(name: string, claims: readonly Claim[]): Promise<Cost> {
  await using server = await ownServer();
  const { store } = storeAt(server.url, 'cost:', {}, { timeoutMs: 60_000 });
  await store.open();
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const empty = await memoryOf(server);
  const reserveUs = await timed(server, ids, (id) => store.reserve(id, claims, 600_000));
  const held = await memoryOf(server);
  const full = claims.map((claim) => ({ ...claim, limit: 1n }));
  const refuseUs = await timed(server, ids, (id) => store.reserve(`not-${id}`, full, 600_000));
  const settleUs = await timed(server, ids, (id) =>
    store.settle(
      id,
      claims.map(() => 1n),
    ),
  );
  const settled = await memoryOf(server);
  await store.close();
  const each = (bytes: number): number => Math.round((bytes - empty) / count);
  return { claims: name, reserveUs, refuseUs, settleUs, heldBytes: each(held), settledBytes: each(settled) };
}

/** Processor time that one call took of the server, reading and writing included, microseconds. */
async function timed(
  server: OwnServer,
  ids: readonly string[],
  call: (id: string) => Promise<unknown>,
): Promise<number> {
  const before = await busyMs(server);
  for (let at = 0; at < ids.length; at += atOnce) await Promise.all(ids.slice(at, at + atOnce).map(call));
  return ((await busyMs(server)) - before) * (1000 / ids.length);
}

async function busyMs(server: OwnServer): Promise<number> {
  const text = String(await server.command('INFO', 'cpu'));
  const of = (part: string): number => Number(new RegExp(`used_cpu_${part}:([\\d.]+)`).exec(text)?.[1]) * 1000;
  return of('sys') + of('user');
}

async function memoryOf(server: OwnServer): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(String(await server.command('INFO', 'memory')))?.[1]);
}
