import { ConfigErrors, configErrors, nearest } from '@tapgate/core';
import { type Amount, amountOf, counted, type What } from './amount.ts';
import { ClientValues } from './client-values.ts';
import { millisecondsOf } from './duration.ts';
import type { LimitOptions, RateLimitOptions } from './options.ts';
import { type Part, partNames, partOf } from './parts.ts';

/** A limit, ready to be asked. */
export interface Limit {
  readonly name: string;
  readonly per: readonly Part[];
  /** Bounds the values of each part that clients choose. */
  readonly values: ReadonlyMap<Part, ClientValues>;
  readonly only: readonly (readonly [part: Part, values: readonly string[]])[];
  readonly amounts: readonly Amount[];
  /** It counts attempts, not exchanges. */
  readonly ofAttempt: boolean;
  readonly shadow: boolean;
  readonly open: boolean;
  /** How long something stays counted at most, milliseconds. */
  readonly memoryMs: number;
  /** Begins every key of its counters. */
  readonly prefix: string;
}

/** Concurrent requests are not counted for longer than one may take. */
const concurrentMemoryMs = 600_000;

/** Reads the limits of an instance. Throws `ConfigErrors` for parts there are not, and for names that two have. */
export function limitsOf({ limits: options, shadow, maxClientValues }: RateLimitOptions, id: string): readonly Limit[] {
  const mistakes: string[] = [];
  const names = new Set<string>();
  const limits = options.map((one, at) => {
    const place = `limits[${at}]`;
    const per = [one.per].flat().map((name) => required(name, place, mistakes));
    const only = Object.entries(one.only).map(
      ([name, values]) => [required(name, place, mistakes), [values].flat()] as const,
    );
    if (!counted.some((what) => one[what] !== undefined))
      mistakes.push(`${place} counts nothing: give it one of ${counted.join(', ')}`);
    for (const what of Object.keys(one.own))
      if (one[what as What] === undefined) mistakes.push(`${place} has "own.${what}" and no "${what}" for the others`);
    if (one.name !== undefined && names.has(one.name)) mistakes.push(`${place} has the name "${one.name}" of another`);
    const name = one.name ?? unused(nameOf(one), names);
    names.add(name);
    const values = new Map(per.filter(({ chosen }) => chosen).map((part) => [part, new ClientValues(maxClientValues)]));
    const prefix = `rate-limit:${id}:${name}:`;
    return limitOf(one, { name, per, values, only, prefix, shadow: shadow || one.shadow });
  });
  if (mistakes.length > 0)
    throw new ConfigErrors(
      mistakes.map((complaint) =>
        configErrors.PLUGIN_OPTIONS({ complaint, cure: `Mend it in the options of "${id}".` }),
      ),
    );
  return limits;
}

function limitOf(
  options: LimitOptions,
  known: Pick<Limit, 'name' | 'per' | 'values' | 'only' | 'prefix' | 'shadow'>,
): Limit {
  const windowMs = options.window === undefined ? 0 : millisecondsOf(options.window);
  const ofAttempt = known.per.some((part) => part.ofAttempt) || known.only.some(([part]) => part.ofAttempt);
  return {
    ...known,
    amounts: counted.flatMap((what) => {
      const value = options[what];
      const own = options.own[what];
      return value === undefined ? [] : [amountOf(what, { value, own, window: options.window ?? '', windowMs })];
    }),
    ofAttempt,
    open: options.onStoreFailure === 'open',
    memoryMs: Math.max(windowMs, options.concurrent === undefined ? 0 : concurrentMemoryMs),
  };
}

function required(name: string, place: string, mistakes: string[]): Part {
  const part = partOf(name);
  if (part !== undefined) return part;
  const near = nearest(name, partNames);
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  mistakes.push(
    `${place} has "${name}"${hint}, which is none of ${partNames.join(', ')}, label:NAME, claim:NAME, header:NAME`,
  );
  return { name, ofAttempt: false, chosen: undefined, read: () => '' };
}

/** `key+model per 1m`. */
function nameOf({ per, window }: LimitOptions): string {
  const parts = [per].flat().map((name) => name.replaceAll(/[^\w.:-]/g, '-'));
  return [
    parts.length === 0 ? 'all' : parts.join('+'),
    ...(window === undefined ? ['at a time'] : [`per ${window}`]),
  ].join(' ');
}

function unused(name: string, names: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; names.has(free); count += 1) free = `${name} ${count}`;
  return free;
}
