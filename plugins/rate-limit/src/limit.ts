import { type Claim, ConfigErrors, configErrors, type Exchange, nearest, type Target } from '@tapgate/core';
import type { ClientValues } from './client-values.ts';
import { millisecondsOf } from './duration.ts';
import { moneyOf, nanosOf } from './money.ts';
import type { AmountOption, LimitOptions } from './options.ts';
import { keyText, type Part, partNames, partOf, trusted } from './parts.ts';

/** What a limit counts. */
export const counted = ['requests', 'tokens', 'inputTokens', 'outputTokens', 'cost', 'concurrent'] as const;

/** One of the things that are counted. */
export type What = (typeof counted)[number];

/** How much of one thing is allowed, and to whom. */
export interface Amount {
  readonly what: What;
  readonly windowMs: Claim['windowMs'];
  /** `100 requests in 1m`, for the client. */
  readonly told: (allowed: bigint) => string;
  readonly allowed: (exchange: Exchange) => bigint;
}

/** A limit, ready to be asked. */
export interface Limit {
  readonly name: string;
  readonly per: readonly Part[];
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
export function limitsOf(options: readonly LimitOptions[], id: string, shadow: boolean): readonly Limit[] {
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
    if (one.name !== undefined && names.has(one.name)) mistakes.push(`${place} has the name "${one.name}" of another`);
    const name = one.name ?? unused(nameOf(one), names);
    names.add(name);
    return limitOf(one, { name, per, only, prefix: `rate-limit:${id}:${name}:`, shadow: shadow || one.shadow });
  });
  if (mistakes.length > 0)
    throw new ConfigErrors(
      mistakes.map((complaint) =>
        configErrors.PLUGIN_OPTIONS({ complaint, cure: `Mend it in the options of "${id}".` }),
      ),
    );
  return limits;
}

function limitOf(options: LimitOptions, known: Pick<Limit, 'name' | 'per' | 'only' | 'prefix' | 'shadow'>): Limit {
  const windowMs = options.window === undefined ? 0 : millisecondsOf(options.window);
  const ofAttempt = known.per.some((part) => part.ofAttempt) || known.only.some(([part]) => part.ofAttempt);
  return {
    ...known,
    amounts: counted.flatMap((what) => {
      const option = options[what];
      return option === undefined ? [] : [amountOf(what, option, options.window ?? '', windowMs)];
    }),
    ofAttempt,
    open: options.onStoreFailure === 'open',
    memoryMs: Math.max(windowMs, options.concurrent === undefined ? 0 : concurrentMemoryMs),
  };
}

const words: Readonly<Record<What, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
  cost: '',
  concurrent: 'requests at a time',
};

/** An amount with what it is an amount of: `12 tokens`, `0.5 USD`. */
export function quantity(what: What, amount: bigint): string {
  return what === 'cost' ? moneyOf(amount) : `${amount} ${words[what]}`;
}

function amountOf(what: What, option: AmountOption<number | string>, window: string, windowMs: number): Amount {
  const told = (allowed: bigint): string => quantity(what, allowed) + (what === 'concurrent' ? '' : ` in ${window}`);
  const at = { what, told, windowMs: what === 'concurrent' ? ('concurrent' as const) : windowMs };
  if (typeof option !== 'object') {
    const fixed = read(option) ?? 0n;
    return { ...at, allowed: () => fixed };
  }
  const otherwise = read(option.otherwise) ?? 0n;
  const bring = trusted(option.from);
  const allowed = (exchange: Exchange): bigint => {
    const text = bring?.(exchange, undefined) ?? '';
    const amount = text === '' ? otherwise : read(text);
    if (amount === undefined) exchange.note(`${option.from} is no amount of ${what}`);
    return amount ?? otherwise;
  };
  return { ...at, allowed };
}

/** A whole number, or money; undefined for what is neither, which is not taken for a limit of nothing. */
function read(value: number | string): bigint | undefined {
  if (typeof value === 'number') return BigInt(value);
  return /^\d{1,15}$/.test(value) ? BigInt(value) : nanosOf(value);
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

/** Whether the limit counts this at all. */
export function meetsLimit(limit: Limit, exchange: Exchange, target: Target | undefined): boolean {
  return limit.only.every(([part, values]) => {
    const value = part.read(exchange, target);
    return values.some((one) => (one.endsWith('*') ? value.startsWith(one.slice(0, -1)) : one === value));
  });
}

/** What is counted apart for this: `key=ann;model=smart`. */
export function subjectOf(limit: Limit, exchange: Exchange, target: Target | undefined, values: ClientValues): string {
  let subject = '';
  let walled = false;
  for (const part of limit.per) {
    const { name, chosen } = part;
    const value = keyText(part.read(exchange, target));
    if (chosen === undefined) {
      subject += `${name}=${value};`;
      continue;
    }
    walled ||= chosen === 'own';
    const admitted = values.admit(`${limit.prefix}${name};${exchange.caller.id}`, value, limit.memoryMs);
    subject += admitted === undefined ? `${name}~others;` : `${name}=${admitted};`;
    // What one caller makes up must not fill the counter that another's go to.
    walled ||= admitted === undefined;
  }
  return walled ? `of=${keyText(exchange.caller.id)};${subject}` : subject;
}
