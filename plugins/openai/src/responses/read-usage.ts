import { asNumber, asString, defined, isArray, isObject, type Json, type JsonObject, type Usage } from '@tapgate/core';
import { billedNanos } from '../billed-nanos.ts';

/**
 * The usage of a response object. Its counts include one another: cached tokens are input tokens, thought ones output
 * tokens. Counts that contradict each other are held to what is possible, and marked as estimated.
 */
export function readUsage(response: JsonObject): Usage | undefined {
  const usage = response['usage'];
  if (!isObject(usage)) return undefined;
  const inputDetails = objectOf(usage['input_tokens_details']);
  const outputDetails = objectOf(usage['output_tokens_details']);
  const total = countOf(usage['input_tokens']);
  const output = countOf(usage['output_tokens']);
  const cacheRead = countOf(inputDetails['cached_tokens']);
  const cacheWrite = countOf(inputDetails['cache_write_tokens']);
  const reasoning = countOf(outputDetails['reasoning_tokens']);
  const input = total - cacheRead - cacheWrite;
  return {
    input: Math.max(0, input),
    cacheRead,
    cacheWrite,
    output,
    reasoning: Math.min(reasoning, output),
    estimated: input < 0 || reasoning > output,
    ...defined({
      calls: callsOf(response, usage),
      tier: asString(response['service_tier']),
      billedNanos: billedNanos(usage),
    }),
    raw: usage,
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function countOf(value: Json | undefined): number {
  const count = asNumber(value) ?? 0;
  return Number.isFinite(count) && count > 0 ? Math.floor(count) : 0;
}

/** Tools that the server ran and bills each: as it counts them, or as many as the answer has. */
function callsOf(response: JsonObject, usage: JsonObject): Usage['calls'] {
  const counted = Object.entries({
    ...requestsOf(objectOf(response['tool_usage'])),
    ...objectOf(usage['server_side_tool_usage_details']),
  }).flatMap(([name, count]) => (countOf(count) > 0 ? [[name, countOf(count)] as const] : []));
  if (counted.length > 0) return Object.fromEntries(counted);
  const found = new Map<string, number>();
  for (const item of isArray(response['output']) ? response['output'] : []) {
    const type = isObject(item) ? asString(item['type']) : undefined;
    if (type !== undefined && billed.has(type)) found.set(type, (found.get(type) ?? 0) + 1);
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

const billed: ReadonlySet<string> = new Set(['web_search_call', 'file_search_call', 'code_interpreter_call']);

function requestsOf(toolUsage: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(toolUsage).map(([name, usage]) => [name, objectOf(usage)['num_requests']] as const),
  );
}
