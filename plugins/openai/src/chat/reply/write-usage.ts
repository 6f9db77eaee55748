import { inputTotal, isObject, type JsonObject, type Usage } from '@tapgate/core';

/** Usage in this dialect's convention: what was cached and what was thought are parts of the sums. */
export function writeUsage(usage: Usage): JsonObject {
  const prompt = inputTotal(usage);
  const read = {
    cached_tokens: usage.cacheRead,
    ...(usage.cacheWrite > 0 && { cache_write_tokens: usage.cacheWrite }),
    ...(usage.inputAudio !== undefined && { audio_tokens: usage.inputAudio }),
  };
  const wrote = {
    reasoning_tokens: usage.reasoning,
    ...(usage.outputAudio !== undefined && { audio_tokens: usage.outputAudio }),
  };
  const own = ownRaw(usage.raw);
  return {
    ...own,
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { ...detailsIn(own, 'prompt_tokens_details'), ...read },
    completion_tokens_details: { ...detailsIn(own, 'completion_tokens_details'), ...wrote },
  };
}

/** What the vendor said, where it said it in this dialect. */
function ownRaw(raw: unknown): JsonObject {
  return isObject(raw) && raw['prompt_tokens'] !== undefined ? raw : {};
}

function detailsIn(raw: JsonObject, name: string): JsonObject {
  const details = raw[name];
  return isObject(details) ? details : {};
}
