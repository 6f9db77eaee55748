import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ask, fakeUpstream, readSse, sseText, step } from '@tapgate/test-kit';
import { text, tongues } from '../faults/tongues.ts';

const main = fileURLToPath(new URL('../../core/src/cli/main.ts', import.meta.url));
const provider = fileURLToPath(new URL('../../plugins/openai-compatible/src/index.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tapgate-'));
const running = new Set<ChildProcess>();
after(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const [chat] = tongues;
assert.ok(chat);
const { path, body } = chat.question(true);
const head = step.head(200, { 'content-type': 'text/event-stream' });
const { beginning, content, ending } = chat.stream;

/** A gateway as a process of its own, as an operator runs it, and where it listens. */
async function start(url: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'provider.ts'), `export { default } from ${JSON.stringify(provider)};`);
  writeFileSync(
    join(folder, 'tapgate.yaml'),
    `server: { drainMs: 600000 }\nplugins:\n  - use: ./provider.ts\n    id: a\n    options: { baseUrl: "${url}/v1" }\nmodels: { m: [a/real] }\n`,
  );
  const child = spawn(process.execPath, ['--conditions=@tapgate/source', main, 'start', '--port', '0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.on('exit', () => running.delete(child));
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (msg !== 'listening') continue;
    child.stdout.resume();
    return { child, url: `http://127.0.0.1:${port}` };
  }
  throw new Error('It does not listen.');
}

// D-01
test('a stream that is under way when the process is told to end is told to its end, and the process ends well', async () => {
  const go = Promise.withResolvers<void>();
  await using upstream = await fakeUpstream([
    head,
    step.write(sseText([...beginning, ...content.slice(0, 2)])),
    step.wait(go.promise),
    step.write(sseText([...content.slice(2), ...ending])),
  ]);
  const { child, url } = await start(upstream.url);
  const begun = Promise.withResolvers<void>();
  const asked = ask(url + path, { body, onChunk: () => begun.resolve() });
  await begun.promise;
  child.kill('SIGTERM');
  // Not ready from the signal on, for as long as it may still be asked.
  for (;;) {
    const { status } = await ask(`${url}/readyz`, { method: 'GET' });
    if (status !== 200) break;
  }
  const refused = await ask(url + path, { body });
  assert.ok(refused.status === 503 || refused.status === 0, String(refused.status));
  go.resolve();
  const answered = await asked;
  assert.equal(chat.said(answered.text, true), text);
  assert.equal(readSse(answered.text).at(-1)?.data, '[DONE]');
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 0);
  assert.equal(upstream.requests.length, 1);
});

test('told to end a second time the process waits for no stream', async () => {
  await using upstream = await fakeUpstream([head, step.write(sseText([...beginning, ...content])), step.stall()]);
  const { child, url } = await start(upstream.url);
  const begun = Promise.withResolvers<void>();
  const asked = ask(url + path, { body, onChunk: () => begun.resolve() });
  await begun.promise;
  child.kill('SIGTERM');
  for (;;) {
    const { status } = await ask(`${url}/readyz`, { method: 'GET' });
    if (status !== 200) break;
  }
  // Two signals at once are one that came twice: a terminal and npm both pass it on.
  child.kill('SIGTERM');
  await wait(1000);
  assert.equal(child.exitCode, null);
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  await asked;
});
