import type { Exchange, GatewayError, Target } from '@tapgate/core';
import { errors } from './errors.ts';
import type { Absence, Health } from './health.ts';

/** Above this share of open breakers it is more likely that something else is wrong. */
const panicAbove = 0.5;

/** Who of the targets may be asked now, or why nobody may. */
export interface Selection {
  readonly targets: readonly Target[];
  /** Those among them whose breaker is passed over for this request. */
  readonly admitted: readonly Target[];
  /** They are let through only to find out whether the breakers are right. */
  readonly panics: boolean;
  /** Nobody may be asked; `until` the soonest of them may, milliseconds since 1970. */
  readonly nobody?: { readonly error: GatewayError; readonly until: number };
}

/** Leaves out who is left alone for a while, with the reason noted. */
export function select(health: Health, targets: readonly Target[], exchange: Exchange, panicShare: number): Selection {
  const absences = new Map<Target, Absence>();
  for (const target of targets) {
    const absence = health.absence(target);
    if (absence !== undefined) absences.set(target, absence);
  }
  if (absences.size === 0) return { targets, admitted: [], panics: false };
  const panics = isPanic(health, targets, absences, exchange, panicShare);
  const admitted = admittedOf(health, targets, absences, panics);
  for (const target of admitted) absences.delete(target);
  for (const [target, { reason }] of absences) exchange.note(reason, target);
  const left = targets.filter((target) => !absences.has(target));
  if (left.length > 0) return { targets: left.length === targets.length ? targets : left, admitted, panics };
  return { targets, admitted, panics, nobody: nobody(health, absences, exchange) };
}

/** With most breakers open a few requests go through all the same, so that breakers which are wrong cannot be the outage. */
function isPanic(
  health: Health,
  targets: readonly Target[],
  absences: ReadonlyMap<Target, Absence>,
  exchange: Exchange,
  panicShare: number,
): boolean {
  const open = [...absences.values()].filter(({ because }) => because === 'breaker').length;
  return !exchange.dry && open > targets.length * panicAbove && health.chance.random() < panicShare;
}

/** Whose breaker is open and who is asked all the same: in a panic all; else, where more than half would be missing, those of whom some requests still succeed. */
function admittedOf(
  health: Health,
  targets: readonly Target[],
  absences: ReadonlyMap<Target, Absence>,
  panics: boolean,
): readonly Target[] {
  const open = [...absences].filter(([, { because }]) => because === 'breaker');
  if (panics) return open.map(([target]) => target);
  const tooMany = absences.size - Math.ceil(targets.length / 2);
  if (tooMany <= 0) return [];
  return open
    .filter(([target]) => health.breaker(target)?.openedByShare === true)
    .toSorted(([, one], [, other]) => one.until - other.until)
    .slice(0, tooMany)
    .map(([target]) => target);
}

function nobody(
  health: Health,
  absences: ReadonlyMap<Target, Absence>,
  exchange: Exchange,
): { readonly error: GatewayError; readonly until: number } {
  const all = [...absences.values()];
  const until = Math.min(...all.map((absence) => absence.until));
  const make = all.every(({ because }) => because === 'cooldown') ? errors.TARGETS_COOLING : errors.TARGETS_DOWN;
  const retryAfterMs = Math.max(1, until - health.chance.now());
  return { error: make({ model: exchange.model.slice(0, 200) }, { retryAfterMs }), until };
}
