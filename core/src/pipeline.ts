import { answer, type AnswerListener } from './answer.ts';
import { ask } from './attempt.ts';
import { Attempts } from './attempts.ts';
import { Delivery, type Head } from './delivery.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import type { Settlement } from './exchange.ts';
import { asGatewayError, outcomeOf } from './failure.ts';
import type { House } from './house.ts';
import { lateBills } from './late-bills.ts';
import { type Arrival, LiveExchange } from './live-exchange.ts';
import type { Explanation } from './plugin.ts';
import type { Target } from './provider.ts';
import type { Reply } from './reply.ts';
import { settlementOf } from './settle.ts';

/**
 * The way of one request, in the order it is gone: arrive ▸ beforeRoute ▸ models ▸ selectProvider ▸ attempts ▸ deliver ▸ settle.
 * Every way out of a step ends in `#settle`, which happens once.
 */
export class Journey implements AnswerListener {
  readonly exchange: LiveExchange;
  readonly #house: House;
  readonly #delivery: Delivery;
  readonly #target: Target | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #error: GatewayError | undefined;
  #attemptsOver = false;
  #isSettled = false;
  #settlement: Settlement | undefined;
  #settled: PromiseWithResolvers<Settlement> | undefined;

  constructor(house: House, arrival: Arrival, target?: Target) {
    this.#house = house;
    this.#target = target;
    this.exchange = arrive(arrival);
    this.#delivery = new Delivery(this.exchange, () => this.#settleWhenOver());
    house.opened(this.exchange);
  }

  /** Resolves when all is over. Asking costs a promise. */
  get settled(): Promise<Settlement> {
    this.#settled ??= Promise.withResolvers();
    if (this.#settlement !== undefined) this.#settled.resolve(this.#settlement);
    return this.#settled.promise;
  }

  /** Calls back when the status is committed, at once where it is. One may listen. */
  whenCommitted(listener: (head: Head) => void): void {
    this.#delivery.whenCommitted(listener);
  }

  begin(): void {
    const { exchange } = this;
    this.#waitUntil(exchange.deadline);
    exchange.whenWaits(() => this.#beatEarly());
    exchange.whenGone((error) => {
      if (error.kind === 'client-left') this.#settleWhenOver();
    });
    if (exchange.arrival.refused !== undefined) {
      this.refused(exchange.arrival.refused);
      return;
    }
    this.#house.hooks.beforeRoute.callAsync(exchange, (error, reply) => {
      this.#afterBeforeRoute(error ?? undefined, reply ?? undefined);
    });
  }

  #afterBeforeRoute(error: unknown, reply: Reply | undefined): void {
    const { exchange } = this;
    if (exchange.gone !== undefined) this.refused(exchange.gone);
    else if (error !== undefined) this.refused(asGatewayError(error));
    else if (exchange.unadmitted) this.refused(coreErrors.NOT_ADMITTED());
    else if (reply !== undefined) this.#answerWith(reply);
    else this.#try(() => this.#route());
  }

  #answerWith(reply: Reply): void {
    this.exchange.answeredBy = this.exchange.speaker;
    answer(this.#house, this.exchange, this.#delivery, reply, this);
  }

  #route(): void {
    const { exchange } = this;
    const { own } = exchange.arrival;
    if (own !== undefined) {
      Promise.resolve(exchange)
        .then(own)
        .then(
          (reply) => this.#answerWith(reply),
          (error: unknown) => this.refused(asGatewayError(error)),
        );
      return;
    }
    if (exchange.operation === 'models' && exchange.spoken.writeModels !== undefined) {
      this.#listModels();
      return;
    }
    this.#delivery.beat(this.#candidates());
    if (this.#target !== undefined) {
      exchange.targets = [this.#target];
      this.#attempt();
      return;
    }
    this.#house.hooks.selectProvider.callAsync(exchange.targets, exchange, (error, targets) => {
      if (exchange.gone !== undefined) this.refused(exchange.gone);
      else if (error) this.refused(asGatewayError(error));
      else this.#selected(targets ?? exchange.targets);
    });
  }

  /** Public name to targets, with what its config says of the exchange. Gives how often a silence is broken, milliseconds. */
  #candidates(): number {
    const { exchange } = this;
    const { models, config } = this.#house;
    if (this.#target !== undefined) return 0;
    if (exchange.model === '') {
      exchange.targets = models.withoutModel(exchange.operation, exchange.dialect);
      return 0;
    }
    const { targets, model } = models.resolve(exchange.model);
    exchange.targets = targets;
    exchange.unsupported = model?.unsupported ?? exchange.unsupported;
    if (model?.deadlineMs !== undefined)
      this.#waitUntil(Math.min(exchange.deadline, exchange.startedAt + model.deadlineMs));
    return model?.heartbeatMs ?? config.limits.heartbeatMs;
  }

  /** Who waits before it is routed must be kept from timing out as well, once it is known that it may be here. */
  #beatEarly(): void {
    const { exchange } = this;
    if (exchange.unadmitted || exchange.arrival.own !== undefined || this.#target !== undefined) return;
    const { models, config } = this.#house;
    this.#delivery.beat(models.configured(exchange.model)?.heartbeatMs ?? config.limits.heartbeatMs);
  }

  #selected(targets: readonly Target[]): void {
    this.exchange.targets = targets;
    this.#attempt();
  }

  #attempt(): void {
    if (this.exchange.dry) this.over();
    else new Attempts(this.#house, this.exchange, this.#delivery, this).begin();
  }

  #listModels(): void {
    const { exchange } = this;
    const id = exchange.incoming.path.match(/\/models\/(.+)$/)?.[1];
    const listed = this.#house.models.list(Math.floor(exchange.startedAt / 1000), (target) =>
      this.#house.capabilities(target),
    );
    const written = exchange.spoken.writeModels?.(
      listed,
      exchange.incoming,
      id === undefined ? undefined : decodeURIComponent(id),
    );
    if (written === undefined) throw coreErrors.MODEL_UNKNOWN({ model: id, hint: '' });
    exchange.end(written.status < 400 ? 'ok' : 'refused');
    this.#say(written.status, 'application/json', written.body);
  }

  /** One document for the client, complete as it is. */
  #say(status: number, contentType: string, body: string): void {
    const bytes = Buffer.from(body);
    this.#house.announce(this.exchange, undefined);
    this.#delivery.commit(status, contentType, false, bytes.byteLength);
    this.#delivery.data(bytes);
    this.#delivery.end();
    this.over();
  }

  #waitUntil(deadline: number): void {
    clearTimeout(this.#deadline);
    this.exchange.deadline = deadline;
    this.#deadline = setTimeout(() => this.#late(), Math.max(0, deadline - Date.now()));
  }

  #late(): void {
    const { deadline, startedAt } = this.exchange;
    const error = coreErrors.DEADLINE({ deadlineMs: deadline - startedAt });
    this.#error ??= error;
    this.exchange.leave(error);
    if (!this.#delivery.committed) this.refused(error);
  }

  /** Tells the client why not, in its dialect. After a heartbeat there is only the stream to say it in. */
  refused(error: GatewayError): void {
    const { exchange } = this;
    if (this.#delivery.over) {
      this.over();
      return;
    }
    this.#error ??= error;
    exchange.end(outcomeOf(error));
    if (this.#delivery.committed) {
      const { spoken, operation, streamed } = exchange;
      this.#delivery.breakOff(error, spoken.observer({ operation, streamed, wantUsage: true }).fail(error));
      this.over();
      return;
    }
    for (const [name, value] of errorHeaders(exchange, error)) exchange.replyHeaders.set(name, value);
    const { status, contentType, body } = exchange.spoken.writeError(error, exchange.id);
    this.#say(status, contentType, body);
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.refused(asGatewayError(error));
    }
  }

  /** The client has been answered, wholly or as far as it goes. */
  over(): void {
    this.#attemptsOver = true;
    this.#settleWhenOver();
  }

  #settleWhenOver(): void {
    const { gone } = this.exchange;
    const left = gone?.kind === 'client-left';
    if (!this.#attemptsOver || this.#isSettled || !(this.#delivery.over || left || this.exchange.dry)) return;
    this.#isSettled = true;
    clearTimeout(this.#deadline);
    this.#settle(this.#error ?? gone);
  }

  #settle(cause: GatewayError | undefined): void {
    const { exchange } = this;
    exchange.keeper?.commit(undefined);
    const endedAt = Date.now();
    const bills = lateBills(this.#house, exchange.attempts);
    if (bills === undefined) this.#tell(endedAt, cause);
    else void bills.then(() => this.#tell(endedAt, cause));
  }

  #tell(endedAt: number, error: GatewayError | undefined): void {
    const { exchange } = this;
    const settlement = settlementOf(exchange, this.#delivery, endedAt, error);
    this.#house.hooks.afterResponse.callAsync(settlement, exchange, () => {
      logLine(this.#house, exchange, settlement);
      this.#house.closed(exchange);
      this.#settlement = settlement;
      this.#settled?.resolve(settlement);
    });
  }

  /** What was decided, for `explain`: the exchange went up to the first attempt and no further. */
  async explained(): Promise<Explanation> {
    const settlement = await this.settled;
    const { exchange } = this;
    const [target] = exchange.targets;
    const provider = target === undefined ? undefined : this.#house.providers.get(target.provider);
    const explanation = {
      model: exchange.model,
      caller: exchange.unadmitted ? undefined : exchange.caller,
      candidates: exchange.model === '' ? [] : this.#known(() => this.#house.models.resolve(exchange.model).targets),
      selected: exchange.targets,
      trace: exchange.trace ?? [],
      notes: settlement.notes,
      losses: [] as readonly string[],
    };
    const error = this.#error;
    if (error !== undefined) {
      const by = exchange.refusedBy;
      return {
        ...explanation,
        refused: { code: error.code, message: error.message, ...(by === undefined ? {} : { by }) },
      };
    }
    if (exchange.answeredBy !== undefined) return { ...explanation, answeredBy: exchange.answeredBy };
    if (target === undefined || provider === undefined) return explanation;
    try {
      const { native, written } = ask(exchange, provider, target, this.#house);
      return {
        ...explanation,
        lane: native ? 'native' : 'translated',
        losses: written.losses.map((loss) => `${loss.field}: ${loss.reason}`),
      };
    } catch (refused) {
      const { code, message } = asGatewayError(refused);
      return { ...explanation, refused: { code, message } };
    }
  }

  #known(targets: () => readonly Target[]): readonly Target[] {
    try {
      return targets();
    } catch {
      return [];
    }
  }
}

/** A body that cannot be peeked at is a refused exchange like any other. */
function arrive(arrival: Arrival): LiveExchange {
  try {
    return new LiveExchange(arrival);
  } catch (error) {
    return new LiveExchange({ ...arrival, refused: asGatewayError(error) });
  }
}

function errorHeaders(exchange: LiveExchange, error: GatewayError): Map<string, string> {
  const headers = new Map<string, string>(error.headers);
  // A plugin that has said so already knows more than the error does.
  if (!headers.has('x-should-retry') && !exchange.replyHeaders.has('x-should-retry'))
    headers.set('x-should-retry', String(error.retryable && exchange.attempts.length <= 1));
  if (error.retryAfterMs !== undefined) {
    headers.set('retry-after', String(Math.ceil(error.retryAfterMs / 1000)));
    headers.set('retry-after-ms', String(Math.ceil(error.retryAfterMs)));
  }
  return headers;
}

/** One line per exchange; never a prompt, a reply or a key. */
function logLine(house: House, exchange: LiveExchange, settlement: Settlement): void {
  if (exchange.dry) return;
  const { attempts } = exchange;
  const { outcome, status, code, servedBy, usage, costNanos, firstEventAt, endedAt, fellBack, answeredBy, error } =
    settlement;
  const line = {
    id: exchange.id,
    outcome,
    status,
    code,
    caller: exchange.caller.id,
    dialect: exchange.dialect,
    operation: exchange.operation,
    model: exchange.model.slice(0, 200),
    provider: servedBy?.provider ?? answeredBy,
    upstreamModel: servedBy?.model,
    upstreamProvider: attempts.find((attempt) => attempt.result === 'won')?.providerAnswered?.slice(0, 200),
    streamed: exchange.streamed,
    attempts: attempts.length,
    fellBack: fellBack || undefined,
    ms: endedAt - exchange.startedAt,
    firstEventMs: firstEventAt === undefined ? undefined : firstEventAt - exchange.startedAt,
    input: usage.input + usage.cacheRead + usage.cacheWrite,
    output: usage.output,
    costNanos: costNanos === null ? null : Number(costNanos),
  };
  if (outcome === 'gateway-error') house.log.error({ ...line, reason: reasonOf(error) }, 'exchange');
  else house.log.info(line, 'exchange');
}

function reasonOf(error: GatewayError | undefined): string | undefined {
  const cause = error?.cause;
  return cause instanceof Error ? (cause.stack ?? cause.message) : error?.message;
}
