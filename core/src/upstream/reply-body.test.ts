import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { coreErrors } from '../errors.ts';
import type { Asked } from './local-server.test.ts';
import { chunk, open, read, request, serve, streamHead, until } from './local-server.test.ts';
import { ReplyBody } from './reply-body.ts';

const total = 50 * 1024 * 1024;

/** Writes as fast as the socket takes it; `sent` is what the socket has taken. */
function flood(sent: { bytes: number }, head: string) {
  return ({ socket }: Asked): void => {
    const piece = Buffer.alloc(65_536, 120);
    socket.write(head);
    const more = (): void => {
      while (sent.bytes < total) {
        sent.bytes += piece.length;
        if (!socket.write(piece)) return void socket.once('drain', more);
      }
      socket.end();
    };
    more();
  };
}

/** Waits until nothing more is taken for a while. */
async function standstill(sent: { readonly bytes: number }): Promise<void> {
  let [last, since] = [-1, performance.now()];
  await until(() => {
    if (sent.bytes !== last) [last, since] = [sent.bytes, performance.now()];
    return performance.now() - since > 150;
  }, 'the upstream stands still');
}

for (const [name, head] of [
  ['of known length', `HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`],
  ['that ends with its connection', 'HTTP/1.1 200 OK\r\n\r\n'],
] as const) {
  test(`a reader that pauses stops an upstream's answer ${name}, and gets all of it in the end`, async (t) => {
    const sent = { bytes: 0 };
    const server = await serve(t, flood(sent, head));
    const { upstream } = open(t, { maxReplyBytes: 2 * total });
    const before = process.memoryUsage().rss;
    const got = read((await upstream(request(server.origin))).bytes, (control) => {
      if (got.chunks.length === 1) control().pause();
    });
    await until(() => got.chunks.length === 1, 'the first chunk');
    await standstill(sent);
    assert.equal(got.chunks.length, 1, 'nothing comes while it is paused');
    assert.ok(sent.bytes < total, 'the kernel holds what it can, and the rest waits');
    assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024, 'the process holds little');
    got.control.resume();
    await got.over;
    assert.deepEqual([got.bytes, got.ending], [total, 'end']);
  });
}

test('a reader that pauses at each chunk gets all of them in order', async (t) => {
  const server = await serve(t, ({ socket }) => {
    socket.write(streamHead + Array.from({ length: 200 }, (_, at) => chunk(`${at};`)).join('') + '0\r\n\r\n');
  });
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes, (control) => {
    control().pause();
    setImmediate(() => control().resume());
  });
  await got.over;
  assert.equal(got.text, Array.from({ length: 200 }, (_, at) => `${at};`).join(''));
});

test('what the other side sent before it closed is kept for a reader that comes late', async (t) => {
  for (const connection of ['close', 'keep-alive']) {
    const server = await serve(t, ({ socket }) =>
      socket.end(`HTTP/1.1 200 OK\r\nconnection: ${connection}\r\ncontent-length: 5\r\n\r\nwhole`),
    );
    const { upstream } = open(t);
    const { bytes } = await upstream(request(server.origin));
    await sleep(30);
    const got = read(bytes);
    await got.over;
    assert.deepEqual([got.text, got.ending], ['whole', 'end']);
  }
});

test('what is given out although the reader pauses is kept in order, and the end waits for it', async () => {
  const calls: string[] = [];
  const body = new ReplyBody({
    hold: () => calls.push('hold'),
    flow: () => calls.push('flow'),
    cancel: () => calls.push('cancel'),
  });
  body.push(Buffer.from('one,'));
  body.push(Buffer.from('two,'));
  const got = read(body, (control) => control().pause());
  body.push(Buffer.from('three'));
  await sleep(1);
  assert.equal(got.text, 'one,');
  body.end();
  got.control.resume();
  await sleep(1);
  got.control.resume();
  await sleep(1);
  assert.deepEqual([got.text, got.ending], ['one,two,three', undefined]);
  got.control.resume();
  await got.over;
  assert.equal(got.ending, 'end');
  assert.deepEqual(calls, ['hold', 'hold', 'hold']);
});

test('a failure waits for what came before it, and for nothing else', async () => {
  const body = new ReplyBody({ hold: () => {}, flow: () => {}, cancel: () => {} });
  body.push(Buffer.from('one'));
  body.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'local' }));
  const got = read(body);
  await got.over;
  assert.equal(got.text, 'one');
  const empty = new ReplyBody({ hold: () => {}, flow: () => {}, cancel: () => {} });
  const waits = read(empty);
  await sleep(1);
  waits.control.pause();
  empty.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'local' }));
  assert.equal((waits.ending as { code?: string } | undefined)?.code, 'UPSTREAM_TRUNCATED');
});

test('one stream may be resumed from within a chunk of another', async (t) => {
  const server = await serve(t, ({ socket, number }) => {
    if (number === 0) socket.write(streamHead + chunk('first') + chunk('more') + '0\r\n\r\n');
    else setTimeout(() => socket.write(`${streamHead + chunk('second')}0\r\n\r\n`), 20);
  });
  const { upstream } = open(t);
  const one = await upstream(request(server.origin));
  const two = await upstream(request(server.origin));
  const first = read(one.bytes, (control) => control().pause());
  await until(() => first.bytes > 0, 'the first chunk');
  const second = read(two.bytes, () => first.control.resume());
  await second.over;
  await until(() => first.text === 'firstmore', 'the rest of it');
  first.control.resume();
  await first.over;
  assert.deepEqual([first.ending, second.text], ['end', 'second']);
});

test('an answer that nobody reads yet is held up to a bound', async (t) => {
  const sent = { bytes: 0 };
  const server = await serve(t, flood(sent, `HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`));
  const { upstream } = open(t, { maxReplyBytes: 2 * total });
  const before = process.memoryUsage().rss;
  const { bytes } = await upstream(request(server.origin));
  await standstill(sent);
  assert.ok(sent.bytes < total);
  assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024);
  const got = read(bytes);
  await got.over;
  assert.deepEqual([got.bytes, got.ending], [total, 'end']);
});
