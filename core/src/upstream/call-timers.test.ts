import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { textBody } from '../body.ts';
import { chunk, codeOf, defaults, open, read, request, serve, streamHead, until, whole } from './local-server.test.ts';
import { type Patience, PhaseTimer } from './phase-timer.ts';
import type { Timeouts } from './upstream.ts';

const limits = (some: Partial<Timeouts>): { timeouts: Timeouts } => ({ timeouts: { ...defaults.timeouts, ...some } });

test('an upstream that says nothing is given up after the first-event limit', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t, limits({ firstEventMs: 60 }));
  await assert.rejects(upstream(request(server.origin, { body: textBody('{}') })), {
    code: 'UPSTREAM_TIMEOUT',
    message: /60 ms/,
  });
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('an upstream that sends its head and no body is given up after the first-event limit', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead));
  const { upstream } = open(t, limits({ firstEventMs: 60 }));
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TIMEOUT');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('the head of an error ends the wait for the first event', async (t) => {
  const server = await serve(t, ({ socket }) => {
    socket.write('HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\n');
    setTimeout(() => socket.write('no'), 150);
  });
  const { upstream } = open(t, limits({ firstEventMs: 60 }));
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['no', 'end']);
});

test('an upstream that falls silent is given up after the idle limit', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one')));
  const { upstream } = open(t, limits({ idleMs: 60 }));
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'one');
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_STALLED');
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

test('an answer that drips for ever is given up after the total limit', async (t) => {
  const server = await serve(t, ({ socket }) => {
    socket.write(streamHead);
    const drip = setInterval(() => socket.write(chunk('.')), 10);
    socket.on('close', () => clearInterval(drip));
  });
  const { upstream } = open(t, limits({ idleMs: 5000, totalMs: 150 }));
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_SLOW');
  assert.ok(got.bytes > 2);
});

test('each chunk begins the idle limit anew', async (t) => {
  const server = await serve(t, async ({ socket }) => {
    socket.write(streamHead);
    for (let turn = 0; turn < 8; turn += 1) {
      socket.write(chunk('.'));
      await sleep(60);
    }
    socket.write('0\r\n\r\n');
  });
  const { upstream } = open(t, limits({ idleMs: 300 }));
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['........', 'end']);
});

test('a reader that pauses is not a stalled upstream', async (t) => {
  const server = await serve(t, ({ socket }) => {
    socket.write(streamHead + chunk('one'));
    setTimeout(() => socket.write(`${chunk('two')}0\r\n\r\n`), 30);
  });
  const { upstream } = open(t, limits({ idleMs: 100, firstEventMs: 100 }));
  const response = await upstream(request(server.origin));
  await sleep(250);
  const got = read(response.bytes, (control) => control().pause());
  await until(() => got.bytes > 0, 'the first chunk');
  await sleep(250);
  assert.equal(got.ending, undefined);
  got.control.resume();
  await until(() => got.bytes > 3, 'the second chunk');
  got.control.resume();
  await got.over;
  assert.deepEqual([got.text, got.ending], ['onetwo', 'end']);
});

test('an answer that nobody reads yet is not a stalled upstream', async (t) => {
  const server = await serve(t, ({ socket }) => socket.write(streamHead + chunk('one')));
  const { upstream } = open(t, limits({ idleMs: 100, firstEventMs: 5000 }));
  const { bytes } = await upstream(request(server.origin));
  await sleep(300);
  server.sockets[0]?.write(`${chunk('two')}0\r\n\r\n`);
  const got = read(bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['onetwo', 'end']);
});

test('a limit of 0 is none, and undici has none of its own', async (t) => {
  const server = await serve(t, ({ socket }) => void setTimeout(() => socket.write(whole('late')), 150));
  const { upstream } = open(t, { timeouts: { connectMs: 0, firstEventMs: 0, idleMs: 0, totalMs: 0 } });
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal(got.text, 'late');
});

test('a call may have limits of its own', async (t) => {
  const server = await serve(t, () => {});
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin, { timeouts: { firstEventMs: 40 } }))), 'UPSTREAM_TIMEOUT');
});

test('a connection that does not come about is given up after the connect limit', async (t) => {
  // Nobody reads the server's hello: the handshake stands still.
  const server = await serve(t, () => {});
  const { upstream } = open(t, limits({ connectMs: 60 }));
  await assert.rejects(upstream(request(server.origin.replace('http', 'https'))), {
    code: 'UPSTREAM_UNREACHABLE',
    message: /no connection within 60 ms/,
  });
  await until(() => server.sockets[0]?.destroyed === true, 'the socket closes');
});

function patience(): Patience & { readonly lapsed: [string, number][] } {
  const lapsed: [string, number][] = [];
  return { lapsed, lapse: (phase, limitMs) => lapsed.push([phase, limitMs]) };
}

test('what came in while the loop was busy is read before a limit is judged', async () => {
  // After an immediate the loop looks at its timers before it reads again.
  await new Promise<void>((resolve) => void setImmediate(resolve));
  const owner = patience();
  const timer = new PhaseTimer({ connectMs: 0, firstEventMs: 0, idleMs: 30, totalMs: 0 }, owner);
  timer.enter('idle');
  const busyUntil = performance.now() + 80;
  // The touch stands for a chunk that waits in the kernel: it is read in the loop's next poll.
  setImmediate(() => timer.touch());
  while (performance.now() < busyUntil);
  await sleep(5);
  assert.deepEqual(owner.lapsed, []);
  timer.stop();
});

test('a phase that is suspended has the rest of its time when it goes on', async () => {
  const owner = patience();
  const timer = new PhaseTimer({ connectMs: 0, firstEventMs: 80, idleMs: 0, totalMs: 0 }, owner);
  timer.enter('first-event');
  timer.suspend();
  await sleep(160);
  assert.deepEqual(owner.lapsed, []);
  timer.resume();
  await until(() => owner.lapsed.length > 0, 'it lapses');
  assert.deepEqual(owner.lapsed, [['first-event', 80]]);
  timer.stop();
});

test('a limit longer than any timer does not lapse at once', async () => {
  const warnings: string[] = [];
  const warned = (warning: Error): unknown => warnings.push(warning.name);
  process.on('warning', warned);
  const owner = patience();
  const timer = new PhaseTimer({ connectMs: 2 ** 40, firstEventMs: 0, idleMs: 0, totalMs: 2 ** 45 }, owner);
  await sleep(20);
  assert.deepEqual(owner.lapsed, []);
  assert.deepEqual(warnings, []);
  process.off('warning', warned);
  timer.stop();
});

test('an announcement during a long upload does not shorten the wait for the answer', async (t) => {
  const server = await serve(t, ({ socket }) => void setTimeout(() => socket.write(whole('ok')), 150));
  const { upstream } = open(t);
  const stream = (async function* () {
    yield Buffer.from('one');
    await until(() => server.sockets.length === 1, 'the connection');
    server.sockets[0]?.write('HTTP/1.1 103 Early Hints\r\n\r\n');
    await sleep(20);
    yield Buffer.from('two');
  })();
  const timeouts = { idleMs: 50, firstEventMs: 5000 };
  const call = request(server.origin, { body: { chunks: [], length: -1, stream }, timeouts });
  const got = read((await upstream(call)).bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['ok', 'end']);
});
