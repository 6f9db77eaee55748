import { asNumber, defined, inputTotal, isObject, type JsonObject, type Usage } from '@tapgate/core';

/**
 * A vendor's usage object in disjoint buckets. Its tokens are those the model read and wrote, the cached ones among them;
 * what is billed is less, and stands beside them.
 *
 * @see https://docs.cohere.com/reference/chat
 */
export function readUsage(raw: JsonObject): Usage {
  const billed = objectOf(raw['billed_units']);
  const tokens = isObject(raw['tokens']) ? raw['tokens'] : billed;
  const cacheRead = Math.min(count(raw['cached_tokens']), count(tokens['input_tokens']));
  const calls: Record<string, number> = {};
  for (const name of ['search_units', 'classifications', 'images']) {
    if (count(billed[name]) > 0) calls[name] = count(billed[name]);
  }
  return defined({
    input: count(tokens['input_tokens']) - cacheRead,
    cacheRead,
    cacheWrite: 0,
    output: count(tokens['output_tokens']),
    reasoning: 0,
    calls: Object.keys(calls).length === 0 ? undefined : calls,
    billedTokens: isObject(raw['billed_units'])
      ? { input: count(billed['input_tokens']), output: count(billed['output_tokens']) }
      : undefined,
    estimated: false,
    raw,
  });
}

/** Usage in the vendor's words: its own object where the answer is one of its own and nobody changed the counts. */
export function writeUsage(usage: Usage): JsonObject {
  const { raw } = usage;
  if (isObject(raw) && ('tokens' in raw || 'billed_units' in raw) && isSame(readUsage(raw), usage)) return raw;
  const tokens = { input_tokens: inputTotal(usage), output_tokens: usage.output };
  return { billed_units: tokens, tokens, cached_tokens: usage.cacheRead };
}

function isSame(one: Usage, other: Usage): boolean {
  return one.input === other.input && one.cacheRead === other.cacheRead && one.output === other.output;
}

function count(value: unknown): number {
  return Math.max(0, asNumber(value) ?? 0);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
