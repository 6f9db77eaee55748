const digits = 9;
const form = /^(\d{1,9})(?:\.(\d{1,9}))?$/;

/** Decimal text as a whole number of billionths. Throws a `RangeError` for what is no plain decimal. */
export function billionths(decimal: string): bigint {
  const [, whole, fraction = ''] = form.exec(decimal) ?? [];
  if (whole === undefined) throw new RangeError(`"${decimal}" is no decimal number with at most nine places.`);
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/** The quotient to the nearest whole number, halves upwards. Both are positive. */
export function rounded(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor / 2n) / divisor;
}
