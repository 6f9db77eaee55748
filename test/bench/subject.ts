import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Measures } from './measure.ts';

/** A process under test. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly startMs: number;
  cpuMicros(): Promise<number>;
  /** After a collection; nothing where the process cannot be asked for one. */
  memory?(): Promise<Measures>;
  /** The longest that its loop stood still since this was last asked, milliseconds. */
  stallMs?(): Promise<number>;
  stop(): void;
}

/** Starts a process that sends its port when it listens, and answers questions about its measures. */
export async function start(name: string, file: URL, args: readonly string[], path: string): Promise<Subject> {
  const began = performance.now();
  const child: ChildProcess = fork(file, [...args], {
    execArgv: ['--conditions=@tapgate/source', '--expose-gc'],
    env: { ...process.env, NODE_COMPILE_CACHE: undefined },
    // A log goes into a pipe that somebody reads, as in production.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  child.stdout?.resume();
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const startMs = performance.now() - began;
  const ask = async (question: 'cpu' | 'memory'): Promise<Measures> => {
    child.send(question);
    const [measures] = (await once(child, 'message')) as [Measures];
    return measures;
  };
  return {
    name,
    port,
    path,
    headers: {},
    startMs,
    cpuMicros: async () => (await ask('cpu')).cpuMicros,
    memory: () => ask('memory'),
    stallMs: async () => {
      child.send('stall');
      const [{ stallMs }] = (await once(child, 'message')) as [{ stallMs: number }];
      return stallMs;
    },
    stop: () => {
      child.disconnect();
      setTimeout(() => child.kill('SIGKILL'), 500).unref();
    },
  };
}
