import { type AttemptRecord, defined, type Gateway, inputTotal, noUsage, type Usage } from '@tapgate/core';
import type { Expectation } from './expectation.ts';
import type { What } from './amount.ts';
import type { Prices } from './prices.ts';

/** What an attempt is counted for. */
export interface Spent {
  readonly input: number;
  readonly output: number;
  readonly costNanos: bigint;
}

/** Nothing was spent. */
export const nothingSpent: Spent = { input: 0, output: 0, costNanos: 0n };

/** No model reads or writes more at once, unless its capabilities say so. */
const largestWindow = 2_000_000;
/** A price so many times beyond ours is no price. */
const dearest = 100n;

/** Ends of an attempt that had no answer, but may have been worked on. */
const worked: ReadonlySet<string> = new Set([
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_RESET',
  'UPSTREAM_STALLED',
  'UPSTREAM_SLOW',
  'CLIENT_LEFT',
  'DEADLINE',
]);

/** What the accounts are kept with. */
export interface Accounts {
  readonly gateway: Gateway;
  readonly prices: Prices;
}

/**
 * What an attempt is counted for: what its provider says, where that can be true. What it does not say, or what cannot be,
 * is estimated from what was sent and what came; `bytesOut` is the length of the whole answer, where it is known.
 */
export function spentBy(
  record: AttemptRecord,
  expected: Expectation,
  { gateway, prices }: Accounts,
  bytesOut?: number,
): Spent {
  if (!wasAsked(record)) return nothingSpent;
  const usage = record.usage ?? noUsage;
  const window = (): number => numberOf(gateway.capabilities(record.target)['contextWindow']) ?? largestWindow;
  const input = inputOf(usage, expected, window);
  const output = outputOf(record, usage, expected, window, bytesOut);
  const told = inputTotal(usage) === input && usage.output === output;
  const adjusted = told ? usage : withTokens(usage, input, output);
  return { input, output, costNanos: costOf(record, adjusted, told, expected, prices) };
}

/** Whether the provider has seen the request, and may have worked on it: an error's status says that it has not. */
function wasAsked({ result, status, error, failure }: AttemptRecord): boolean {
  if (failure === 'rejected' || (status !== undefined && status >= 400)) return false;
  if (result !== 'failed' || status !== undefined) return true;
  return error !== undefined && worked.has(error.code);
}

function inputOf(usage: Usage, { input }: Expectation, window: () => number): number {
  const said = inputTotal(usage);
  if (!isCount(said) || said < input.least || said === 0) return input.likely;
  return said <= input.most || said <= window() ? said : input.most;
}

function outputOf(
  record: AttemptRecord,
  { output: said }: Usage,
  expected: Expectation,
  window: () => number,
  bytesOut: number | undefined,
): number {
  const { output, writes } = expected;
  if (!isCount(said) || said === 0) return writes ? unsaid(record, expected, bytesOut) : 0;
  return said <= output || said <= window() ? said : output;
}

/** Bytes of a whole answer a token, and of a stream with its frames around each. */
const wholeBytes = 4;
const streamedBytes = 100;

/**
 * What was written of which nobody says how much. A stream shows it; of a whole answer that never came, a token a
 * millisecond is more than nearly any model writes.
 */
function unsaid(record: AttemptRecord, { output, streamed }: Expectation, bytesOut: number | undefined): number {
  const { result, error, firstEventAt, startedAt, endedAt = startedAt } = record;
  if (streamed) {
    const seen = firstEventAt === undefined ? 0 : Math.max(1, Math.ceil((bytesOut ?? 0) / streamedBytes));
    return Math.min(output, seen);
  }
  const came = result === 'won' && error === undefined && bytesOut !== undefined;
  return Math.min(output, came ? Math.ceil(bytesOut / wholeBytes) : Math.max(0, endedAt - startedAt));
}

function costOf(
  { target, costNanos, modelAnswered, startedAt }: AttemptRecord,
  usage: Usage,
  told: boolean,
  expected: Expectation,
  prices: Prices,
): bigint {
  const ours = (): bigint => prices.of(target, usage, defined({ modelAnswered, at: startedAt }));
  if (!told || costNanos === undefined || costNanos === null || costNanos < 0n) return ours();
  if (costNanos <= expected.reserve('cost', target).amount) return costNanos;
  const price = ours();
  return costNanos > price * dearest ? price : costNanos;
}

/** Only what a price may depend on beside the tokens stays: the rest of what was told is no more to be believed than they are. */
function withTokens({ cacheRead, cacheWrite, calls, tier, region }: Usage, input: number, output: number): Usage {
  const cached = isCount(cacheRead) && isCount(cacheWrite) && cacheRead + cacheWrite <= input;
  const read = cached
    ? { input: input - cacheRead - cacheWrite, cacheRead, cacheWrite }
    : { input, cacheRead: 0, cacheWrite: 0 };
  return { ...read, output, reasoning: 0, estimated: true, ...defined({ calls, tier, region }) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** How much of one thing was spent. */
export function amountSpent(what: What, { input, output, costNanos }: Spent): bigint {
  switch (what) {
    case 'requests':
    case 'concurrent':
      return 1n;
    case 'tokens':
      return BigInt(input + output);
    case 'inputTokens':
      return BigInt(input);
    case 'outputTokens':
      return BigInt(output);
    case 'cost':
      return costNanos;
  }
}
