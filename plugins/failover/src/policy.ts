import { type Exchange, type Failure, type FailureKind, type Gateway, type Target } from '@tapgate/core';
import type { Health } from './health.ts';
import type { Journeys } from './journeys.ts';
import type { FailoverOptions } from './options.ts';

/** What follows a failure: the same target again, another one, one that holds more, or nothing. */
export type Follow = 'again' | 'next' | 'larger' | 'nothing';

const follows: Readonly<Record<FailureKind, Follow>> = {
  credential: 'next',
  throttled: 'next',
  broken: 'again',
  truncated: 'again',
  slow: 'next',
  caller: 'nothing',
  context: 'larger',
  policy: 'nothing',
  rejected: 'next',
  gateway: 'next',
};

/** By the kind of failure, and what the operator has decided otherwise. */
export function followsOf(
  failure: Failure,
  { fallbackOnStatuses, onPolicy }: Pick<FailoverOptions, 'fallbackOnStatuses' | 'onPolicy'>,
): Follow {
  const { kind, error, attempt } = failure;
  const status = error.upstream?.status ?? attempt.status;
  if (status !== undefined && fallbackOnStatuses.includes(status)) return 'next';
  if (kind === 'policy' && onPolicy) return 'next';
  // What this gateway itself does wrong with a request it does wrong every time.
  if (kind === 'gateway' && error.code === 'INTERNAL') return 'nothing';
  return follows[kind];
}

/** Who may be asked next, the best first: nobody has asked them for this request, and nothing is held against them. */
export function candidates(
  gateway: Gateway,
  health: Health,
  journeys: Journeys,
  failure: Failure,
  exchange: Exchange,
  follow: Follow,
): readonly Target[] {
  if (follow === 'nothing') return [];
  const { target } = failure.attempt;
  const fresh = withCredentials(health, failure, exchange).filter(
    (other) => journeys.absence(other, exchange) === undefined,
  );
  if (follow === 'larger') return larger(gateway, target, fresh);
  const [kin, strangers] = [
    fresh.filter((other) => isKin(other, target)),
    fresh.filter((other) => !isKin(other, target)),
  ];
  const broken = failure.kind === 'broken' || failure.kind === 'truncated' || failure.kind === 'slow';
  if (broken) return [...strangers, ...kin];
  if (failure.kind !== 'credential') return fresh;
  const ofProvider = fresh.filter((other) => other.provider === target.provider);
  return [...ofProvider, ...fresh.filter((other) => other.provider !== target.provider)];
}

/** What nobody has tried, with the provider's further credentials before it where this one is refused or throttled. */
function withCredentials(health: Health, { attempt, untried, kind }: Failure, exchange: Exchange): readonly Target[] {
  const fresh = untried.filter((other) => !wasTried(health, other, exchange));
  if (kind !== 'credential' && kind !== 'throttled') return fresh;
  const { places } = health;
  const known = new Set([...fresh, ...exchange.attempts.map((made) => made.target)].map((of) => places.placeOf(of)));
  const further = places.others(attempt.target).filter((other) => !known.has(places.placeOf(other)));
  return [...further, ...fresh];
}

function wasTried({ places }: Health, target: Target, exchange: Exchange): boolean {
  const place = places.placeOf(target);
  return exchange.attempts.some((made) => places.placeOf(made.target) === place);
}

/** The same deployment, under another credential. */
function isKin(one: Target, other: Target): boolean {
  return one.provider === other.provider && one.model === other.model;
}

/** Those whose window is known to be larger than the one that was too small. */
function larger(gateway: Gateway, target: Target, others: readonly Target[]): readonly Target[] {
  const windowOf = (of: Target): unknown => gateway.capabilities(of)['contextWindow'];
  const window = windowOf(target);
  if (typeof window !== 'number') return [];
  return others.filter((other) => {
    const theirs = windowOf(other);
    return typeof theirs === 'number' && theirs > window;
  });
}
