/** What the tests of this folder share: a server that says bytes, an upstream that may reach it, a reader. It has no tests of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayError } from '../errors.ts';
import type { ByteControl, ByteStream } from '../reply.ts';
import { createUpstream, type OpenUpstream } from './create-upstream.ts';
import type { UpstreamConfig, UpstreamRequest } from './upstream.ts';

/** A request as it stood on the wire, and the socket to answer on. */
export interface Asked {
  readonly socket: Socket;
  readonly head: string;
  readonly body: string;
  /** The connection's number and the request's, from 0. */
  readonly connection: number;
  readonly number: number;
}

export interface LocalServer {
  readonly origin: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly sockets: readonly Socket[];
}

/** Answers each request, once it is whole, by writing on its socket. */
export async function serve(
  t: TestContext,
  answer: (asked: Asked) => unknown,
  server: Server = createServer(),
): Promise<LocalServer> {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    const connection = sockets.push(socket) - 1;
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
        const chunked = /\r\ntransfer-encoding: chunked/i.test(text);
        const whole = chunked ? text.indexOf('\r\n0\r\n\r\n', end) + 7 : end + 4 + length;
        if (end < 0 || text.length < whole || (chunked && whole < end)) return;
        const one = {
          socket,
          head: text.slice(0, end),
          body: text.slice(end + 4, whole),
          connection,
          number: asked.length,
        };
        text = text.slice(whole);
        asked.push(one);
        answer(one);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, port, asked, sockets };
}

export const defaults: UpstreamConfig = {
  timeouts: { connectMs: 5000, firstEventMs: 10_000, idleMs: 10_000, totalMs: 20_000 },
  maxReplyBytes: 1_000_000,
  allowPrivate: ['127.0.0.1'],
  certificateAuthorities: [],
};

/** An upstream that is closed after the test, with nothing left open in it. */
export function open(
  t: TestContext,
  config: Partial<UpstreamConfig> = {},
  leaves: 'clean' | 'open' = 'clean',
): OpenUpstream {
  const opened = createUpstream({ ...defaults, ...config });
  t.after(async () => {
    if (leaves === 'clean') assert.equal(opened.stats().openRequests, 0);
    await opened.close();
  });
  return opened;
}

export function request(origin: string, more: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    provider: 'local',
    origin,
    path: '/v1/chat',
    method: 'POST',
    headers: new Map(),
    signal: new AbortController().signal,
    ...more,
  };
}

/** What a reader has got of a stream, as it grows. */
export interface Read {
  readonly control: ByteControl;
  readonly chunks: readonly Uint8Array[];
  readonly text: string;
  readonly bytes: number;
  readonly ending: 'end' | GatewayError | undefined;
  readonly over: Promise<void>;
}

export function read(stream: ByteStream, onData?: (control: () => ByteControl) => void): Read {
  const chunks: Uint8Array[] = [];
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let ending: 'end' | GatewayError | undefined;
  let bytes = 0;
  const settle = (how: 'end' | GatewayError): void => {
    assert.equal(ending, undefined, 'a stream ends once');
    ending = how;
    resolve();
  };
  const control = stream.pipe({
    data: (chunk) => {
      assert.equal(ending, undefined, 'nothing comes after the end');
      bytes += chunk.byteLength;
      chunks.push(chunk);
      onData?.(() => control);
    },
    end: () => settle('end'),
    fail: settle,
  });
  return {
    control,
    chunks,
    get text() {
      return Buffer.concat(chunks).toString();
    },
    get bytes() {
      return bytes;
    },
    get ending() {
      return ending;
    },
    over,
  };
}

/** Waits for what must become true soon; a noisy machine may take its time. */
export async function until(claim: () => boolean, what: string): Promise<void> {
  const before = performance.now() + 8000;
  while (!claim()) {
    assert.ok(performance.now() < before, `never: ${what}`);
    await sleep(5);
  }
}

/** The code a call is refused with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: GatewayError) => error.code,
  );
}

export const whole = (text: string, headers = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`;

export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
