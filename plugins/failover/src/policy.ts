import type { Failure, FailureKind, Gateway, Target } from '@tapgate/core';
import type { FailoverOptions } from './options.ts';

/** What follows a failure by its kind: the same target again, another one, or nothing. */
const follows: Readonly<Record<FailureKind, 'again' | 'next' | 'larger' | 'nothing'>> = {
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

/** The same, with what the operator has decided otherwise. */
export function followsOf(
  failure: Failure,
  { onStatuses, onPolicy }: Pick<FailoverOptions, 'onStatuses' | 'onPolicy'>,
): 'again' | 'next' | 'larger' | 'nothing' {
  const status = failure.attempt.status;
  if (status !== undefined && onStatuses.includes(status)) return 'next';
  if (failure.kind === 'policy' && onPolicy) return 'next';
  return follows[failure.kind];
}

/** Targets nobody has tried, and where the context was too long only those that hold more. */
export function candidates(gateway: Gateway, failure: Failure, follow: 'next' | 'larger' | 'again'): readonly Target[] {
  if (follow !== 'larger') return failure.untried;
  const known = gateway.capabilities(failure.attempt.target)['contextWindow'];
  return failure.untried.filter((target) => {
    const window = gateway.capabilities(target)['contextWindow'];
    return typeof window === 'number' && (typeof known !== 'number' || window > known);
  });
}
