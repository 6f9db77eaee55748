import type { Claim, Exchange, GatewayError, Target } from '@tapgate/core';
import { errors } from './errors.ts';
import type { Expectation } from './expectation.ts';
import { type Amount, quantity, type What } from './amount.ts';
import type { Limit } from './limit.ts';
import { meetsLimit, subjectOf } from './subject.ts';

/** One counter that a request is to be counted by. */
export interface Asked {
  readonly limit: Limit;
  readonly amount: Amount;
  readonly claim: Claim;
}

/** What one request asks of the limits that meet it. Throws `LIMIT_TOO_SMALL` for one that could never fit. */
export function askedOf(
  limits: readonly Limit[],
  exchange: Exchange,
  target: Target | undefined,
  expected: Expectation,
): readonly Asked[] {
  const asked: Asked[] = [];
  for (const limit of limits) {
    if (!meetsLimit(limit, exchange, target)) continue;
    let subject: string | undefined;
    for (const amount of limit.amounts) {
      // A plugin's own call to a model is no further request of the client's, and has no place of its own.
      if (exchange.parent !== undefined && isPlain(amount.what)) continue;
      const allowed = amount.allowed(exchange);
      const reserve = expected.reserve(amount.what, target);
      if (reserve.amount === 0n) continue;
      if (!isPlain(amount.what) && reserve.least > allowed) {
        const error = tooSmall(limit, amount, allowed, reserve.least);
        if (!limit.shadow) throw error;
        exchange.note(`shadow: ${error.message}`);
        continue;
      }
      subject ??= subjectOf(limit, exchange, target);
      const key = `${limit.prefix}${amount.what}:${subject}`;
      // What is only assumed must not keep out for ever what may well fit.
      const most = isPlain(amount.what) || reserve.amount <= allowed ? reserve.amount : allowed;
      asked.push({ limit, amount, claim: { key, limit: allowed, amount: most, windowMs: amount.windowMs } });
    }
  }
  return asked;
}

/** Whether it costs what it costs, whatever becomes of the request. */
export function isPlain(what: What): boolean {
  return what === 'requests' || what === 'concurrent';
}

function tooSmall(limit: Limit, amount: Amount, allowed: bigint, least: bigint): GatewayError {
  return errors.LIMIT_TOO_SMALL(
    { limit: limit.name, asked: quantity(amount.what, least), allowed: amount.told(allowed) },
    { kind: 'invalid-request' },
  );
}
