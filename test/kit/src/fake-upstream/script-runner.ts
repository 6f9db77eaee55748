import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Compressor } from './compressor.ts';
import type { RequestRecord } from './recorded-request.ts';
import type { CutBy, Script, Step } from './step.ts';

/** The answer is over, and with it the connection. */
class Over extends Error {}

type Framing = 'chunked' | 'length' | 'close' | 'none';

/** Writes one answer on a connection, step by step. */
export class ScriptRunner {
  readonly #socket: Socket;
  readonly #request: RequestRecord;
  readonly #gone: AbortSignal;
  #framing: Framing | undefined;
  #wrote = false;
  #compressor: Compressor | undefined;
  #cutAfter: { left: number; readonly by: CutBy } | undefined;

  constructor(socket: Socket, request: RequestRecord, gone: AbortSignal) {
    this.#socket = socket;
    this.#request = request;
    this.#gone = gone;
  }

  /** Runs the script; comes back when it is over, or the other side has left. */
  async run(script: Script): Promise<void> {
    try {
      for (const one of script) {
        if (one.do === 'cut' && one.by === 'end') break;
        await this.#do(one);
      }
      await this.#end();
      this.#request.answered = true;
      if (this.#closes()) this.#socket.end();
    } catch (error) {
      if (!(error instanceof Over) && !this.#gone.aborted) throw error;
    } finally {
      this.#compressor?.close();
    }
  }

  #closes(): boolean {
    return this.#framing === 'close' || this.#request.headers.get('connection') === 'close';
  }

  async #do(one: Step): Promise<void> {
    switch (one.do) {
      case 'head':
        return this.#head(one.status, one.headers);
      case 'gzip':
        this.#compressor = new Compressor();
        return;
      case 'write':
        return this.#write(one.bytes);
      case 'raw':
        this.#framing ??= 'close';
        return this.#send(one.bytes);
      case 'sleep':
        return sleep(one.ms, undefined, { signal: this.#gone });
      case 'wait':
        return this.#orGone(one.until);
      case 'stall':
        return this.#orGone(new Promise(() => {}));
      case 'cut-after':
        this.#cutAfter = { left: one.wireBytes, by: one.by };
        return;
      case 'cut':
        return this.#cut(one.by);
    }
  }

  async #orGone(until: PromiseLike<unknown>): Promise<void> {
    if (this.#gone.aborted) throw new Over();
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(new Over());
    this.#gone.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([until, gone.promise]);
    } finally {
      this.#gone.removeEventListener('abort', leave);
    }
  }

  async #head(status: number, given: Readonly<Record<string, string>>): Promise<void> {
    const headers = new Map(Object.entries(given));
    const has = (name: string): string | undefined => [...headers].find(([other]) => other.toLowerCase() === name)?.[1];
    if (this.#compressor) {
      for (const name of headers.keys()) if (name.toLowerCase() === 'content-length') headers.delete(name);
      headers.set('content-encoding', 'gzip');
    }
    if (status >= 200) {
      this.#framing = framingOf(status, this.#request.method, has);
      if (this.#framing === 'chunked' && has('transfer-encoding') === undefined) {
        headers.set('transfer-encoding', 'chunked');
      }
    }
    const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
    await this.#send(Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unnamed'}\r\n${lines}\r\n`, 'latin1'));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#framing === undefined) await this.#head(200, {});
    if (this.#framing === 'none') return;
    await this.#frame(this.#compressor ? await this.#compressor.write(bytes) : bytes);
    this.#request.sent += bytes.byteLength;
  }

  async #frame(bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength === 0) return;
    if (this.#framing !== 'chunked') return this.#send(bytes);
    const size = Buffer.from(`${bytes.byteLength.toString(16)}\r\n`);
    await this.#send(Buffer.concat([size, bytes, Buffer.from('\r\n')]));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    // A turn of the loop between two writes, so that the other side has a chance to read each by itself;
    // none after the last, or a client that has all it wants would count as one that left.
    await this.#turn();
    this.#wrote = true;
    if (this.#gone.aborted || this.#socket.destroyed) throw new Over();
    const limit = this.#cutAfter;
    const part = limit ? bytes.subarray(0, limit.left) : bytes;
    if (limit) limit.left -= part.byteLength;
    if (!this.#socket.write(part)) await this.#orGone(once(this.#socket, 'drain', { signal: this.#gone }));
    if (limit?.left === 0) {
      this.#cutAfter = undefined;
      await this.#cut(limit.by);
    }
  }

  #turn(): Promise<void> | void {
    if (this.#wrote) return new Promise((resolve) => setImmediate(resolve));
  }

  async #end(): Promise<void> {
    if (this.#framing === undefined) await this.#head(200, { 'content-length': '0' });
    if (this.#compressor && this.#framing !== 'none') await this.#frame(await this.#compressor.end());
    if (this.#framing === 'chunked') await this.#send(Buffer.from('0\r\n\r\n'));
  }

  async #cut(by: CutBy): Promise<never> {
    if (by === 'end') await this.#end();
    else await this.#turn();
    this.#request.answered = true;
    if (by === 'reset') this.#socket.resetAndDestroy();
    else this.#socket.destroySoon();
    throw new Over();
  }
}

function framingOf(status: number, method: string, has: (name: string) => string | undefined): Framing {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (has('content-length') !== undefined) return 'length';
  if (has('transfer-encoding') !== undefined) return 'chunked';
  return has('connection')?.toLowerCase() === 'close' ? 'close' : 'chunked';
}
