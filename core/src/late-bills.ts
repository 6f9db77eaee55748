import type { OpenRecord } from './attempt.ts';
import { noUsage } from './canonical/usage.ts';
import type { House } from './house.ts';
import type { AttemptRecord, Provider } from './provider.ts';

/** No settlement waits longer than this for a bill. */
const maxMs = 30_000;

/**
 * Asks the providers that tell a price only after the answer, for attempts whose own words named none, and writes it into
 * the records. Nothing where there is nobody to ask, so that all others are settled at once. Never rejects.
 */
export function lateBills(house: House, attempts: readonly AttemptRecord[]): Promise<unknown> | undefined {
  const asked = attempts.flatMap((record) => {
    const provider = house.providers.get(record.target.provider);
    const isOpen = record.costNanos !== undefined && record.usage?.billedNanos === undefined;
    return provider?.bill !== undefined && isOpen ? write(house, record, provider) : [];
  });
  return asked.length === 0 ? undefined : Promise.all(asked);
}

async function write(house: House, record: OpenRecord, provider: Provider): Promise<void> {
  const { target } = record;
  const signal = AbortSignal.any([house.ending, AbortSignal.timeout(maxMs)]);
  const late = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  try {
    const billedNanos = await Promise.race([provider.bill?.(record, signal), late]);
    if (billedNanos === undefined) return;
    record.usage = { ...(record.usage ?? noUsage), billedNanos };
    record.costNanos = house.cost(target, record.usage, {});
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    house.log.warn({ provider: target.provider, reason }, 'no bill');
  }
}
