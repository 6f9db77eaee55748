import type { GatewayError, Target } from '@tapgate/core';
import { nameOf } from '@tapgate/core';
import { errors } from './errors.ts';
import type { Hold, Refusal } from './hold.ts';
import type { Exhausted } from './provider-place.ts';
import { tellStandings } from './reply-headers.ts';

/** When a place is free again nobody knows; so soon it is looked for, milliseconds. */
const soonMs = 1000;
/** Official clients take no longer wait than this for one, and would come back at once. */
const longestWaitMs = 60_000;

/** How long until there may be room. */
export function waitMsOf({ asked, standing }: Refusal): number {
  if (asked.amount.windowMs === 'concurrent') return soonMs;
  return Math.max(1, Math.ceil(standing.resetsAt - Date.now()));
}

/** Which limit refuses, and when to come back. `target`: it refuses one attempt, and another place may do. */
export function limitReached(hold: Hold, refusal: Refusal, dialect: string, target?: Target): GatewayError {
  const { limit, amount, claim } = refusal.asked;
  const retryAfterMs = waitMsOf(refusal);
  const headers = new Map([['x-tapgate-limit', limit.name]]);
  tellStandings(headers, dialect, hold, new Map());
  if (retryAfterMs > longestWaitMs) headers.set('x-should-retry', 'false');
  return errors.LIMIT_REACHED(
    { limit: limit.name, allowed: amount.told(claim.limit), seconds: Math.ceil(retryAfterMs / 1000) },
    { retryAfterMs, headers, ...(target === undefined ? {} : { failure: 'rejected' as const }) },
  );
}

const words = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
} as const;

/** A provider would refuse: its own limit is used up. */
export function providerLimit(target: Target, { kind, until }: Exhausted): GatewayError {
  const retryAfterMs = Math.max(1, Math.ceil(until - Date.now()));
  const headers = retryAfterMs > longestWaitMs ? new Map([['x-should-retry', 'false']]) : undefined;
  return errors.PROVIDER_LIMIT(
    { target: nameOf(target), what: words[kind], seconds: Math.ceil(retryAfterMs / 1000) },
    { retryAfterMs, failure: 'rejected', ...(headers === undefined ? {} : { headers }) },
  );
}
