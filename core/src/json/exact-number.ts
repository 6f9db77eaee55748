import { RawJson } from './raw-json.ts';

/** So many digits tell every double from its neighbours; what has more was not written from a double. */
export const DOUBLE_DIGITS: number = 17;
/** Below, a double has fewer digits. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;

/**
 * A number literal as a double where that says the same, else as `RawJson`, which keeps the digits: integers beyond
 * `Number.MAX_SAFE_INTEGER`, more significant digits than a double keeps (17), and magnitudes that it cannot hold.
 */
export function exactNumber(literal: string): number | RawJson {
  const value = Number(literal);
  return saysTheSame(literal, value) ? value : new RawJson(literal, value);
}

function saysTheSame(literal: string, value: number): boolean {
  if (!/[.eE]/.test(literal)) return Number.isSafeInteger(value);
  const { digits, power } = decimalOf(literal);
  const isDense = Math.abs(value) >= SMALLEST_NORMAL && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (digits === '' || (isDense && digits.length <= DOUBLE_DIGITS)) return true;
  const kept = decimalOf(String(value));
  return kept.digits === digits && kept.power === power;
}

/** What all spellings of a decimal have in common: its digits without the zeros at both ends, and their power of ten. */
function decimalOf(literal: string): { readonly digits: string; readonly power: number } {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  // By hand, because /0+$/ takes quadratic time on a run of zeros that does not reach the end.
  let start = 0;
  let end = digits.length;
  while (start < end && digits.charCodeAt(start) === 0x30) start++;
  while (end > start && digits.charCodeAt(end - 1) === 0x30) end--;
  return { digits: digits.slice(start, end), power: Number(exponent) - fraction.length + digits.length - end };
}
