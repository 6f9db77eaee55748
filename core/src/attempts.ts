import { answer, type AnswerListener } from './answer.ts';
import { ask, judge, type OpenRecord, RunningAttempt } from './attempt.ts';
import { type End, usageOf } from './attempt-usage.ts';
import { forbidden, replayable, untried } from './bounds.ts';
import { defined } from './defined.ts';
import type { Delivery } from './delivery.ts';
import { coreErrors, GatewayError } from './errors.ts';
import type { Failure, Recovery } from './exchange.ts';
import { asGatewayError, failureKind, outcomeOf, upstreamFailed } from './failure.ts';
import type { Flow } from './flow.ts';
import type { House } from './house.ts';
import type { LiveExchange } from './live-exchange.ts';
import { openFlow } from './open-flow.ts';
import type { FailureKind, Target } from './provider.ts';
import { type Question, Questions } from './questions.ts';
import { collectBytes, type Reply } from './reply.ts';
import { type Resumption, resumption } from './resume.ts';

const maxErrorBytes = 64 * 1024;

/**
 * The attempts of one exchange: who is asked, who wins, what follows a failure. Core has the mechanism and the bounds;
 * what to do is asked of `onError`, once for each attempt that fails and once when it outlasts its patience, never twice at a time.
 */
export class Attempts {
  readonly #house: House;
  readonly #exchange: LiveExchange;
  readonly #delivery: Delivery;
  readonly #listener: AnswerListener;
  readonly #budget: number;
  readonly #running: RunningAttempt[] = [];
  /** Recoveries that wait for their `afterMs`. */
  readonly #waiting: NodeJS.Timeout[] = [];
  #questions: Questions | undefined;
  #winner: RunningAttempt | undefined;
  /** The flow that speaks to the client, and so knows how to end. */
  #voice: Flow | undefined;
  #last: GatewayError | undefined;
  #retryAfterMs: number | undefined;
  #over = false;

  constructor(house: House, exchange: LiveExchange, delivery: Delivery, listener: AnswerListener) {
    this.#house = house;
    this.#exchange = exchange;
    this.#delivery = delivery;
    this.#listener = listener;
    this.#budget = house.config.limits.attempts;
  }

  begin(): void {
    this.#exchange.whenGone((error) => this.#gone(error));
    const [first] = this.#exchange.targets;
    if (first === undefined)
      this.#finish(coreErrors.TARGETS_NONE({ model: this.#exchange.model, reasons: reasons(this.#exchange) }));
    else if (!this.#over) this.#start(first);
  }

  // One attempt.

  #start(target: Target, resumed?: Resumption): void {
    const exchange = this.#exchange;
    const record: OpenRecord = {
      number: exchange.attempts.length + 1,
      target,
      startedAt: Date.now(),
      result: 'in-flight',
    };
    const provider = this.#house.providers.get(target.provider);
    let run: RunningAttempt;
    try {
      if (provider === undefined)
        throw coreErrors.MODEL_UNSERVED({ model: exchange.model, provider: target.provider }, { kind: 'unsupported' });
      run = new RunningAttempt(
        exchange,
        provider,
        target,
        resumed?.asked ?? ask(exchange, provider, target, this.#house),
        record,
      );
    } catch (error) {
      this.#unasked(record, asGatewayError(error));
      return;
    }
    exchange.attempts.push(run.record);
    this.#running.push(run);
    if (target.patienceMs !== undefined && resumed === undefined)
      run.patience = setTimeout(() => this.#slow(run), target.patienceMs);
    this.#call(run, resumed).catch((error: unknown) =>
      this.#failed(run, providerFailed(target.provider, error), resumed),
    );
  }

  /** The request cannot be put to this target: no call, but a failure like any other. */
  #unasked(record: OpenRecord, error: GatewayError): void {
    const exchange = this.#exchange;
    Object.assign(record, { endedAt: Date.now(), result: 'failed', error, failure: failureKind(error) });
    exchange.attempts.push(record);
    this.#remember(error);
    this.#ask({ record, run: undefined, error, inFlight: false, committed: this.#winner !== undefined });
  }

  async #call(run: RunningAttempt, resumed: Resumption | undefined): Promise<void> {
    const reply = await run.provider.call(run);
    if (run.over) {
      discard(reply);
      return;
    }
    const status = reply.status ?? 200;
    run.record.status = status;
    if (reply.headers !== undefined) run.record.headers = reply.headers;
    if (status >= 400 && reply.bytes !== undefined) {
      const body = await collectBytes(reply.bytes, maxErrorBytes).catch(() => new Uint8Array());
      const headers = reply.headers ?? new Map<string, string>();
      const said =
        run.provider.readError?.(status, headers, body) ?? run.asked.dialect.readError(status, headers, body);
      this.#failed(run, upstreamFailed(run.target.provider, said), resumed);
      return;
    }
    if (reply.bytes === undefined) judge(run.exchange, run.target, reply.losses ?? []);
    this.#flow(run, reply, resumed);
  }

  #flow(run: RunningAttempt, reply: Reply, resumed: Resumption | undefined): void {
    const { exchange } = run;
    const dialect = reply.bytes === undefined ? undefined : this.#house.dialects.get(reply.dialect);
    const log =
      resumed === undefined
        ? exchange.keeper?.newLog(
            dialect,
            run.target,
            reply.bytes !== undefined && reply.streamed,
            run.record.status ?? 200,
          )
        : undefined;
    run.log = log;
    run.flow = openFlow(exchange, {
      reply,
      provider: run.target.provider,
      able: run.asked.able,
      hold: run.target.hold,
      log,
      house: this.#house,
      realm: run.asked.realm,
      ...(resumed === undefined ? {} : { resumed: resumed.source }),
      listener: {
        content: () => this.#content(run),
        ready: () => this.#ready(run, resumed !== undefined),
        failed: (error) => this.#failed(run, error, resumed),
        refused: (error) => this.#refused(run, error),
        ended: () => this.#ended(run),
      },
    });
    run.flow.begin();
  }

  #content(run: RunningAttempt): void {
    clearTimeout(run.patience);
    run.sawFirst(Date.now());
  }

  /** The commit: from here there is no second answer, only the same one resumed or an honest error. */
  #ready(run: RunningAttempt, resumed: boolean): void {
    const { flow } = run;
    if (flow === undefined || this.#over || run.over || (this.#winner !== undefined && !resumed)) {
      run.abort();
      return;
    }
    this.#winner = run;
    const exchange = this.#exchange;
    if (!resumed) {
      for (const other of this.#running.slice()) if (other !== run) this.#lose(other);
      this.#clearWaiting();
      exchange.firstEventAt = run.record.firstEventAt;
      exchange.keeper?.commit(run.log);
      this.#house.announce(exchange, run);
      this.#delivery.commit(
        run.record.status ?? 200,
        flow.contentType,
        flow.streamed,
        flow.streamed ? undefined : flow.held,
      );
    }
    this.#voice = flow;
    this.#delivery.follow(flow);
  }

  #ended(run: RunningAttempt): void {
    this.#close(run, 'won');
    if (run !== this.#winner) return;
    this.#exchange.end('ok');
    this.#delivery.end();
    this.#done();
  }

  /** A plugin's decision about the answer: nobody else is asked. */
  #refused(run: RunningAttempt, error: GatewayError): void {
    this.#close(run, 'won', error);
    run.abort();
    if (run !== this.#winner) {
      this.#finish(error);
      return;
    }
    this.#exchange.end('refused');
    this.#brokeOff(error);
  }

  #failed(run: RunningAttempt, error: GatewayError, resumed?: Resumption): void {
    if (run.over) return;
    run.record.failure = failureKind(error);
    this.#close(run, 'failed', error);
    run.abort();
    if (this.#over) return;
    const stands = resumed?.original ?? error;
    if (resumed === undefined) this.#remember(error);
    const committed = run === this.#winner || resumed !== undefined;
    if (committed) this.#winner = run;
    this.#ask({ record: run.record, run, error: stands, inFlight: false, committed });
  }

  /** Too slow to begin: somebody may be asked beside it or instead of it, while it may still win. */
  #slow(run: RunningAttempt): void {
    if (run.over || this.#winner !== undefined) return;
    const error = coreErrors.UPSTREAM_TIMEOUT({ provider: run.target.provider, timeoutMs: run.target.patienceMs });
    this.#ask({ record: run.record, run, error, inFlight: true, committed: false });
  }

  #lose(run: RunningAttempt): void {
    this.#close(run, 'lost');
    run.abort();
  }

  /** Ends an attempt's record: usage and cost are known from here. */
  #close(run: RunningAttempt, result: 'won' | 'lost' | 'failed', error?: GatewayError): void {
    if (run.record.endedAt !== undefined) return;
    remove(this.#running, run);
    const { flow, record } = run;
    if (flow?.model !== undefined) record.modelAnswered = flow.model;
    if (flow?.madeBy !== undefined) record.providerAnswered = flow.madeBy;
    const end = endOf(result, record.failure, error);
    const usage = usageOf(run, end);
    if (usage !== undefined) record.usage = usage;
    // A failure before the first word is not billed; what was left may be, though nobody can say for how much.
    if (usage !== undefined || end !== 'failed')
      record.costNanos = this.#house.cost(
        run.target,
        usage,
        defined({ operation: run.operation, modelAnswered: record.modelAnswered, at: record.startedAt }),
      );
    run.end(result, error);
  }

  // Questions and recoveries.

  #ask(question: Question): void {
    this.#questions ??= new Questions(this.#house.hooks, this.#exchange, {
      describe: (asked) => this.#describe(asked),
      answered: (asked, thrown, recovery) => this.#answered(asked, thrown, recovery),
    });
    this.#questions.ask(question);
  }

  /** A question about an attempt that has won or failed meanwhile is asked no more. */
  #describe({ record, run, error, inFlight, committed }: Question): Failure | undefined {
    if (this.#over || (inFlight && run?.over === true)) return undefined;
    const exchange = this.#exchange;
    return {
      kind: inFlight ? 'slow' : failureKind(error),
      attempt: record,
      error,
      inFlight,
      committed,
      alongside: this.#running.filter((other) => other !== run).length,
      replayable: replayable(exchange),
      attemptsLeft: Math.max(0, this.#attemptsLeft()),
      untried: untried(exchange),
    };
  }

  #answered(question: Question, thrown: unknown, recovery: Recovery | undefined): void {
    if (this.#over || (this.#exchange.gone !== undefined && !this.#followed())) return;
    if (!question.committed && this.#winner !== undefined) return;
    if (thrown !== undefined) {
      const error = asGatewayError(thrown);
      this.#remember(error);
      this.#stand(question, error);
    } else if (recovery === undefined || !this.#recover(question, recovery)) {
      this.#stand(question, question.error);
    }
  }

  /** False where the recovery is not one that is possible here. */
  #recover(question: Question, recovery: Recovery): boolean {
    if ('resume' in recovery) return question.committed && this.#resume(question, recovery.resume, recovery.by);
    if (question.committed) return this.#note('only a resume can follow the commit');
    if ('answer' in recovery) {
      this.#answer(recovery.answer);
      return true;
    }
    const { target, afterMs = 0, beside } = recovery;
    if (!this.#allows(target, afterMs)) return false;
    if (question.inFlight && beside !== true && question.run?.over === false)
      this.#leaveSlow(question.run, question.error);
    this.#later(target, afterMs);
    return true;
  }

  /** Somebody is asked instead of it. */
  #leaveSlow(run: RunningAttempt, error: GatewayError): void {
    run.record.failure = 'slow';
    this.#close(run, 'failed', error);
    run.abort();
    this.#remember(error);
  }

  #allows(target: Target, afterMs: number): boolean {
    const reason = forbidden(this.#exchange, target, afterMs, this.#attemptsLeft());
    return reason === undefined || this.#note(reason);
  }

  #attemptsLeft(): number {
    return this.#budget - this.#exchange.attempts.length - this.#waiting.length;
  }

  #note(reason: string): false {
    this.#exchange.speaker = 'core';
    this.#exchange.note(`a recovery was not followed: ${reason}`);
    return false;
  }

  #later(target: Target, afterMs: number): void {
    if (afterMs <= 0) {
      this.#start(target);
      return;
    }
    const timer = setTimeout(() => {
      remove(this.#waiting, timer);
      if (!this.#over && this.#winner === undefined) this.#start(target);
    }, afterMs);
    this.#waiting.push(timer);
  }

  #clearWaiting(): void {
    for (const timer of this.#waiting.splice(0)) clearTimeout(timer);
  }

  /** Nobody recovers: the failure stands, once nothing else is under way. */
  #stand(question: Question, error: GatewayError): void {
    if (question.committed) {
      this.#exchange.end(outcomeOf(error));
      this.#brokeOff(error);
      return;
    }
    if (this.#running.length > 0 || this.#waiting.length > 0 || this.#questions?.pending === true) return;
    this.#finish(this.#last ?? error);
  }

  #answer(reply: Reply): void {
    const exchange = this.#exchange;
    exchange.answeredBy = exchange.speaker;
    for (const run of this.#running.slice()) this.#lose(run);
    this.#clearWaiting();
    this.#over = true;
    answer(this.#house, exchange, this.#delivery, reply, this.#listener);
  }

  /** Asks another target to go on where the answer broke off. False where that is not possible. */
  #resume(question: Question, target: Target, by: 'replay' | 'prefill'): boolean {
    if (!this.#allows(target, 0)) return false;
    const resumed = resumption(this.#house, this.#exchange, target, by, question.error);
    if (typeof resumed === 'string') return this.#note(resumed);
    this.#start(target, resumed);
    return true;
  }

  // Ends.

  /** Nobody waits any more. A follower keeps the upstream open; a deadline does not wait for followers. */
  #gone(error: GatewayError): void {
    if (this.#over) return;
    if (error.kind === 'client-left' && this.#followed()) {
      const { keeper } = this.#exchange;
      if (keeper !== undefined) keeper.whenAlone = (): void => this.#abandon(error);
      return;
    }
    this.#abandon(error);
  }

  #followed(): boolean {
    return (this.#exchange.keeper?.followers ?? 0) > 0;
  }

  #abandon(error: GatewayError): void {
    if (this.#over) return;
    const winner = this.#winner;
    for (const run of this.#running.slice()) {
      this.#close(run, run === winner ? 'won' : 'lost', error);
      if (run !== winner || error.kind === 'client-left') run.abort();
    }
    if (error.kind === 'client-left') this.#done();
    else if (winner === undefined) this.#finish(error);
    else this.#brokeOff(error);
  }

  /** The answer the client has begun to read ends here, with an error that its dialect shows. */
  #brokeOff(error: GatewayError): void {
    if (this.#over) return;
    this.#delivery.breakOff(error, this.#voice?.breakOff(error));
    for (const run of this.#running.slice()) this.#lose(run);
    this.#voice?.abort();
    this.#done();
  }

  #finish(error: GatewayError): void {
    if (this.#over) return;
    for (const run of this.#running.slice()) this.#lose(run);
    this.#done(() => this.#listener.refused(withRetryAfter(error, this.#retryAfterMs)));
  }

  #done(tell: () => void = () => this.#listener.over()): void {
    this.#over = true;
    this.#clearWaiting();
    this.#exchange.keeper?.commit(undefined);
    tell();
  }

  /** The last failure stands in the end, with the smallest retry-after of all. */
  #remember(error: GatewayError): void {
    this.#last = error;
    const { retryAfterMs } = error;
    if (retryAfterMs !== undefined) this.#retryAfterMs = Math.min(this.#retryAfterMs ?? retryAfterMs, retryAfterMs);
  }
}

/** Whoever is left in the middle, by us or by its client, goes on billing; whoever fails does not. */
function endOf(
  result: 'won' | 'lost' | 'failed',
  failure: FailureKind | undefined,
  error: GatewayError | undefined,
): End {
  if (result === 'failed') return failure === 'slow' ? 'left' : 'failed';
  return result === 'won' && error === undefined ? 'complete' : 'left';
}

function remove<One>(list: One[], one: One): void {
  const at = list.indexOf(one);
  if (at >= 0) list.splice(at, 1);
}

function reasons(exchange: LiveExchange): string {
  return exchange.notes.map((note) => note.reason).join(', ') || 'none was selected';
}

function providerFailed(provider: string, error: unknown): GatewayError {
  return GatewayError.is(error)
    ? error
    : coreErrors.TAP_FAILED({ plugin: provider, hook: 'call' }, { cause: error, plugin: provider });
}

function withRetryAfter(error: GatewayError, retryAfterMs: number | undefined): GatewayError {
  if (retryAfterMs === undefined || error.retryAfterMs === retryAfterMs || !error.retryable) return error;
  const { kind, retryable, param, upstream, headers, plugin, failure, cause } = error;
  const details = defined({ kind, retryable, param, upstream, headers, plugin, failure, cause });
  return new GatewayError(error.code, error.status, error.message, { ...details, retryAfterMs });
}

function discard(reply: Reply): void {
  reply.bytes?.pipe({ data: () => {}, end: () => {}, fail: () => {} }).abort();
}
