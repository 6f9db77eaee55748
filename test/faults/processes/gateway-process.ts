import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../core/src/cli/main.ts', import.meta.url));
const config = fileURLToPath(new URL('tapgate.yaml', import.meta.url));
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A gateway in a process of its own, as an operator starts it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  readonly log: readonly Record<string, unknown>[];
  /** Ends it as the machine's end would. */
  kill(): Promise<void>;
  /** Ends it as it should end. Gives the exit code. */
  end(): Promise<number | null>;
}

/** Starts one with this folder's config. */
export async function gatewayProcess(env: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const { NODE_TEST_CONTEXT: _context, ...own } = process.env;
  const child = spawn(process.execPath, ['--conditions=@tapgate/source', main, 'start', '-c', config], {
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const log: Record<string, unknown>[] = [];
  const errors = text(child.stderr);
  createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line) as Record<string, unknown>));
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  const listening = async (): Promise<number> => {
    for (;;) {
      const port = log.find(({ msg }) => msg === 'listening')?.['port'];
      if (port !== undefined) return Number(port);
      if (child.exitCode !== null) throw new Error(`The gateway ended with ${child.exitCode}: ${await errors}`);
      await wait(20);
    }
  };
  const port = await listening();
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    log,
    kill: async () => void (await end('SIGKILL')),
    end: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}
