import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = mkdtempSync(join(tmpdir(), 'tapgate-'));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const lineDialect = fileURLToPath(new URL('../../../test/core/line-dialect.ts', import.meta.url));
const core = fileURLToPath(new URL('../index.ts', import.meta.url));
const line = `import { lineDialect } from ${JSON.stringify(lineDialect)};
import { jsonReply } from ${JSON.stringify(core)};
export default {
  name: 'line', apiVersion: 1, schema: { type: 'object', additionalProperties: false },
  apply(gateway) {
    gateway.dialect(lineDialect('line'));
    gateway.route('GET', '/line/pid', () => jsonReply(200, { pid: process.pid }));
    gateway.provider({ name: 'line', dialects: ['line'], credentials: [], capabilities: () => ({}), call() { throw new Error('called'); } });
  },
};`;
let folders = 0;

function folder(config: string): string {
  folders += 1;
  const path = join(root, String(folders));
  mkdirSync(path);
  writeFileSync(join(path, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(path, 'line.ts'), line);
  writeFileSync(join(path, 'tapgate.yaml'), config);
  return path;
}

interface Started {
  readonly child: ChildProcess;
  /** The lines of the log so far, and all of the error output once the process has ended. */
  readonly log: Record<string, unknown>[];
  readonly errors: Promise<string>;
}

function start(cwd: string, args: string[] = []): Started {
  const child = spawn(process.execPath, ['--conditions=@tapgate/source', main, 'start', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  const log: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (entry) =>
    log.push(JSON.parse(entry) as Record<string, unknown>),
  );
  return { child, log, errors: text(child.stderr) };
}

/** Waits until the log has a line with this message. */
async function logged({ child, log, errors }: Started, message: string): Promise<Record<string, unknown>> {
  for (;;) {
    const found = log.find(({ msg }) => msg === message);
    if (found !== undefined) return found;
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${await errors}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function fetched(port: unknown, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: Number(port), path, agent: false }, (response) => resolve(text(response))).on(
      'error',
      reject,
    );
  });
}

const config = (model: string): string =>
  `server: { port: 1, adminPort: -1 }\nplugins: [./line.ts]\nmodels: { ${model}: [line/big] }\n`;

test('start listens where it is told, logs only lines of JSON where nobody looks, and ends well when it is told to', async () => {
  const started = start(folder(config('smart')), ['--port', '0', '--host', '127.0.0.1']);
  const { port, plugins } = await logged(started, 'listening');
  assert.deepEqual(plugins, ['line']);
  assert.match(await fetched(port, '/line/models'), /smart/);
  started.child.kill('SIGTERM');
  assert.deepEqual(await once(started.child, 'exit'), [0, null]);
  assert.equal(await started.errors, '');
});

test('a mistake in the config ends start with 78 before it listens, with every mistake told', async () => {
  const started = start(folder('sever: {}\nplugins: [nothing-here]\n'));
  assert.deepEqual(await once(started.child, 'exit'), [78, null]);
  assert.match(await started.errors, /CONFIG_UNKNOWN_KEY[^]*PLUGIN_NOT_FOUND[^]*2 mistakes; nothing was started/);
  assert.deepEqual(started.log, []);
});

test('a model of a provider that nobody brings ends start with 78, with its place', async () => {
  const started = start(folder('plugins: [./line.ts]\nmodels: { smart: [lime/big] }\n'));
  assert.deepEqual(await once(started.child, 'exit'), [78, null]);
  assert.match(await started.errors, /MODEL_TARGET_UNKNOWN_PROVIDER {2}tapgate\.yaml:2:19/);
});

test('a limit that each of several workers would count for itself ends start with 78, told once', async () => {
  const path = folder('server: { workers: 3, port: 0, adminPort: -1 }\nplugins: [./limit.ts]\n');
  const limit = `export default { name: 'limit', apiVersion: 1, schema: {}, needsSharedStore: true, apply() {} };`;
  writeFileSync(join(path, 'limit.ts'), limit);
  const started = start(path);
  assert.deepEqual(await once(started.child, 'exit'), [78, null]);
  const errors = await started.errors;
  assert.match(errors, /STORE_NOT_SHARED {2}tapgate\.yaml:2:11/);
  assert.match(errors, /each of the 3 workers[^]*One mistake; nothing was started/);
  assert.equal(errors.split('STORE_NOT_SHARED').length, 2, errors);
});

test('several workers share a port, one that dies is replaced, and all end when they are told to', async () => {
  const started = start(folder(config('smart').replace('port: 1', 'port: 0, workers: 2')));
  const listening = (): Record<string, unknown>[] => started.log.filter(({ msg }) => msg === 'listening');
  const count = async (wanted: number): Promise<void> => {
    while (listening().length < wanted) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await count(2);
  const [first, second] = listening();
  assert.equal(first?.['port'], second?.['port']);
  assert.match(await fetched(first?.['port'], '/line/models'), /smart/);
  const { pid } = JSON.parse(await fetched(first?.['port'], '/line/pid')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await count(3);
  started.child.kill('SIGTERM');
  assert.deepEqual(await once(started.child, 'exit'), [0, null]);
});

test('a reload takes the new config, keeps what the command line said, and a bad config changes nothing', async () => {
  const cwd = folder(config('first'));
  const started = start(cwd, ['--port', '0']);
  const { port } = await logged(started, 'listening');
  writeFileSync(join(cwd, 'tapgate.yaml'), config('second'));
  started.child.kill('SIGHUP');
  await logged(started, 'reloaded');
  assert.match(await fetched(port, '/line/models'), /second/);
  writeFileSync(join(cwd, 'tapgate.yaml'), 'models: {\n');
  started.child.kill('SIGHUP');
  await logged(started, 'reload failed; the gateway goes on as it was');
  assert.match(await fetched(port, '/line/models'), /second/);
  started.child.kill('SIGTERM');
  assert.deepEqual(await once(started.child, 'exit'), [0, null]);
});

test('a port that is taken is told with what to do', async () => {
  const first = start(folder(config('smart')), ['--port', '0']);
  const { port } = await logged(first, 'listening');
  const second = start(folder(config('smart')), ['--port', String(port)]);
  assert.deepEqual(await once(second.child, 'exit'), [1, null]);
  assert.match(await second.errors, /EADDRINUSE[^]*choose another port/);
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');
});
