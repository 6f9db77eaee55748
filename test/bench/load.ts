import { connect, type Socket } from 'node:net';

/** Requests to put to a subject. */
export interface Load {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly count: number;
  readonly concurrency: number;
}

/**
 * Puts so many requests, so many at a time, and gives how long each took, milliseconds. On bare sockets, because a client
 * that costs more than its server measures itself. Throws where a request did not succeed.
 */
export async function put(load: Load): Promise<readonly number[]> {
  const headers = {
    host: '127.0.0.1',
    'content-type': 'application/json',
    authorization: 'Bearer client',
    ...load.headers,
    'content-length': String(load.body.byteLength),
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = Buffer.concat([Buffer.from(`POST ${load.path} HTTP/1.1\r\n${head.join('')}\r\n`), load.body]);
  const took: number[] = [];
  let left = load.count;
  const next = (): boolean => {
    left -= 1;
    return left >= 0;
  };
  await Promise.all(Array.from({ length: load.concurrency }, () => new Caller(load.port, request, next, took).done));
  return took;
}

/** One connection that asks again as soon as it is answered. */
class Caller {
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #next: () => boolean;
  readonly #took: number[];
  #began = 0;
  /** Body bytes that are still to come; -1 where the end is a mark, 0 before a head. */
  #expected = 0;

  constructor(port: number, request: Buffer, next: () => boolean, took: number[]) {
    this.#request = request;
    this.#next = next;
    this.#took = took;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.done = new Promise((resolve, reject) => {
      this.#socket.on('connect', () => this.#ask());
      this.#socket.on('data', (bytes: Buffer) => this.#take(bytes, reject));
      this.#socket.on('error', reject);
      this.#socket.on('close', () => resolve());
    });
  }

  #ask(): void {
    if (!this.#next()) {
      this.#socket.destroy();
      return;
    }
    this.#began = performance.now();
    this.#socket.write(this.#request);
  }

  #take(bytes: Buffer, reject: (error: Error) => void): void {
    const body = this.#expected === 0 ? this.#head(bytes, reject) : bytes;
    if (body === undefined) return;
    const ended = this.#expected < 0 ? endsWith(body, '0\r\n\r\n') : (this.#expected -= body.byteLength) <= 0;
    if (!ended) return;
    this.#expected = 0;
    this.#took.push(performance.now() - this.#began);
    this.#ask();
  }

  /** The body's bytes behind the head, which comes in one piece on the loopback. */
  #head(bytes: Buffer, reject: (error: Error) => void): Buffer | undefined {
    const end = bytes.indexOf('\r\n\r\n');
    const head = bytes.toString('latin1', 0, end);
    if (end < 0 || !head.startsWith('HTTP/1.1 200')) {
      reject(new Error(`It answered: ${bytes.toString('latin1', 0, 500)}`));
      this.#socket.destroy();
      return undefined;
    }
    const length = /content-length: *(\d+)/i.exec(head)?.[1];
    this.#expected = length === undefined ? -1 : Number(length);
    return bytes.subarray(end + 4);
  }
}

function endsWith(bytes: Buffer, mark: string): boolean {
  return bytes.byteLength >= mark.length && bytes.toString('latin1', bytes.byteLength - mark.length) === mark;
}
