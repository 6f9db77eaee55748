/** What a store counts exactly, and no more: a million billion dollars in units of 1e-9. */
const tooMuch = 10n ** 24n;

/** Throws a `RangeError` where an amount is below zero, which would give room to others, or too large to be counted exactly. */
export function checkAmount(amount: bigint): void {
  if (amount < 0n || amount >= tooMuch)
    throw new RangeError(`A store counts amounts from 0 to below 10^24; this is ${amount}.`);
}

/** The same for all of them. */
export function checkAmounts(amounts: readonly bigint[]): void {
  for (const amount of amounts) checkAmount(amount);
}
