import { inputTotal, isObject, writeJson, type JsonObject, type Usage } from '@tapgate/core';

/** Usage as the API counts it: cached tokens are among the input tokens, thought ones among the output tokens. */
export function writeUsage(usage: Usage): string {
  const input = inputTotal(usage);
  if (isOwn(usage.raw) && usage.raw['input_tokens'] === input && usage.raw['output_tokens'] === usage.output) {
    return writeJson(usage.raw);
  }
  return writeJson({
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + usage.output,
  });
}

/** The object as a server of this dialect gave it. */
function isOwn(raw: unknown): raw is JsonObject {
  return isObject(raw) && typeof raw['total_tokens'] === 'number' && 'input_tokens' in raw;
}
