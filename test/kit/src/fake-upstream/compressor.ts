import { constants, createGzip, type Gzip } from 'node:zlib';

/** Gzip that gives what each write has become at once, as servers do that compress a stream of events. */
export class Compressor {
  readonly #gzip: Gzip = createGzip();
  #chunks: Buffer[] = [];

  constructor() {
    this.#gzip.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  async write(bytes: Uint8Array): Promise<Uint8Array> {
    this.#gzip.write(bytes);
    await new Promise<void>((resolve) => this.#gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    return this.#taken();
  }

  async end(): Promise<Uint8Array> {
    const ended = new Promise<void>((resolve) => this.#gzip.once('end', () => resolve()));
    this.#gzip.end();
    await ended;
    return this.#taken();
  }

  close(): void {
    this.#gzip.destroy();
  }

  #taken(): Uint8Array {
    const taken = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return taken;
  }
}
