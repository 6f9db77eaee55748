import type { RunningAttempt } from './attempt.ts';
import { noUsage, type Usage } from './canonical/usage.ts';
import { estimateTokens } from './estimate-tokens.ts';

/** How an attempt ended, as far as it decides what is owed for it. */
export type End = 'complete' | 'left' | 'failed';

/**
 * What an attempt used. A complete answer: what its provider counted, or nothing where it did not, and nobody can. One that
 * was left or broke off: at least what was seen of it, and its prompt, which was read all the same. One that failed before
 * it said anything used nothing.
 */
export function usageOf(run: RunningAttempt, end: End): Usage | undefined {
  const { flow } = run;
  const written = flow?.written ?? 0;
  const counted = flow?.usage;
  if (end === 'complete') return counted ?? (written > 0 ? estimated(run, written) : undefined);
  if (counted !== undefined)
    return flow?.complete === true
      ? counted
      : { ...counted, output: Math.max(counted.output, written), estimated: true };
  return written > 0 || end === 'left' ? estimated(run, written) : undefined;
}

/**
 * Only what is asked and answered in words has tokens that can be told from outside: those of the client's own bytes, unless
 * somebody changed them, so that what was reserved for a request and what is settled for it are measured alike.
 */
function estimated({ exchange, body }: RunningAttempt, output: number): Usage | undefined {
  if (!exchange.spoken.translates.includes(exchange.operation)) return undefined;
  return {
    ...noUsage,
    input: estimateTokens(exchange.edited ? body : (exchange.body ?? body)),
    output,
    estimated: true,
  };
}
