import { noUsage, type Usage } from './canonical/usage.ts';
import type { Delivery } from './delivery.ts';
import type { GatewayError } from './errors.ts';
import type { Outcome, Settlement } from './exchange.ts';
import type { LiveExchange } from './live-exchange.ts';
import { type AttemptRecord, sameTarget } from './provider.ts';

/** The sum of an exchange, made once, when nothing more can happen to it. */
export function settlementOf(exchange: LiveExchange, delivery: Delivery, error: GatewayError | undefined): Settlement {
  const { attempts, keeper } = exchange;
  const winner = attempts.find((attempt) => attempt.result === 'won');
  const [first] = exchange.targets;
  const outcome: Outcome = exchange.outcome ?? 'gateway-error';
  const code = error?.code ?? attempts.at(-1)?.error?.code;
  const optional = {
    code: outcome === 'ok' ? undefined : code,
    error: outcome === 'ok' ? undefined : error,
    servedBy: winner?.target,
    answeredBy: exchange.answeredBy,
    firstEventAt: exchange.firstEventAt,
    digests: keeper?.digests === true ? digests(keeper) : undefined,
  };
  return {
    outcome,
    status: delivery.status,
    fellBack: winner !== undefined && first !== undefined && !sameTarget(winner.target, first),
    usage: total(attempts),
    costNanos: cost(attempts),
    endedAt: Date.now(),
    changedBy: [...exchange.changedBy],
    notes: exchange.notes,
    dropped: [...exchange.dropped],
    bytesOut: delivery.bytesOut,
    ...known(optional),
  };
}

function digests(keeper: NonNullable<LiveExchange['keeper']>): NonNullable<Settlement['digests']> {
  return {
    request: keeper.requestDigest(),
    received: keeper.log?.receivedDigest() ?? '',
    delivered: keeper.delivered?.digest('hex') ?? '',
  };
}

function known<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

function total(attempts: readonly AttemptRecord[]): Usage {
  const used = attempts.flatMap((attempt) => attempt.usage ?? []);
  const [only] = used;
  if (used.length <= 1) return only ?? noUsage;
  return used.reduce((sum, usage) => ({
    input: sum.input + usage.input,
    cacheRead: sum.cacheRead + usage.cacheRead,
    cacheWrite: sum.cacheWrite + usage.cacheWrite,
    output: sum.output + usage.output,
    reasoning: sum.reasoning + usage.reasoning,
    estimated: sum.estimated || usage.estimated,
  }));
}

/** Null as soon as one price is not known: what is counted as nothing would be spent for nothing. */
function cost(attempts: readonly AttemptRecord[]): bigint | null {
  let sum = 0n;
  for (const { costNanos } of attempts) {
    if (costNanos === null) return null;
    sum += costNanos ?? 0n;
  }
  return sum;
}
