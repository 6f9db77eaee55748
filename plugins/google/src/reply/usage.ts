import { asNumber, asString, defined, inputTotal, isArray, isObject, type JsonObject, type Usage } from '@tapgate/core';

/**
 * The vendor's counts in disjoint buckets. What tools brought into the prompt is counted beside it and billed as input;
 * thoughts are counted beside the answer and billed as output. Without any count there is no usage.
 *
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function readUsage(raw: JsonObject): Usage | undefined {
  const prompt = asNumber(raw['promptTokenCount']);
  const total = asNumber(raw['totalTokenCount']);
  if (prompt === undefined && total === undefined) return undefined;
  const cacheRead = count(raw['cachedContentTokenCount']);
  const read = (prompt ?? 0) + count(raw['toolUsePromptTokenCount']);
  const reasoning = count(raw['thoughtsTokenCount']);
  return defined({
    input: Math.max(0, read - cacheRead),
    cacheRead,
    cacheWrite: 0,
    output: count(raw['candidatesTokenCount']) + reasoning,
    reasoning,
    inputAudio: uncached(raw, 'AUDIO'),
    inputImage: uncached(raw, 'IMAGE'),
    cacheReadAudio: ofModality(raw['cacheTokensDetails'], 'AUDIO'),
    outputAudio: ofModality(raw['candidatesTokensDetails'], 'AUDIO'),
    outputImage: ofModality(raw['candidatesTokensDetails'], 'IMAGE'),
    tier: asString(raw['trafficType']) ?? asString(raw['serviceTier']),
    estimated: false,
    raw,
  });
}

/** How often a candidate's answer was searched for, where it says: the vendor bills each time. */
export function searchesIn(candidate: JsonObject): number | undefined {
  const grounding = candidate['groundingMetadata'];
  const queries = isObject(grounding) ? grounding['webSearchQueries'] : undefined;
  return isArray(queries) ? queries.length : undefined;
}

/** The usage with the searches of all candidates. */
export function withSearches(usage: Usage, searches: Iterable<number>): Usage {
  let googleSearch = 0;
  for (const number of searches) googleSearch += number;
  return googleSearch === 0 ? usage : { ...usage, calls: { googleSearch } };
}

function count(value: unknown): number {
  return Math.max(0, asNumber(value) ?? 0);
}

function uncached(raw: JsonObject, modality: string): number | undefined {
  const all = ofModality(raw['promptTokensDetails'], modality);
  return all === undefined ? undefined : Math.max(0, all - (ofModality(raw['cacheTokensDetails'], modality) ?? 0));
}

function ofModality(details: unknown, modality: string): number | undefined {
  if (!isArray(details)) return undefined;
  const counts = details.filter(isObject).filter((detail) => detail['modality'] === modality);
  return counts.length === 0 ? undefined : counts.reduce((total, detail) => total + count(detail['tokenCount']), 0);
}

/** Counts for a client; the vendor's own object where nobody changed what it says. */
export function writeUsage(usage: Usage): JsonObject {
  if (isObject(usage.raw) && saysTheSame(usage, readUsage(usage.raw))) return usage.raw;
  const prompt = inputTotal(usage);
  return defined({
    promptTokenCount: prompt,
    candidatesTokenCount: Math.max(0, usage.output - usage.reasoning),
    totalTokenCount: prompt + usage.output,
    cachedContentTokenCount: usage.cacheRead > 0 ? usage.cacheRead : undefined,
    thoughtsTokenCount: usage.reasoning > 0 ? usage.reasoning : undefined,
  });
}

function saysTheSame(usage: Usage, own: Usage | undefined): boolean {
  if (own === undefined) return false;
  return (['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const).every(
    (name) => own[name] === usage[name],
  );
}
