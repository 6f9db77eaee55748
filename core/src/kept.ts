import { createHash, type Hash } from 'node:crypto';
import type { ChatEvent } from './canonical/events.ts';
import type { Dialect } from './dialect.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import type { Kept } from './exchange.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { Target } from './provider.ts';
import type { ByteControl, ByteSink, Reply } from './reply.ts';

const defaultMaxBytes = 8 * 1024 * 1024;

/** One attempt's answer as it comes, before transforms. The winner's becomes what the exchange keeps. */
export class KeptLog {
  readonly dialect: Dialect | undefined;
  readonly target: Target;
  readonly streamed: boolean;
  readonly status: number;
  readonly chunks: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  readonly given: ChatEvent[] = [];
  /** The answer has ended, well (`complete`) or not. */
  over = false;
  complete = false;
  error: GatewayError | undefined;
  /** More came than is kept: nothing is. */
  overflowed = false;
  readonly #maxBytes: number;
  readonly #received: Hash | undefined;
  readonly #readers = new Set<() => void>();
  #size = 0;

  constructor(of: {
    dialect: Dialect | undefined;
    target: Target;
    streamed: boolean;
    status: number;
    maxBytes: number;
    digests: boolean;
  }) {
    this.dialect = of.dialect;
    this.target = of.target;
    this.streamed = of.streamed;
    this.status = of.status;
    this.#maxBytes = of.maxBytes;
    this.#received = of.digests ? createHash('sha256') : undefined;
  }

  chunk(bytes: Uint8Array): void {
    this.#received?.update(bytes);
    if (this.#grows(bytes.byteLength)) this.chunks.push({ atMs: Date.now(), bytes });
    this.#wake();
  }

  event(event: ChatEvent): void {
    const size = event.type === 'part-delta' ? event.text.length + 32 : 64;
    if (this.#grows(size)) this.given.push(event);
    this.#wake();
  }

  end(complete: boolean, error?: GatewayError): void {
    if (this.over) return;
    this.over = true;
    this.complete = complete && !this.overflowed;
    this.error = error;
    this.#wake();
  }

  receivedDigest(): string {
    return this.#received?.copy().digest('hex') ?? '';
  }

  /** The events of all that came, decoded where it came as bytes. */
  events(): readonly ChatEvent[] {
    if (this.dialect === undefined) return this.given;
    const reader = this.dialect.reader({ streamed: this.streamed, provider: this.target.provider, able: {} });
    const events: ChatEvent[] = [];
    for (const { bytes } of this.chunks) events.push(...reader.push(bytes));
    if (this.over) events.push(...reader.end());
    return events;
  }

  /** Calls back at each change until told to stop. */
  read(changed: () => void): () => void {
    this.#readers.add(changed);
    return () => this.#readers.delete(changed);
  }

  #grows(size: number): boolean {
    this.#size += size;
    if (this.#size <= this.#maxBytes) return !this.overflowed;
    this.overflowed = true;
    this.chunks.length = 0;
    this.given.length = 0;
    return false;
  }

  #wake(): void {
    for (const changed of this.#readers) changed();
  }
}

/** Keeps once for all who ask, and counts who follows: while somebody does, the upstream is not aborted. */
export class Keeper {
  readonly exchange: LiveExchange;
  /** The log of the attempt that was committed. */
  log: KeptLog | undefined;
  maxBytes = 0;
  digests = false;
  delivered: Hash | undefined;
  followers = 0;
  /** Told when the last follower has left. */
  whenAlone: (() => void) | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #view: Kept;
  #ended = false;

  constructor(exchange: LiveExchange) {
    this.exchange = exchange;
    this.#view = new KeptView(this);
  }

  want(want: { readonly maxBytes?: number; readonly digests?: true }): Kept {
    this.maxBytes = Math.max(this.maxBytes, want.maxBytes ?? (want.digests ? 0 : defaultMaxBytes));
    if (want.digests && !this.digests) {
      this.digests = true;
      this.delivered = createHash('sha256');
    }
    return this.#view;
  }

  newLog(dialect: Dialect | undefined, target: Target, streamed: boolean, status: number): KeptLog {
    return new KeptLog({ dialect, target, streamed, status, maxBytes: this.maxBytes, digests: this.digests });
  }

  /** The attempt with this log was committed; nothing where the answer ended without a first event. */
  commit(log: KeptLog | undefined): void {
    this.log ??= log;
    this.#ended ||= log === undefined;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Hash of the client's request bytes, in hex. */
  requestDigest(): string {
    const hash = createHash('sha256');
    for (const chunk of this.exchange.incoming.body.chunks) hash.update(chunk);
    return hash.digest('hex');
  }

  async follow(until: AbortSignal): Promise<Reply | undefined> {
    this.followers += 1;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.followers -= 1;
      if (this.followers === 0) this.whenAlone?.();
    };
    until.addEventListener('abort', leave, { once: true });
    if (until.aborted) leave();
    await this.#committed(until);
    const log = this.log;
    if (log === undefined || log.overflowed || left) {
      leave();
      return undefined;
    }
    return replyFrom(log, leave);
  }

  #committed(until: AbortSignal): Promise<void> {
    if (this.log !== undefined || this.#ended || until.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      until.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

/** The keeper as plugins see it. */
class KeptView implements Kept {
  readonly #keeper: Keeper;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  get complete(): boolean {
    return this.#keeper.log?.complete ?? false;
  }

  get dialect(): string | undefined {
    return this.#keeper.log?.dialect?.name;
  }

  get streamed(): boolean {
    return this.#keeper.log?.streamed ?? this.#keeper.exchange.streamed;
  }

  follow(until: AbortSignal): Promise<Reply | undefined> {
    return this.#keeper.follow(until);
  }

  events(): readonly ChatEvent[] {
    return this.#keeper.log?.events() ?? [];
  }

  chunks(): KeptLog['chunks'] | undefined {
    const { log } = this.#keeper;
    return log === undefined || log.overflowed || log.dialect === undefined ? undefined : log.chunks;
  }
}

function replyFrom(log: KeptLog, leave: () => void): Reply {
  if (log.dialect === undefined) return { status: log.status, from: log.target, events: eventsOf(log, leave) };
  return {
    status: log.status,
    from: log.target,
    dialect: log.dialect.name,
    streamed: log.streamed,
    bytes: { pipe: (sink) => pipeLog(log, sink, leave) },
  };
}

async function* eventsOf(log: KeptLog, leave: () => void): AsyncGenerator<ChatEvent> {
  try {
    for (let at = 0; ;) {
      for (let event = log.given[at]; event !== undefined; event = log.given[at]) {
        at += 1;
        yield event;
      }
      if (log.over || log.overflowed) break;
      await new Promise<void>((resolve) => {
        const stop = log.read(() => {
          stop();
          resolve();
        });
      });
    }
    const error = brokenOff(log);
    if (error !== undefined) yield { type: 'error', error };
  } finally {
    leave();
  }
}

/** Replays what is there, then what comes, at the follower's own pace. */
function pipeLog(log: KeptLog, sink: ByteSink, leave: () => void): ByteControl {
  let at = 0;
  let paused = false;
  let over = false;
  let running = false;
  const finish = (tell: () => void): void => {
    if (over) return;
    over = true;
    stop();
    leave();
    tell();
  };
  const run = (): void => {
    if (running) return;
    running = true;
    while (!paused && !over && at < log.chunks.length) {
      const chunk = log.chunks[at];
      at += 1;
      if (chunk) sink.data(chunk.bytes);
    }
    running = false;
    if (paused || over) return;
    const error = log.over || log.overflowed ? brokenOff(log) : undefined;
    if (error !== undefined) finish(() => sink.fail(error));
    else if (log.over) finish(() => sink.end());
  };
  const stop = log.read(run);
  queueMicrotask(run);
  return {
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      run();
    },
    abort: () => finish(() => {}),
  };
}

function brokenOff(log: KeptLog): GatewayError | undefined {
  if (log.overflowed)
    return coreErrors.UPSTREAM_TOO_LARGE({ provider: log.target.provider, limit: 'what is kept for followers' });
  return log.complete ? undefined : (log.error ?? coreErrors.UPSTREAM_TRUNCATED({ provider: log.target.provider }));
}
