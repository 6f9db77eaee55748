import { asNumber, asString, defined, isArray, isObject, type JsonObject, type Usage } from '@tapgate/core';

/**
 * A vendor's usage object in disjoint buckets: its `input_tokens` leave out what a cache gave or took. Compactions are
 * billed beside the top-level counts and are added to them.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction
 */
export function readUsage(raw: JsonObject): Usage {
  const counted = [raw, ...compactions(raw)];
  const sum = (name: string): number => counted.reduce((total, one) => total + count(one[name]), 0);
  const calls = callsOf(raw['server_tool_use']);
  return defined({
    input: sum('input_tokens'),
    cacheRead: sum('cache_read_input_tokens'),
    cacheWrite: sum('cache_creation_input_tokens'),
    cacheWrite1h: hourly(counted),
    output: sum('output_tokens'),
    reasoning: isObject(raw['output_tokens_details']) ? count(raw['output_tokens_details']['thinking_tokens']) : 0,
    calls: Object.keys(calls).length === 0 ? undefined : calls,
    tier: raw['speed'] === 'fast' ? 'fast' : asString(raw['service_tier']),
    region: asString(raw['inference_geo']),
    estimated: false,
    raw,
  });
}

/** A stream's usage so far: what its end says replaces what its beginning said; null says nothing. */
export function mergeUsage(before: JsonObject | undefined, after: JsonObject): JsonObject {
  const merged: JsonObject = { ...before };
  for (const [name, value] of Object.entries(after)) if (value !== null) merged[name] = value;
  return merged;
}

/**
 * Usage for a client. `own` is this vendor's own object, where the answer is one of its own: its members are kept, and
 * a count differs from it only where somebody changed the canonical one.
 */
export function writeUsage(usage: Usage, own?: JsonObject): JsonObject {
  const counts = countsOf(usage);
  if (own === undefined) return { ...counts, ...foreignMembers(usage) };
  const before = isObject(usage.raw) ? usage.raw : undefined;
  const written: JsonObject = { ...own };
  for (const [name, value] of Object.entries(counts)) {
    if (name in own && own[name] !== null && own[name] !== before?.[name]) written[name] = value;
  }
  return written;
}

function countsOf(usage: Usage): Readonly<Record<string, number>> {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    output_tokens: usage.output,
  };
}

/** Members that the vendor's schema requires, for an answer that another vendor gave. */
function foreignMembers(usage: Usage): JsonObject {
  const hour = usage.cacheWrite1h ?? 0;
  return {
    cache_creation:
      usage.cacheWrite === 0
        ? null
        : { ephemeral_1h_input_tokens: hour, ephemeral_5m_input_tokens: usage.cacheWrite - hour },
    output_tokens_details: usage.reasoning === 0 ? null : { thinking_tokens: usage.reasoning },
    server_tool_use: null,
    service_tier: null,
    inference_geo: null,
  };
}

function count(value: unknown): number {
  return Math.max(0, asNumber(value) ?? 0);
}

function hourly(counted: readonly JsonObject[]): number | undefined {
  const split = counted.map((one) => one['cache_creation']).filter(isObject);
  if (split.length === 0) return undefined;
  return split.reduce((total, one) => total + count(one['ephemeral_1h_input_tokens']), 0);
}

function compactions(raw: JsonObject): readonly JsonObject[] {
  const iterations = raw['iterations'];
  return isArray(iterations) ? iterations.filter(isObject).filter((one) => one['type'] === 'compaction') : [];
}

/** Server-side calls that are billed each, without the zeros. */
function callsOf(tools: unknown): Record<string, number> {
  const calls: Record<string, number> = {};
  if (!isObject(tools)) return calls;
  for (const [name, value] of Object.entries(tools)) if (count(value) > 0) calls[name] = count(value);
  return calls;
}
