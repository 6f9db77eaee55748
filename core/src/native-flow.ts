import type { Usage } from './canonical/usage.ts';
import { type EventSplitter, type ReplyObserver, seen } from './dialect.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import { upstreamFailed } from './failure.ts';
import type { Flow, FlowListener } from './flow.ts';
import { type FlowSink, Gate } from './gate.ts';
import type { KeptLog } from './kept.ts';
import type { Hold } from './provider.ts';
import type { ByteControl, ByteSink, ByteStream } from './reply.ts';
import { EventTooLarge } from './sse/split-events.ts';

/** What a native flow is made of. */
export interface NativeParts {
  readonly bytes: ByteStream;
  readonly contentType: string;
  readonly observer: ReplyObserver;
  readonly provider: string;
  readonly hold: Hold | undefined;
  readonly log: KeptLog | undefined;
  readonly listener: FlowListener;
  /** The one thing that differs in an event or a document for this client; absent: nothing does. */
  readonly touch: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

abstract class NativeFlow implements Flow, ByteSink {
  readonly contentType: string;
  abstract readonly streamed: boolean;
  protected readonly parts: NativeParts;
  protected readonly gate: Gate;
  protected control: ByteControl | undefined;
  protected over = false;
  #content = false;

  constructor(parts: NativeParts) {
    this.parts = parts;
    this.contentType = parts.contentType;
    this.gate = new Gate(parts.hold, () => parts.listener.ready());
  }

  get usage(): Usage | undefined {
    return this.parts.observer.usage;
  }

  get model(): string | undefined {
    return this.parts.observer.model;
  }

  get madeBy(): string | undefined {
    return this.parts.observer.madeBy;
  }

  get complete(): boolean {
    return this.parts.observer.complete;
  }

  get written(): number {
    return 0;
  }

  get held(): number {
    return this.gate.heldBytes;
  }

  protected abstract take(chunk: Uint8Array): void;
  /** The bytes have ended. */
  protected abstract close(): void;

  release(sink: FlowSink): void {
    this.gate.release(sink);
  }

  pause(): void {
    this.control?.pause();
  }

  resume(): void {
    this.control?.resume();
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.gate.close();
    this.parts.log?.end(false);
    this.control?.abort();
  }

  breakOff(error: GatewayError): Uint8Array | undefined {
    return this.streamed ? this.parts.observer.fail(error) : undefined;
  }

  begin(): void {
    this.control = this.parts.bytes.pipe(this);
    if (this.over) this.control.abort();
  }

  data(chunk: Uint8Array): void {
    if (this.over) return;
    this.parts.log?.chunk(chunk);
    this.take(chunk);
  }

  end(): void {
    if (!this.over) this.close();
  }

  fail(error: GatewayError): void {
    if (this.over) return;
    this.over = true;
    if (!this.gate.released) this.gate.close();
    this.parts.log?.end(false, error);
    this.control?.abort();
    this.parts.listener.failed(error);
  }

  protected sawContent(): void {
    if (this.#content) return;
    this.#content = true;
    this.parts.listener.content();
  }

  protected finish(): void {
    if (this.over) return;
    this.parts.log?.end(true);
    this.gate.end();
    if (this.over) return;
    this.over = true;
    this.parts.listener.ended();
  }
}

/** A stream of events that goes through as it was written, with an observer beside it. */
export class NativeStream extends NativeFlow {
  readonly streamed = true;
  readonly #splitter: EventSplitter;
  /** The run of neighbouring events of one chunk that goes out in one write. */
  #run: Uint8Array | undefined;
  #runContent = false;
  #events = 0;

  constructor(parts: NativeParts, splitter: EventSplitter) {
    super(parts);
    this.#splitter = splitter;
  }

  override get written(): number {
    return this.#events;
  }

  protected take(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk, this.#event);
    } catch (error) {
      if (!(error instanceof EventTooLarge)) throw error;
      this.fail(coreErrors.UPSTREAM_TOO_LARGE({ provider: this.parts.provider, limit: error.maxEventBytes }));
      return;
    }
    this.#flush();
  }

  readonly #event = (bytes: Uint8Array): void => {
    if (this.over) return;
    const flags = this.parts.observer.event(bytes);
    if (flags & seen.error) {
      this.#flush();
      this.#failed();
      return;
    }
    if (flags & (seen.broken | seen.unasked)) {
      this.#flush();
      return;
    }
    if (flags & seen.content) {
      this.#events += 1;
      this.#runContent = true;
      this.sawContent();
    }
    this.#append(this.parts.touch?.(bytes) ?? bytes);
  };

  /** Neighbours in one buffer are one write; a write costs more than all the rest of an event's way. */
  #append(bytes: Uint8Array): void {
    const run = this.#run;
    if (run !== undefined && run.buffer === bytes.buffer && run.byteOffset + run.byteLength === bytes.byteOffset) {
      this.#run = new Uint8Array(run.buffer, run.byteOffset, run.byteLength + bytes.byteLength);
      return;
    }
    const content = this.#runContent;
    if (run !== undefined) this.gate.push(run, content);
    this.#run = bytes;
  }

  #flush(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const content = this.#runContent;
    this.#runContent = false;
    this.gate.push(run, content);
  }

  #failed(): void {
    const said = this.parts.observer.error;
    this.fail(
      said === undefined
        ? coreErrors.UPSTREAM_MALFORMED({ provider: this.parts.provider, reason: 'an error without words' })
        : upstreamFailed(this.parts.provider, said),
    );
  }

  protected close(): void {
    const rest = this.#splitter.end(this.#event);
    if (rest !== undefined && rest.byteLength > 0) this.#event(rest);
    this.#flush();
    if (this.over) return;
    if (this.parts.observer.complete) this.finish();
    else this.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: this.parts.provider }));
  }
}

/** One document that is complete before any of it goes out. */
export class NativeWhole extends NativeFlow {
  readonly streamed = false;
  readonly #chunks: Uint8Array[] = [];
  readonly #finishWhole: (bytes: Uint8Array) => Uint8Array;
  #length = 0;

  constructor(parts: NativeParts, finishWhole: (bytes: Uint8Array) => Uint8Array) {
    super(parts);
    this.#finishWhole = finishWhole;
  }

  protected take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
  }

  protected close(): void {
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#length);
    const error = this.#judge(bytes);
    if (error !== undefined) {
      this.fail(error);
      return;
    }
    this.sawContent();
    this.gate.push(this.#finishWhole(this.parts.touch?.(bytes) ?? bytes), false);
    this.finish();
  }

  #judge(bytes: Uint8Array): GatewayError | undefined {
    const { observer, provider } = this.parts;
    if (bytes.byteLength === 0) return coreErrors.UPSTREAM_EMPTY({ provider });
    const flags = observer.whole(bytes);
    if (flags & seen.error && observer.error !== undefined) return upstreamFailed(provider, observer.error);
    if (flags & (seen.broken | seen.error))
      return coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'not a document of its dialect' });
    return undefined;
  }
}

/** Bytes of no dialect, such as audio: they go through as they come. */
export class NativeRaw extends NativeFlow {
  readonly streamed = true;

  protected take(chunk: Uint8Array): void {
    this.sawContent();
    this.gate.push(chunk, true);
  }

  protected close(): void {
    this.finish();
  }

  override breakOff(): undefined {
    return undefined;
  }
}
