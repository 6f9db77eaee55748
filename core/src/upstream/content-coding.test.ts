import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Transform } from 'node:stream';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { type ByteStream, streamOf } from '../reply.ts';
import { codingsOf, decoded } from './content-coding.ts';
import { codeOf, open, read, request, serve, until } from './local-server.test.ts';

const text = 'data: {"choices":[{"delta":{"content":"Grüße"}}]}\n\n'.repeat(20);
const codes: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['gzip', gzipSync(text)],
  ['X-GZIP', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['br', brotliCompressSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['gzip, br', brotliCompressSync(gzipSync(text))],
  ['identity, gzip', gzipSync(text)],
];

const inTwo = (bytes: Uint8Array, at: number): ByteStream => streamOf(bytes.subarray(0, at), bytes.subarray(at));
const undo = (source: ByteStream, name: string): ByteStream => decoded(source, codingsOf(name) ?? [], 'local');

for (const [name, bytes] of codes) {
  test(`${name} of ${bytes.length} bytes is undone wherever it is split`, async () => {
    for (let at = 1; at < bytes.length; at += 1) {
      const got = read(undo(inTwo(bytes, at), name));
      await got.over;
      assert.deepEqual([got.text, got.ending], [text, 'end']);
    }
  });

  test(`${name} of ${bytes.length} bytes that is cut anywhere is truncated`, async () => {
    for (let at = 1; at < bytes.length; at += 1) {
      const got = read(undo(streamOf(bytes.subarray(0, at)), name));
      await got.over;
      assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TRUNCATED', `cut at ${at}`);
      assert.deepEqual(Buffer.concat(got.chunks), Buffer.from(text).subarray(0, got.bytes));
    }
  });
}

test('an unknown coding, or more than two, is not guessed at', async (t) => {
  assert.equal(codingsOf('compress'), undefined);
  assert.equal(codingsOf('gzip, gzip, gzip'), undefined);
  assert.deepEqual(codingsOf('gzip,, BR '), ['gzip', 'br']);
  const server = await serve(t, ({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip, gzip\r\ncontent-length: 0\r\n\r\n'),
  );
  const { upstream } = open(t);
  assert.equal(await codeOf(upstream(request(server.origin))), 'UPSTREAM_MALFORMED');
});

test('bytes that are not in their coding are malformed', async () => {
  const got = read(undo(streamOf(Buffer.from('{"plain":"json"}')), 'gzip'));
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_MALFORMED');
});

const flushing: Readonly<Record<string, () => Transform & { flush(done: () => void): void }>> = {
  gzip: createGzip,
  deflate: createDeflate,
  br: createBrotliCompress,
  zstd: createZstdCompress,
};
for (const [coding, create] of Object.entries(flushing)) {
  test(`a stream in ${coding} gives each event when it comes, although nobody asked for compression`, async (t) => {
    const compressor = create();
    const say = (event: string): void => {
      compressor.write(event);
      compressor.flush(() => {});
    };
    const server = await serve(t, ({ socket }) => {
      const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9999\r\n';
      socket.write(`${head}content-encoding: ${coding}\r\n\r\n`);
      compressor.on('data', (part: Buffer) => socket.write(part));
      say('data: one\n\n');
    });
    const { upstream } = open(t);
    const controller = new AbortController();
    const { headers, bytes } = await upstream(request(server.origin, { signal: controller.signal }));
    assert.match(server.asked[0]?.head ?? '', /accept-encoding: identity/);
    assert.deepEqual([headers.has('content-encoding'), headers.has('content-length')], [false, false]);
    const got = read(bytes);
    await until(() => got.text === 'data: one\n\n', 'the first event');
    say('data: two\n\n');
    await until(() => got.text === 'data: one\n\ndata: two\n\n', 'the second event');
    controller.abort();
    await got.over;
    assert.equal((got.ending as { code?: string }).code, 'CLIENT_LEFT');
    compressor.destroy();
  });
}

test('what comes faster than it is decoded is held back', async () => {
  const packed = gzipSync(randomBytes(4 * 1024 * 1024));
  const piece = 16_384;
  let at = 0;
  let pausedAt = 0;
  const source: ByteStream = {
    pipe: (sink) => {
      let paused = false;
      const more = (): void => {
        while (!paused && at < packed.length) {
          sink.data(packed.subarray(at, at + piece));
          at += piece;
        }
        if (!paused) sink.end();
      };
      queueMicrotask(more);
      return {
        pause: () => {
          paused = true;
          pausedAt ||= at;
        },
        resume: () => {
          paused = false;
          setImmediate(more);
        },
        abort: () => {},
      };
    },
  };
  const got = read(undo(source, 'gzip'));
  await got.over;
  assert.deepEqual([got.bytes, got.ending], [4 * 1024 * 1024, 'end']);
  assert.ok(pausedAt > 0 && pausedAt < 200_000);
});

test('a compressed error is read like any other', async (t) => {
  const body = gzipSync('{"error":"no"}');
  const server = await serve(t, ({ socket }) => {
    socket.write(`HTTP/1.1 400 Bad\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.deepEqual([got.text, got.ending], ['{"error":"no"}', 'end']);
});

test('a compressed answer that is cut gives what was there, then its failure', async (t) => {
  const body = gzipSync('x'.repeat(100_000));
  const server = await serve(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.end(body.subarray(0, -9));
  });
  const { upstream } = open(t);
  const got = read((await upstream(request(server.origin))).bytes);
  await got.over;
  assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TRUNCATED');
  assert.ok(got.bytes > 90_000);
});

for (const stacked of [false, true]) {
  test(`a ${stacked ? 'stacked ' : ''}decompression bomb is stopped at the limit and held back meanwhile`, async (t) => {
    const once = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    const bomb = stacked ? gzipSync(once) : once;
    const server = await serve(t, ({ socket }) => {
      const coding = stacked ? 'gzip, gzip' : 'gzip';
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    });
    const { upstream } = open(t);
    const before = process.memoryUsage().rss;
    const got = read((await upstream(request(server.origin))).bytes);
    await got.over;
    assert.equal((got.ending as { code?: string }).code, 'UPSTREAM_TOO_LARGE');
    assert.ok(got.bytes <= 1_000_000);
    assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  });
}

test('a reader that pauses stops a compressed stream, bomb or not', async (t) => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 'data: x\n\n'));
  const server = await serve(t, ({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n`);
    socket.end(bomb);
  });
  const { upstream } = open(t);
  const before = process.memoryUsage().rss;
  const got = read((await upstream(request(server.origin))).bytes, (control) => {
    if (got.chunks.length === 3) control().pause();
  });
  await until(() => got.chunks.length === 3, 'three chunks');
  await sleep(100);
  assert.equal(got.chunks.length, 3);
  assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024);
  got.control.abort();
  await sleep(10);
  assert.equal(got.ending, undefined);
});

test('a paused reader of a compressed answer gets all of it in the end', async () => {
  const source = gzipSync(text.repeat(100));
  const pieces = Array.from({ length: Math.ceil(source.length / 50) }, (_, at) =>
    source.subarray(at * 50, at * 50 + 50),
  );
  const got = read(undo(streamOf(...pieces), 'gzip'), (control) => {
    control().pause();
    setImmediate(() => control().resume());
  });
  await got.over;
  assert.equal(got.text, text.repeat(100));
});
