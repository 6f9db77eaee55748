import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { coreErrors, type GatewayError } from '../errors.ts';
import type { ByteControl, ByteSink, ByteStream } from '../reply.ts';

/** The content codings that are undone. */
export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

const codings: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
  zstd: 'zstd',
};

/** More than this is no server's configuration but a bomb. */
const maxCodings = 2;

/** The codings that a `content-encoding` names, in the order they were applied; undefined where one is not known, or there are too many. */
export function codingsOf(contentEncoding: string | undefined): readonly Coding[] | undefined {
  if (contentEncoding === undefined) return [];
  const found: Coding[] = [];
  for (const word of contentEncoding.toLowerCase().split(',')) {
    const name = word.trim();
    if (name === 'identity' || name === '') continue;
    const coding = codings[name];
    if (coding === undefined || found.length === maxCodings) return undefined;
    found.push(coding);
  }
  return found;
}

/** A stream without its codings, as far at each moment as the bytes so far allow. */
export function decoded(source: ByteStream, applied: readonly Coding[], provider: string): ByteStream {
  return { pipe: (sink) => new Decoder(source, sink, applied, provider) };
}

class Decoder implements ByteSink, ByteControl {
  readonly #sink: ByteSink;
  readonly #applied: readonly Coding[];
  readonly #provider: string;
  readonly #source: ByteControl;
  /** The first takes what comes, the last gives what goes. None before the first byte: an answer may have no body at all. */
  #stages: readonly Transform[] = [];
  #failure: GatewayError | undefined;
  #paused = false;
  #full = false;
  #closed = false;

  constructor(source: ByteStream, sink: ByteSink, applied: readonly Coding[], provider: string) {
    this.#sink = sink;
    this.#applied = applied;
    this.#provider = provider;
    this.#source = source.pipe(this);
  }

  data(chunk: Uint8Array): void {
    if (this.#stages.length === 0) this.#open(chunk);
    if (this.#stages[0]?.write(chunk)) return;
    this.#full = true;
    this.#source.pause();
  }

  end(): void {
    const [first] = this.#stages;
    if (first) first.end();
    else this.#finish();
  }

  /** What has come before it is decoded first. */
  fail(error: GatewayError): void {
    this.#failure = error;
    this.#flush(0);
  }

  pause(): void {
    this.#paused = true;
    this.#stages.at(-1)?.pause();
    this.#source.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stages.at(-1)?.resume();
    if (!this.#full) this.#source.resume();
  }

  abort(): void {
    if (this.#closed) return;
    this.#close();
    this.#source.abort();
  }

  #open(chunk: Uint8Array): void {
    this.#stages = this.#applied.toReversed().map((coding) => decoderOf(coding, chunk));
    for (const [at, stage] of this.#stages.entries()) {
      stage.on('error', (error: NodeJS.ErrnoException) => this.#broken(error));
      this.#stages[at - 1]?.pipe(stage);
    }
    this.#stages[0]?.on('drain', () => {
      this.#full = false;
      if (!this.#paused) this.#source.resume();
    });
    const last = this.#stages.at(-1);
    last?.on('data', (part: Buffer) => this.#give(part)).on('end', () => this.#finish());
    if (this.#paused) last?.pause();
  }

  #give(part: Buffer): void {
    if (this.#closed) return;
    try {
      this.#sink.data(part);
    } catch (error) {
      this.#abandon(coreErrors.INTERNAL({}, { cause: error }));
    }
  }

  #flush(at: number): void {
    const stage = this.#stages[at] as (Transform & { flush(callback: () => void): void }) | undefined;
    if (stage && !stage.destroyed) stage.flush(() => this.#flush(at + 1));
    else this.#finish();
  }

  #finish(): void {
    if (this.#closed) return;
    this.#close();
    if (this.#failure) this.#sink.fail(this.#failure);
    else this.#sink.end();
  }

  #broken(error: NodeJS.ErrnoException): void {
    const provider = this.#provider;
    const cut = error.code === 'Z_BUF_ERROR' || error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    const reason = 'its content coding is broken';
    this.#abandon(
      cut
        ? coreErrors.UPSTREAM_TRUNCATED({ provider }, { cause: error })
        : coreErrors.UPSTREAM_MALFORMED({ provider, reason }, { cause: error }),
    );
  }

  #abandon(error: GatewayError): void {
    if (this.#closed) return;
    this.#close();
    this.#source.abort();
    this.#sink.fail(this.#failure ?? error);
  }

  #close(): void {
    this.#closed = true;
    for (const stage of this.#stages) stage.destroy();
  }
}

/** Each gives out at once whatever its input so far holds: no event waits for the next one. */
function decoderOf(coding: Coding, start: Uint8Array): Transform {
  switch (coding) {
    case 'gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      return inflate(start);
  }
}

/** Half of the servers send the bare form, which the zlib header's first byte tells apart. */
function inflate(start: Uint8Array): Transform {
  return ((start[0] ?? 0) & 15) === 8 ? createInflate() : createInflateRaw();
}
