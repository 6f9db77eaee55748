import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { reply } from './reply.ts';
import { RequestRecord, type RecordedRequest } from './recorded-request.ts';
import { RequestReader } from './request-reader.ts';
import { ScriptRunner } from './script-runner.ts';
import type { Script } from './step.ts';

/** What answers a request: one script for all, or the script for each. */
export type Answer = Script | ((request: RecordedRequest) => Script | Promise<Script>);

/** How a fake upstream listens. */
export interface FakeUpstreamOptions {
  /** Serves TLS with this key and certificate, in PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Answers as soon as the head is there, and does not wait for the body's end. */
  readonly early?: boolean;
}

/** A server that says what its scripts say, byte for byte, and records what it is asked. */
export interface FakeUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:49152`, without a path. */
  readonly url: string;
  /** Every request since it began, in the order of their heads. */
  readonly requests: readonly RecordedRequest[];
  readonly openSockets: number;
  /** Connections since it began. */
  readonly connections: number;
  /** Requests whose answer is on its way: none, once everybody has got theirs or has left. */
  readonly busy: number;
  /** What came and is no HTTP, and what a script threw. */
  readonly failures: readonly string[];
  /** Answers the next requests, one each, before the answer for all is asked. */
  queue(...answers: readonly Answer[]): void;
  /** Puts another answer for all in place. */
  answer(answer: Answer): void;
  /** The request of that number, from 0, once its head has come. */
  request(number: number): Promise<RecordedRequest>;
  /** Ends every connection and stops to listen. */
  close(): Promise<void>;
}

const open = new Set<FakeUpstream>();

/** The fake upstreams that nobody has closed yet. */
export function openUpstreams(): readonly FakeUpstream[] {
  return [...open];
}

/** Starts one on a free port of the loopback. Without an answer it says 500 to what no `queue` foresaw. */
export async function fakeUpstream(answer?: Answer, options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const upstream = new Upstream(
    answer ?? reply.text(500, 'This fake upstream has no script for the request.'),
    options,
  );
  await upstream.listen();
  return upstream;
}

class Upstream implements FakeUpstream {
  readonly requests: RequestRecord[] = [];
  readonly failures: string[] = [];
  url = '';
  connections = 0;
  busy = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #queue: Answer[] = [];
  readonly #waiting = new Map<number, PromiseWithResolvers<RecordedRequest>>();
  readonly #options: FakeUpstreamOptions;
  #answer: Answer;

  constructor(answer: Answer, options: FakeUpstreamOptions) {
    this.#answer = answer;
    this.#options = options;
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#server = options.tls ? createSecureServer(options.tls, accept) : createServer(accept);
    if (options.tls) this.#server.on('tlsClientError', (error: Error) => this.failures.push(error.message));
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    this.url = `${this.#options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    open.add(this);
  }

  queue(...answers: readonly Answer[]): void {
    this.#queue.push(...answers);
  }

  answer(answer: Answer): void {
    this.#answer = answer;
  }

  request(number: number): Promise<RecordedRequest> {
    const there = this.requests[number];
    if (there) return Promise.resolve(there);
    const waiting = this.#waiting.get(number) ?? Promise.withResolvers<RecordedRequest>();
    this.#waiting.set(number, waiting);
    return waiting.promise;
  }

  async close(): Promise<void> {
    if (!open.delete(this)) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #accept(socket: Socket): void {
    const connection = this.connections++;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const gone = new AbortController();
    // One answer after the other, in the order of the requests.
    let turn: Promise<unknown> = Promise.resolve();
    let current: RequestRecord | undefined;
    const mine: RequestRecord[] = [];
    const answer = (record: RequestRecord): void => {
      this.busy += 1;
      turn = turn.then(() => this.#serve(socket, record, gone.signal)).finally(() => (this.busy -= 1));
    };
    const reader = new RequestReader({
      head: (head) => {
        current = this.#record(new RequestRecord(head, this.requests.length, connection));
        mine.push(current);
        if (this.#options.early) answer(current);
      },
      body: (chunk) => current?.add(chunk),
      end: () => {
        current?.end();
        if (current && !this.#options.early) answer(current);
      },
      broken: (reason) => this.failures.push(reason),
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // A reset is what many a test wants; `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      for (const record of mine) record.close();
      gone.abort();
    });
  }

  #record(record: RequestRecord): RequestRecord {
    this.requests.push(record);
    this.#waiting.get(record.number)?.resolve(record);
    this.#waiting.delete(record.number);
    return record;
  }

  async #serve(socket: Socket, record: RequestRecord, gone: AbortSignal): Promise<void> {
    if (gone.aborted) return;
    try {
      const answer = this.#queue.shift() ?? this.#answer;
      const script = typeof answer === 'function' ? await answer(record) : answer;
      await new ScriptRunner(socket, record, gone).run(script);
    } catch (error) {
      this.failures.push(String(error));
      socket.destroy();
    }
  }
}
