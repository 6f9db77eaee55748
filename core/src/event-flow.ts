import { type ChatEvent, isContent } from './canonical/events.ts';
import type { Usage } from './canonical/usage.ts';
import type { ReplyReader, ReplyWriter } from './dialect.ts';
import { coreErrors, GatewayError } from './errors.ts';
import type { Transform } from './exchange.ts';
import { upstreamFailed } from './failure.ts';
import type { Flow, FlowListener } from './flow.ts';
import { type FlowSink, Gate } from './gate.ts';
import type { KeptLog } from './kept.ts';
import type { Hold } from './provider.ts';
import { EventQueue } from './event-queue.ts';
import type { ByteControl, ByteStream } from './reply.ts';

/** What an event flow is made of: bytes with their reader, or events as they are. */
export interface EventParts {
  readonly source:
    | { readonly bytes: ByteStream; readonly reader: ReplyReader }
    | { readonly events: Iterable<ChatEvent> | AsyncIterable<ChatEvent> };
  readonly provider: string;
  readonly transforms: readonly Transform[];
  readonly writer: ReplyWriter;
  readonly streamed: boolean;
  /** Says of what is sealed whose it is. */
  readonly stamp: ((event: ChatEvent) => ChatEvent) | undefined;
  readonly hold: Hold | undefined;
  readonly log: KeptLog | undefined;
  readonly listener: FlowListener;
}

/** An answer that is read into events, perhaps transformed, and written in the client's dialect. */
export class EventFlow implements Flow {
  readonly contentType: string;
  readonly streamed: boolean;
  usage: Usage | undefined;
  model: string | undefined;
  madeBy: string | undefined;
  complete = false;
  #deltas = 0;
  #characters = 0;
  readonly #parts: EventParts;
  readonly #gate: Gate;
  readonly #queue: EventQueue | undefined;
  #control: ByteControl | undefined;
  #text = '';
  #bytes: Uint8Array[] = [];
  #contentWaits = false;
  #content = false;
  #over = false;

  constructor(parts: EventParts) {
    this.#parts = parts;
    this.streamed = parts.streamed;
    this.contentType = parts.writer.contentType;
    this.#gate = new Gate(parts.hold, () => parts.listener.ready());
    this.#queue = parts.transforms.length === 0 ? undefined : new EventQueue(() => this.#control?.resume());
  }

  get held(): number {
    return this.#gate.heldBytes;
  }

  /** A delta is a token at least, and some are many. */
  get written(): number {
    return Math.max(this.#deltas, Math.ceil(this.#characters / 4));
  }

  begin(): void {
    const { source, transforms } = this.#parts;
    if (this.#queue !== undefined) this.#transform(this.#queue, transforms);
    this.#control = 'bytes' in source ? this.#read(source.bytes, source.reader) : this.#take(source.events);
    if (this.#over) this.#control.abort();
  }

  release(sink: FlowSink): void {
    this.#gate.release(sink);
  }

  pause(): void {
    this.#control?.pause();
    this.#queue?.pause();
  }

  resume(): void {
    this.#queue?.resume();
    if (this.#queue?.full !== true) this.#control?.resume();
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#parts.log?.end(false);
  }

  breakOff(error: GatewayError): Uint8Array | undefined {
    return this.streamed ? toBytes(this.#parts.writer.fail(error)) : undefined;
  }

  #read(bytes: ByteStream, reader: ReplyReader): ByteControl {
    return bytes.pipe({
      data: (chunk) => {
        if (this.#over) return;
        this.#parts.log?.chunk(chunk);
        for (const event of reader.push(chunk)) this.#upstream(event);
        this.#flush();
      },
      end: () => {
        if (this.#over) return;
        for (const event of reader.end()) this.#upstream(event);
        this.#sourceEnd();
      },
      fail: (error) => this.#fail(error),
    });
  }

  #take(events: Iterable<ChatEvent> | AsyncIterable<ChatEvent>): ByteControl {
    const queue = new EventQueue();
    this.#pull(events, queue).catch((error: unknown) => this.#fail(thrown(error, 'provider', this.#parts.provider)));
    return {
      pause: () => queue.pause(),
      resume: () => queue.resume(),
      abort: () => queue.close(),
    };
  }

  /** One event a turn where they come as an async iterable; `gate` waits while the reader is slow. */
  async #pull(events: Iterable<ChatEvent> | AsyncIterable<ChatEvent>, queue: EventQueue): Promise<void> {
    await Promise.resolve();
    for await (const event of events) {
      await queue.whenFlowing();
      if (this.#over) return;
      this.#parts.log?.event(event);
      this.#upstream(event);
      this.#flush();
    }
    if (!this.#over) this.#sourceEnd();
  }

  #upstream(given: ChatEvent): void {
    if (this.#over) return;
    const event = this.#parts.stamp?.(given) ?? given;
    this.#note(event);
    if (event.type === 'error') {
      this.#flush();
      this.#fail(said(event.error, this.#parts.provider));
      return;
    }
    if (!this.#content && isContent(event)) {
      this.#content = true;
      this.#parts.listener.content();
    }
    if (this.#queue === undefined) this.#emit(event);
    else if (this.#queue.push(event)) this.#control?.pause();
  }

  #note(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        this.model = event.model ?? this.model;
        this.madeBy = event.madeBy ?? this.madeBy;
        this.usage = event.usage ?? this.usage;
        break;
      case 'usage':
        this.usage = event.usage;
        break;
      case 'part-delta':
        this.#deltas += 1;
        this.#characters += event.text.length;
        break;
      case 'finish':
        this.complete = true;
        break;
      default:
    }
  }

  #emit(event: ChatEvent): void {
    const out = this.#parts.writer.push(event);
    this.#contentWaits ||= isContent(event);
    this.#append(out);
  }

  #append(out: string | Uint8Array | undefined): void {
    if (out === undefined || out.length === 0) return;
    if (typeof out === 'string') {
      this.#text += out;
      return;
    }
    this.#spill();
    this.#bytes.push(out);
  }

  #spill(): void {
    if (this.#text !== '') this.#bytes.push(Buffer.from(this.#text));
    this.#text = '';
  }

  /** One write for all that one chunk gave. */
  #flush(): void {
    this.#spill();
    const [only] = this.#bytes;
    if (only === undefined) return;
    const bytes = this.#bytes.length === 1 ? only : Buffer.concat(this.#bytes);
    this.#bytes = [];
    const content = this.#contentWaits;
    this.#contentWaits = false;
    this.#gate.push(bytes, content && this.streamed);
  }

  #sourceEnd(): void {
    if (this.#over) return;
    if (!this.complete) {
      this.#fail(coreErrors.UPSTREAM_TRUNCATED({ provider: this.#parts.provider }));
      return;
    }
    this.#parts.log?.end(true);
    if (this.#queue === undefined) this.#finish();
    else this.#queue.end();
  }

  #finish(): void {
    if (this.#over) return;
    try {
      this.#append(this.#parts.writer.end());
    } catch (error) {
      if (!GatewayError.is(error)) throw error;
      this.#fail(error);
      return;
    }
    this.#flush();
    this.#gate.end();
    if (this.#over) return;
    this.#over = true;
    this.#parts.listener.ended();
  }

  #fail(error: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.log?.end(false, error);
    this.#close();
    this.#parts.listener.failed(error);
  }

  #refuse(error: GatewayError): void {
    if (this.#over) return;
    this.#over = true;
    this.#parts.log?.end(false, error);
    this.#close();
    this.#parts.listener.refused(error);
  }

  #close(): void {
    if (!this.#gate.released) this.#gate.close();
    this.#queue?.close();
    this.#control?.abort();
  }

  /** Transforms run in reverse, so that who came first is nearest the client. */
  #transform(queue: EventQueue, transforms: readonly Transform[]): void {
    let events: AsyncIterable<ChatEvent> = queue;
    for (const transform of transforms.toReversed()) events = transform(events);
    this.#drain(events, queue).catch((error: unknown) => {
      if (GatewayError.is(error)) this.#refuse(error);
      else this.#fail(thrown(error, 'transform', this.#parts.provider));
    });
  }

  async #drain(events: AsyncIterable<ChatEvent>, queue: EventQueue): Promise<void> {
    await Promise.resolve();
    for await (const event of events) {
      if (this.#over) return;
      if (event.type === 'error') throw event.error;
      this.#emit(event);
      if (queue.empty) this.#flush();
      await queue.whenFlowing();
    }
    this.#finish();
  }
}

function toBytes(out: string | Uint8Array): Uint8Array {
  return typeof out === 'string' ? Buffer.from(out) : out;
}

/** An error inside an answer, told as an error instead of one would be. */
function said(error: GatewayError, provider: string): GatewayError {
  if (error.upstream !== undefined) return upstreamFailed(provider, error.upstream);
  return error.kind === 'truncated' ? coreErrors.UPSTREAM_TRUNCATED({ provider }) : error;
}

function thrown(error: unknown, by: string, provider: string): GatewayError {
  if (GatewayError.is(error)) return error;
  return coreErrors.TAP_FAILED(
    { plugin: by === 'provider' ? provider : 'a plugin', hook: by },
    { cause: error, plugin: by },
  );
}
