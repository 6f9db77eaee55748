import type { LiveExchange } from './live-exchange.ts';
import { nameOf, sameTarget, type Target } from './provider.ts';

/** How often one target may be tried, whatever a plugin asks. */
const triesPerTarget = 3;

/** Whether the request's bytes can be sent again. */
export function replayable(exchange: LiveExchange): boolean {
  return exchange.incoming.body.stream === undefined;
}

/** Selected targets that nobody has tried, in order. */
export function untried(exchange: LiveExchange): readonly Target[] {
  return exchange.targets.filter((target) => !exchange.attempts.some((made) => sameTarget(made.target, target)));
}

/** Why core does not allow one more attempt, at this target, so much later; nothing where it does. */
export function forbidden(
  exchange: LiveExchange,
  target: Target,
  afterMs: number,
  attemptsLeft: number,
): string | undefined {
  if (attemptsLeft <= 0) return 'the attempt budget is spent';
  if (!replayable(exchange)) return 'the request cannot be sent twice';
  if (Date.now() + afterMs >= exchange.deadline) return 'the deadline would pass first';
  const tries = exchange.attempts.filter((made) => sameTarget(made.target, target)).length;
  return tries < triesPerTarget ? undefined : `${nameOf(target)} has been tried ${tries} times`;
}
