import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Subject } from './subject.ts';

/**
 * Portkey's gateway, installed in a folder of its own outside the repository. Without the overrides it cannot stream.
 * Its CPU time is read from the system, because it has no channel to ask it by (Linux only).
 */
export async function installPortkey(origin: string): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-portkey-'));
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': '1.15.2' },
    overrides: { hono: '4.6.10', '@hono/node-server': '1.13.7' },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
  const port = await freePort();
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js'), `--port=${port}`, '--headless'],
    { stdio: 'ignore' },
  );
  await listening(port);
  return {
    name: "Portkey's gateway",
    port,
    path: '/v1/chat/completions',
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${origin}/v1` },
    startMs: performance.now() - began,
    cpuMicros: () => cpuOf(child),
    stop: () => child.kill('SIGKILL'),
  };
}

/** In ticks of the kernel's clock, a hundredth of a second each. */
async function cpuOf(child: ChildProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (response !== undefined) return;
    await wait(100);
  }
  throw new Error('it did not listen');
}
