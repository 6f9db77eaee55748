import type { ChatRequest, JsonObject } from '@tapgate/core';
import { Losses } from '../chat/request/losses.ts';
import { fieldsOf, notesOf } from './own.ts';
import { writeReasoning, writeText } from './write-settings.ts';
import { writeToolChoice, writeTools } from './write-tools.ts';

/**
 * The parameters of a request as every response object repeats them; null where the client said nothing and what the
 * provider then takes is not known. Nothing is stored here, whatever was asked.
 */
export function echoOf(request: ChatRequest): JsonObject {
  const losses = new Losses();
  const context = { own: true, able: {}, losses };
  const [first] = request.instructions;
  const text = writeText(request, context);
  const reasoning = writeReasoning(request.reasoning, context);
  const fields = fieldsOf(request);
  return {
    background: false,
    instructions: first?.kind === 'text' && notesOf(first).$instructions ? first.text : null,
    max_output_tokens: request.output.maxTokens ?? null,
    max_tool_calls: fields['max_tool_calls'] ?? null,
    metadata: { ...request.metadata },
    parallel_tool_calls: request.parallelTools ?? true,
    previous_response_id: request.state?.previousId ?? null,
    prompt_cache_key: request.caching?.key ?? null,
    reasoning: { effort: null, summary: null, ...reasoning },
    safety_identifier: request.user?.safetyId ?? null,
    service_tier: request.tier ?? null,
    store: false,
    temperature: request.sampling.temperature ?? null,
    text: { format: { type: 'text' }, ...text },
    tool_choice: writeToolChoice(request, context) ?? 'auto',
    tools: writeTools(request.tools, context),
    top_logprobs: request.output.topLogprobs ?? 0,
    top_p: request.sampling.topP ?? null,
    truncation: 'disabled',
    user: request.user?.id ?? null,
  };
}
