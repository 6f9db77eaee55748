import { asNumber, asString, defined, isArray, isObject, type JsonObject, type Usage } from '@tapgate/core';

/**
 * A vendor's usage object in disjoint buckets: its `inputTokens` leave out what a cache gave or took, and its total is
 * the sum of all four.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function readUsage(raw: JsonObject, tier: string | undefined): Usage {
  const calls = callsOf(raw['serverToolUsage']);
  return defined({
    input: count(raw['inputTokens']),
    cacheRead: count(raw['cacheReadInputTokens']),
    cacheWrite: count(raw['cacheWriteInputTokens']),
    cacheWrite1h: hourly(raw['cacheDetails']),
    output: count(raw['outputTokens']),
    reasoning: 0,
    calls: Object.keys(calls).length === 0 ? undefined : calls,
    tier,
    estimated: false,
    raw,
  });
}

/**
 * Usage in the vendor's words. `own` is its own object, where the answer is one of its own: its members are kept, and a
 * count differs from it only where somebody changed the canonical one.
 */
export function writeUsage(usage: Usage): JsonObject {
  const { input, cacheRead, cacheWrite, output } = usage;
  const counts: JsonObject = {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + cacheRead + cacheWrite + output,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite,
  };
  const own = isObject(usage.raw) && 'inputTokens' in usage.raw ? usage.raw : undefined;
  if (own === undefined) return counts;
  const written: JsonObject = { ...own };
  for (const [name, value] of Object.entries(counts))
    if (name in own && asNumber(own[name]) !== value) written[name] = value;
  return written;
}

function count(value: unknown): number {
  return Math.max(0, asNumber(value) ?? 0);
}

function hourly(details: unknown): number | undefined {
  if (!isArray(details)) return undefined;
  const hours = details.filter(isObject).filter((one) => asString(one['ttl']) === '1h');
  return hours.length === 0 ? undefined : hours.reduce((total, one) => total + count(one['inputTokens']), 0);
}

/** Calls of tools that the vendor ran, by the vendor's names, without the zeros. */
function callsOf(tools: unknown): Record<string, number> {
  const calls: Record<string, number> = {};
  if (!isObject(tools)) return calls;
  for (const [name, value] of Object.entries(tools)) if (count(value) > 0) calls[name] = count(value);
  return calls;
}
