/** What tests on a real server share: one of their own, which they may stop, freeze and kill. It has no tests of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { Secret } from '@tapgate/core';
import { pino } from 'pino';
import { addressOf } from './address.ts';
import type { Patience } from './connection.ts';
import type { RedisOptions } from './options.ts';
import { RedisStore } from './redis-store.ts';

const program = ['redis-server', 'valkey-server'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** Why tests with a server of their own are skipped. */
export const skip: string | false =
  program === undefined ? 'neither redis-server nor valkey-server is installed' : false;

/** A server that ends with its test. What it knows is gone when it is killed. */
export interface OwnServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Nothing is answered, and connections stay. */
  freeze(): void;
  thaw(): void;
  command(...args: string[]): Promise<unknown>;
}

const servers = new Set<ChildProcess>();
// A test that failed before its server was closed must not leave it behind.
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
});

/** Starts a server on a free port of the loopback; `flags` are its own. */
export async function ownServer(flags: (port: number) => readonly string[] = () => []): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tapgate-redis-'));
  const port = await freePort();
  let running: ChildProcess | undefined;
  const server: OwnServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const always = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
      running = spawn(program ?? '', ['--port', String(port), ...always, ...flags(port)], { stdio: 'ignore' });
      servers.add(running);
      for (let tries = 0; !(await listens(port)); tries += 1) {
        if (running.exitCode !== null || tries > 500) throw new Error(`${program} does not start.`);
        await wait(20);
      }
    },
    kill: async () => {
      if (running === undefined || running.exitCode !== null) return;
      const ended = once(running, 'exit');
      running.kill('SIGKILL');
      await ended;
      running = undefined;
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    command: async (...args) => {
      const client = createClient({ url: server.url });
      client.on('error', () => {});
      await client.connect();
      try {
        return await client.sendCommand(args);
      } finally {
        client.destroy();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

/** A server that is there already, or one of the test's own. */
export async function anyServer(): Promise<Pick<OwnServer, 'url' | 'command'> & AsyncDisposable> {
  const url = process.env['TAPGATE_TEST_REDIS_URL'];
  if (url === undefined) return ownServer();
  const command = async (...args: string[]): Promise<unknown> => {
    const client = await createClient({ url }).connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  };
  return { url, command, [Symbol.asyncDispose]: async () => {} };
}

/** Why tests on any server are skipped. */
export const skipAny: string | false =
  process.env['TAPGATE_TEST_REDIS_URL'] === undefined && skip !== false
    ? 'TAPGATE_TEST_REDIS_URL is not set, and redis-server is not installed'
    : false;

let prefixes = 0;

/** A prefix that no other test has. */
export function ownPrefix(): string {
  prefixes += 1;
  return `test:${process.pid}:${prefixes}:`;
}

/** Longer than a machine that is busy with other tests takes, unless a test says otherwise. */
export const patient: Patience = { timeoutMs: 2000, connectTimeoutMs: 2000, failures: 5 };

/** What a store said, with the store. */
export interface Told {
  readonly store: RedisStore;
  readonly logs: Record<string, unknown>[];
}

/** A store at this URL, not opened yet. */
export function storeAt(
  url: string,
  prefix: string,
  more: Partial<RedisOptions> = {},
  patience: Partial<Patience> = {},
): Told {
  const logs: Record<string, unknown>[] = [];
  const write = (line: string): void => void logs.push(JSON.parse(line) as Record<string, unknown>);
  const whole = { ...patient, ...patience };
  const address = addressOf({ url: new Secret(url), prefix, required: false, ...whole, ...more });
  return { store: new RedisStore(address, whole, prefix, pino({ base: null }, { write })), logs };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listens(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 10_000): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await wait(20)) if (await holds()) return;
  throw new Error(`It never came to this: ${what}.`);
}
