import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { bodies } from './bodies.ts';
import { put } from './load.ts';
import type { Subject } from './subject.ts';

/** What one of many open streams costs in memory, KB: what is reachable, and what the system has given. */
export interface IdleCost {
  readonly usedKilobytes: number;
  readonly rssKilobytes: number;
}

/**
 * Opens streams that say nothing after their first event, at a process that nobody has asked before. It is warmed up first, so that its
 * code is compiled, its young space has grown, and both readings are of the same state.
 */
export async function idleCost(subject: Subject, count: number): Promise<IdleCost> {
  const { port, path, headers } = subject;
  await put({ port, path, headers, body: bodies.small, count: 3000, concurrency: 16 });
  await put({ port, path, headers, body: bodies.stream, count: 50, concurrency: 8 });
  const leave = await open(subject, 20);
  leave();
  const before = await subject.memory?.();
  const leaveAll = await open(subject, count);
  const after = await subject.memory?.();
  leaveAll();
  const each = (of: 'usedBytes' | 'rssBytes'): number => ((after?.[of] ?? 0) - (before?.[of] ?? 0)) / count / 1024;
  return { usedKilobytes: each('usedBytes'), rssKilobytes: each('rssBytes') };
}

/** In waves that a listener's queue of connections holds. */
async function open(subject: Subject, count: number): Promise<() => void> {
  const opened: ClientRequest[] = [];
  while (opened.length < count) {
    const wave = Array.from({ length: Math.min(100, count - opened.length) }, () => openOne(subject));
    opened.push(...(await Promise.all(wave)));
  }
  return () => {
    for (const call of opened) call.destroy();
  };
}

async function openOne({ port, path }: Subject): Promise<ClientRequest> {
  const call = request({
    host: '127.0.0.1',
    port,
    path,
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
  });
  call.on('error', () => {});
  call.end(bodies.idle);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  await once(response, 'data');
  return call;
}
