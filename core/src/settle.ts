import { addUsage, noUsage, type Usage } from './canonical/usage.ts';
import type { Delivery } from './delivery.ts';
import type { GatewayError } from './errors.ts';
import type { Outcome, Settlement } from './exchange.ts';
import type { LiveExchange } from './live-exchange.ts';
import { type AttemptRecord, sameTarget } from './provider.ts';

/** The sum of an exchange, made once, when nothing more can happen to it. */
export function settlementOf(
  exchange: LiveExchange,
  delivery: Delivery,
  endedAt: number,
  error: GatewayError | undefined,
): Settlement {
  const { attempts, keeper, answeredBy, firstEventAt } = exchange;
  const winner = attempts.find((attempt) => attempt.result === 'won');
  const [first] = exchange.targets;
  const outcome: Outcome = exchange.outcome ?? 'gateway-error';
  const settlement: { -readonly [Field in keyof Settlement]: Settlement[Field] } = {
    outcome,
    status: delivery.status,
    fellBack: winner !== undefined && first !== undefined && !sameTarget(winner.target, first),
    usage: total(attempts),
    costNanos: cost(attempts),
    endedAt,
    changedBy: exchange.changedBy,
    notes: exchange.notes,
    dropped: exchange.dropped,
    bytesOut: delivery.bytesOut,
  };
  if (winner !== undefined) settlement.servedBy = winner.target;
  if (answeredBy !== undefined) settlement.answeredBy = answeredBy;
  if (firstEventAt !== undefined) settlement.firstEventAt = firstEventAt;
  if (keeper?.digests === true) settlement.digests = digests(keeper);
  if (outcome === 'ok') return settlement;
  const code = error?.code ?? attempts.at(-1)?.error?.code;
  if (code !== undefined) settlement.code = code;
  if (error !== undefined) settlement.error = error;
  return settlement;
}

function digests(keeper: NonNullable<LiveExchange['keeper']>): NonNullable<Settlement['digests']> {
  return {
    request: keeper.requestDigest(),
    received: keeper.log?.receivedDigest() ?? '',
    delivered: keeper.delivered?.digest('hex') ?? '',
  };
}

function total(attempts: readonly AttemptRecord[]): Usage {
  if (attempts.length <= 1) return attempts[0]?.usage ?? noUsage;
  const used = attempts.flatMap((attempt) => attempt.usage ?? []);
  const [only] = used;
  if (used.length <= 1) return only ?? noUsage;
  return used.reduce(addUsage);
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
