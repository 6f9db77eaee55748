import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process under test. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly startMs: number;
  measure(): Promise<{ cpuMicros: number; rssBytes: number }>;
  stop(): void;
}

/** Starts a process that sends its port when it listens, and answers any message with its measures. */
export async function start(
  name: string,
  file: URL,
  args: readonly string[],
  path: string,
  headers: Record<string, string> = {},
): Promise<Subject> {
  const began = performance.now();
  const child: ChildProcess = fork(file, [...args], {
    execArgv: ['--conditions=@tapgate/source', '--expose-gc'],
    env: { ...process.env, NODE_COMPILE_CACHE: undefined },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    name,
    port,
    path,
    headers,
    startMs: performance.now() - began,
    measure: async () => {
      child.send('measure');
      const [measures] = (await once(child, 'message')) as [{ cpuMicros: number; rssBytes: number }];
      return measures;
    },
    stop: () => {
      child.disconnect();
      setTimeout(() => child.kill('SIGKILL'), 500).unref();
    },
  };
}
