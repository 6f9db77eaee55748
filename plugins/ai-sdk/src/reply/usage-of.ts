import type { Usage } from '@tapgate/core';
import type { LanguageModelV4Usage } from '@ai-sdk/provider';

/** Tokens in disjoint buckets; nothing where the package tells none. */
export function usageOf(given: LanguageModelV4Usage | undefined): Usage | undefined {
  const { inputTokens: read, outputTokens: written, raw } = given ?? {};
  const input = count(read?.total) ?? count(read?.noCache);
  const output = count(written?.total) ?? sumOf(count(written?.text), count(written?.reasoning));
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = count(read?.cacheRead) ?? 0;
  const cacheWrite = count(read?.cacheWrite) ?? 0;
  return {
    input: count(read?.noCache) ?? Math.max(0, (input ?? 0) - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    output: output ?? 0,
    reasoning: Math.min(count(written?.reasoning) ?? 0, output ?? 0),
    estimated: false,
    ...(raw === undefined ? {} : { raw }),
  };
}

/** Packages add to what they do not know: `NaN` is none. */
function count(value: number | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function sumOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined && other === undefined ? undefined : (one ?? 0) + (other ?? 0);
}
