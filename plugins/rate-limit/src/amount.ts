import type { Claim, Exchange } from '@tapgate/core';
import { moneyOf, nanosOf } from './money.ts';
import { trusted } from './parts.ts';

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

/** How much is allowed of one thing in a window, to all or to callers that bring none of their own. */
export function amountOf(
  what: What,
  {
    value,
    own,
    window,
    windowMs,
  }: {
    readonly value: number | string;
    readonly own: string | undefined;
    readonly window: string;
    readonly windowMs: number;
  },
): Amount {
  const told = (allowed: bigint): string => quantity(what, allowed) + (what === 'concurrent' ? '' : ` in ${window}`);
  const at = { what, told, windowMs: what === 'concurrent' ? ('concurrent' as const) : windowMs };
  const usual = read(value) ?? 0n;
  const bring = own === undefined ? undefined : trusted(own);
  if (bring === undefined) return { ...at, allowed: () => usual };
  const allowed = (exchange: Exchange): bigint => {
    const text = bring(exchange, undefined);
    const amount = text === '' ? usual : read(text);
    if (amount === undefined) exchange.note(`${own} is no amount of ${what}`);
    return amount ?? usual;
  };
  return { ...at, allowed };
}

/** A whole number, or money; undefined for what is neither, which is not taken for a limit of nothing. */
function read(value: number | string): bigint | undefined {
  if (typeof value === 'number') return BigInt(value);
  return /^\d{1,15}$/.test(value) ? BigInt(value) : nanosOf(value);
}
