import { asNumber, isObject, type Json, type JsonObject } from '@tapgate/core';

const nanosPerDollar = 1e9;
const ticksPerNano = 10;
/** No single answer costs this much: what says so is no price. */
const maxDollars = 1e6;

/**
 * What the vendor says it bills for an answer, in units of 1e-9 US dollars: dollars, an object with their sum, or ticks of
 * 1e-10 dollars. Where a router used the operator's own key at another vendor, that vendor's bill is on top of the router's;
 * where it does not know that bill, its own part is not the price.
 *
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 */
export function billedNanos(usage: JsonObject): bigint | undefined {
  const cost = usage['cost'] ?? usage['estimated_cost'];
  const dollars = price(isObject(cost) ? cost['total_cost'] : cost);
  if (dollars !== undefined) {
    const behind = beyond(usage);
    return behind === undefined ? undefined : nanosOf((dollars + behind) * nanosPerDollar);
  }
  const ticks = price(usage['cost_in_usd_ticks'], maxDollars * nanosPerDollar * ticksPerNano);
  return ticks === undefined ? undefined : nanosOf(ticks / ticksPerNano);
}

/** What the vendor behind a router bills to the operator's key there, dollars; nothing where it does not say. */
function beyond(usage: JsonObject): number | undefined {
  if (usage['is_byok'] !== true) return 0;
  const details = usage['cost_details'];
  return isObject(details) ? price(details['upstream_inference_cost']) : undefined;
}

function price(value: Json | undefined, max: number = maxDollars): number | undefined {
  const number = asNumber(value);
  return number !== undefined && number >= 0 && number < max ? number : undefined;
}

function nanosOf(value: number): bigint {
  return BigInt(Math.round(value));
}
