import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { turnByTurn } from './log.ts';

const log = new URL('log.ts', import.meta.url).href;

/** What a process says that runs this with a log, and how it ended. */
async function runs(program: string): Promise<{ readonly said: string; readonly code: number | null }> {
  const source = `import { openLog } from ${JSON.stringify(log)}; const log = openLog('info'); ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  return { said, code };
}

test('the lines of one turn go out in one write, in their order', async () => {
  const written: string[] = [];
  const output = turnByTurn({ write: (lines) => void written.push(lines) });
  output.write('one\n');
  output.write('two\n');
  assert.deepEqual(written, []);
  await turn();
  output.write('three\n');
  await turn();
  await turn();
  assert.deepEqual(written, ['one\ntwo\n', 'three\n']);
});

test('what was said in the turn in which the process ends is not lost, however it ends', async () => {
  for (const [end, expected] of [
    ['', 0],
    ['process.exit(3)', 3],
    ['throw new Error("x")', 1],
  ] as const) {
    const { said, code } = await runs(`log.info('last words'); ${end}`);
    assert.deepEqual([code, JSON.parse(said).msg], [expected, 'last words'], end);
  }
});

test('a reader that has gone ends the log, not the process', async () => {
  const source = `import { openLog } from ${JSON.stringify(log)}; const log = openLog('info');
    setInterval(() => log.info('x'.repeat(1000)), 1); setTimeout(() => process.exit(7), 300);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 7);
});
