import { createHash } from 'node:crypto';
import { nameOf, type Target } from '@tapgate/core';
import type { Traffic } from './traffic.ts';

/** Targets in the order they should be tried. None is left out: failover needs the rest. */
export type Order = (targets: readonly Target[]) => readonly Target[];

/** Numbers from 0 to below 1. */
export type Random = () => number;

/** At random, each as often first as its weight says. A weight of 0 comes last. */
export function weighted(targets: readonly Target[], random: Random): readonly Target[] {
  const key = (target: Target): number => {
    const { weight = 1 } = target;
    return weight <= 0 ? Number.POSITIVE_INFINITY : -Math.log(1 - random()) / weight;
  };
  return by(targets, key);
}

/** One after the other. */
export function inTurn(targets: readonly Target[], turn: number): readonly Target[] {
  const at = targets.length === 0 ? 0 : turn % targets.length;
  return [...targets.slice(at), ...targets.slice(0, at)];
}

/** The least under way first, for its weight; among equals at random, so that the first is not everybody's. */
export function leastBusy(targets: readonly Target[], traffic: Traffic, random: Random): readonly Target[] {
  const shuffled = by(targets, () => random());
  return by(shuffled, (target) => (traffic.inFlight(target) + 1) / Math.max(target.weight ?? 1, Number.EPSILON));
}

/** Of two drawn at random the one that will begin sooner, then the others by how soon they would. */
export function soonest(targets: readonly Target[], traffic: Traffic, random: Random): readonly Target[] {
  if (targets.length < 2) return targets;
  const [one, other] = by(targets, () => random());
  if (one === undefined || other === undefined) return targets;
  const first = traffic.cost(one) <= traffic.cost(other) ? one : other;
  return [first, ...by(targets, (target) => traffic.cost(target)).filter((target) => target !== first)];
}

/** The cheapest first; those whose price is not known come last. */
export function cheapest(targets: readonly Target[], price: (target: Target) => bigint | null): readonly Target[] {
  return by(targets, (target) => {
    const nanos = price(target);
    return nanos === null ? Number.POSITIVE_INFINITY : Number(nanos);
  });
}

/** By rendezvous hashing: the same key goes to the same target on every process, and only its own keys move when a target goes. */
export function byKey(targets: readonly Target[], key: string): readonly Target[] {
  return by(targets, (target) => {
    const { weight = 1 } = target;
    return weight <= 0 ? Number.POSITIVE_INFINITY : -Math.log(fraction(`${key}\n${nameOf(target)}`)) / weight;
  });
}

/** A number above 0 and below 1 for a text. */
function fraction(text: string): number {
  return (createHash('sha256').update(text).digest().readUIntBE(0, 6) + 1) / (2 ** 48 + 2);
}

/** Sorted by a key that is asked once for each. */
function by(targets: readonly Target[], key: (target: Target) => number): readonly Target[] {
  return targets
    .map((target) => ({ target, key: key(target) }))
    .toSorted((one, other) => compare(one.key, other.key))
    .map(({ target }) => target);
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
