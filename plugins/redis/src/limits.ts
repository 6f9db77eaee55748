import { checkAmounts, type Claim, type Standing } from '@tapgate/core';

/** A limit beyond this is none: no counter gets there. */
const unlimited = 10n ** 27n;

/** What the server is asked for: keys and arguments of the program. */
export interface Asked {
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** How a reservation is asked for. Throws a `RangeError` for amounts that cannot be counted. */
export function askReservation(prefix: string, id: string, claims: readonly Claim[], leaseMs: number): Asked {
  checkAmounts(claims.map(({ amount }) => amount));
  return {
    keys: [reservationKey(prefix, id), ...claims.map((claim) => counterKey(prefix, claim))],
    args: [wholeMs(leaseMs), ...claims.flatMap((claim) => [windowOf(claim), String(claim.amount), roomOf(claim)])],
  };
}

/** How a settlement is asked for; `unanswered` where nobody knows whether there is anything to settle. */
export function askSettlement(prefix: string, id: string, spent: readonly bigint[], unanswered: boolean): Asked {
  checkAmounts(spent);
  return { keys: [reservationKey(prefix, id)], args: [unanswered ? '1' : '0', ...spent.map(String)] };
}

/**
 * What the server answered. Its clock may be another than this process's: moments are told by the clock of who asks, so that
 * a wait is as long as it is.
 */
export function readAnswer(
  answer: readonly (string | number)[],
  claims: readonly Claim[],
): { readonly granted: boolean; readonly claims: readonly Standing[] } {
  const ahead = Date.now() - Number(answer[0]);
  return {
    granted: answer[1] === 1,
    claims: claims.map(({ limit }, at) => {
      const remaining = limit - BigInt(answer[2 + 2 * at] ?? limit);
      const resetsAt = Number(answer[3 + 2 * at] ?? answer[0]) + ahead;
      return { remaining: remaining < 0n ? 0n : remaining, resetsAt };
    }),
  };
}

/** Whole milliseconds, one at least: the server takes no others. */
export function wholeMs(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}

function reservationKey(prefix: string, id: string): string {
  return `${prefix}r:${id}`;
}

function counterKey(prefix: string, { key, windowMs }: Claim): string {
  return windowMs === 'concurrent' ? `${prefix}c:${key}` : `${prefix}w:${wholeMs(windowMs)}:${key}`;
}

function windowOf({ windowMs }: Claim): string {
  return windowMs === 'concurrent' ? '0' : wholeMs(windowMs);
}

/** The most that may be spent before it; nothing is little enough for what never fits. */
function roomOf({ limit, amount }: Claim): string {
  const room = limit - amount;
  if (room < 0n) return '-';
  return String(room < unlimited ? room : unlimited);
}
