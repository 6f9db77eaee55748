/** How money is written: `5 USD`, `0.25 USD`. */
export const moneyPattern = '^[0-9]{1,9}([.][0-9]{1,9})? USD$';

const digits = 9;

/** Money of that form in units of 1e-9 US dollars; undefined for any other text. No float is between. */
export function nanosOf(money: string): bigint | undefined {
  const [, whole, fraction = ''] = /^(\d{1,9})(?:\.(\d{1,9}))? USD$/.exec(money) ?? [];
  return whole === undefined ? undefined : BigInt(whole + fraction.padEnd(digits, '0'));
}

/** The other way round, without zeros at the end. */
export function moneyOf(nanos: bigint): string {
  const text = nanos.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${text.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`} USD`;
}
