import type { Dispatcher } from 'undici';
import { emptyBody } from '../body.ts';
import { coreErrors, GatewayError } from '../errors.ts';
import { type Abortable, AbortHook } from './abort-hook.ts';
import { abortError, closedCodes, codeOf, failureOf, lapseOf } from './call-failure.ts';
import type { Connection } from './connection.ts';
import { type Phase, type Patience, PhaseTimer } from './phase-timer.ts';
import type { Pool } from './pool.ts';
import { ReplyBody, type Source } from './reply-body.ts';
import { responseOf } from './response.ts';
import { type Payload, payloadOf, Upload } from './upload.ts';
import type { Timeouts, UpstreamRequest, UpstreamResponse } from './upstream.ts';

/** What a call is bound by. */
export interface CallLimits {
  readonly timeouts: Timeouts;
  readonly maxReplyBytes: number;
}

/** A server that has said nothing for longer than this had the request in hand: to send it again might be to pay for it twice. */
const staleMs = 2000;

/** No server needs more answers than this before its answer. */
const maxInterims = 20;

/** One for all: who is told has nobody left to tell. */
const callOver = new Error('The call is over.');

/** One request and its answer: undici's handler, the reader's source, its timer's owner and who is told of an abort in one. */
export class Call implements Dispatcher.DispatchHandler, Source, Patience, Abortable {
  readonly options: Dispatcher.DispatchOptions;
  connection: Connection | undefined;
  readonly #request: UpstreamRequest;
  readonly #limits: CallLimits;
  readonly #pool: Pool;
  readonly #ended: () => void;
  readonly #timer: PhaseTimer;
  readonly #payload: Payload;
  #hook: AbortHook | undefined;
  #resolve!: (response: UpstreamResponse) => void;
  #reject!: (error: GatewayError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reply: ReplyBody | undefined;
  /** The answer's first byte has come. */
  #begun = false;
  /** Only the connection's end tells the answer's. */
  #untilClose = false;
  #interims = 0;
  #retried = false;
  #sentAt = 0;
  #over = false;

  /** `ended` is called once, when nothing more will happen upstream. */
  constructor(request: UpstreamRequest, headers: string[], limits: CallLimits, pool: Pool, ended: () => void) {
    const { body = emptyBody, method, path } = request;
    this.#request = request;
    this.#limits = limits;
    this.#pool = pool;
    this.#ended = ended;
    this.#payload = body.stream ? new Upload(body.stream, this) : payloadOf(body);
    if (body.length >= 0 && isParts(this.#payload)) headers.push('content-length', String(body.length));
    if (pool.headers.length > 0) headers.push(...pool.headers);
    // undici takes iterables too; its types do not say so.
    const payload = this.#payload as Uint8Array | null;
    this.options = { path: pool.prefix + path, method, headers, body: payload };
    this.#timer = new PhaseTimer(limits.timeouts, this);
  }

  start(): Promise<UpstreamResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#hook = new AbortHook(this.#request.signal, this);
      this.#pool.send(this);
    });
  }

  /** Ends the call wherever it is, and its connection with it. */
  fail(error: GatewayError): void {
    if (this.#over) return;
    this.#stop();
    if (this.#reply) this.#reply.fail(error);
    else this.#reject(error);
  }

  // Whom it listens to.

  aborted(): void {
    this.fail(abortError(this.#request.signal));
  }

  lapse(phase: Phase | 'total', timeoutMs: number): void {
    this.fail(lapseOf(phase, this.#request.provider, timeoutMs));
  }

  // The reader's wishes.

  hold(): void {
    this.#controller?.pause();
    this.#timer.suspend();
  }

  flow(): void {
    if (this.#over) return;
    this.#timer.resume();
    this.#controller?.resume();
  }

  cancel(): void {
    if (!this.#over) this.#stop();
  }

  // An upload's clock, which stands still while its own source is silent, and does not run once the answer is there.

  suspend(): void {
    if (!this.#reply) this.#timer.suspend();
  }

  resume(): void {
    if (!this.#reply && !this.#over) this.#timer.resume();
  }

  // What undici tells.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) {
      controller.abort(callOver);
      return;
    }
    this.#controller = controller;
    if (isParts(this.#payload)) this.#timer.enter('send');
  }

  onBodySent(): void {
    if (this.#timer.phase === 'send') this.#timer.touch();
  }

  onRequestSent(): void {
    if (this.#over || this.#reply) return;
    this.#sentAt = performance.now();
    this.#timer.enter('first-event');
  }

  onResponseStarted(): void {
    this.#begun = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    if (this.#over) return;
    const { provider } = this.#request;
    if (status < 200) {
      this.#interims += 1;
      if (this.#interims > maxInterims)
        this.fail(coreErrors.UPSTREAM_MALFORMED({ provider, reason: 'it announces an answer without end' }));
      return;
    }
    const reply = new ReplyBody(this);
    const response = responseOf(status, headers, reply, provider, this.#limits.maxReplyBytes);
    if (GatewayError.is(response)) {
      this.fail(response);
      return;
    }
    this.#reply = reply;
    this.#untilClose = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
    if (status >= 400) this.#timer.enter('idle');
    else if (this.#timer.phase !== 'first-event') this.#timer.enter('first-event');
    this.#timer.suspend();
    this.#resolve(response);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#over) return;
    if (this.#timer.phase === 'idle') this.#timer.touch();
    else {
      this.#timer.enter('idle');
      if (!this.#reply?.wanted) this.#timer.suspend();
    }
    this.#reply?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    if (this.#untilClose && this.connection?.broken)
      this.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: this.#request.provider }));
    else {
      this.#release();
      this.#reply?.end();
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#over) return;
    if (this.#stale(error)) this.#sendAgain();
    else this.fail(failureOf(error, this.#request.provider, this.#reply !== undefined));
  }

  /** The socket was closed while it lay idle, and nobody had read the request: it is not the upstream's fault, nor the client's. */
  #stale(error: Error): boolean {
    if (this.#retried || this.#begun || !this.connection?.reused || this.#payload instanceof Upload) return false;
    return closedCodes.has(codeOf(error)) && (this.#sentAt === 0 || performance.now() - this.#sentAt < staleMs);
  }

  #sendAgain(): void {
    this.#retried = true;
    this.#controller = undefined;
    this.#sentAt = 0;
    this.connection?.left();
    this.connection = undefined;
    this.#timer.enter('connect');
    // undici is not done with the old socket yet.
    queueMicrotask(() => {
      if (!this.#over) this.#pool.send(this, 'anew');
    });
  }

  #release(): void {
    this.#over = true;
    this.#timer.stop();
    this.#hook?.release();
    if (this.#payload instanceof Upload) this.#payload.cancel();
    this.connection?.left();
    this.#ended();
  }

  #stop(): void {
    this.#release();
    this.#pool.forget(this);
    if (this.#controller) this.#controller.abort(callOver);
    else this.connection?.drop();
  }
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Whether undici writes it piece by piece, and cannot see how long it is. */
function isParts(payload: Payload): boolean {
  return payload !== null && !(payload instanceof Uint8Array);
}
