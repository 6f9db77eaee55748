import { type ChatRequest, Losses, tellForeign, tellOutput, tellSampling, tellState } from '@tapgate/core';
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { errors } from '../errors.ts';
import { reasoningFor } from './reasoning-for.ts';
import type { Asked } from './asked.ts';
import { writePrompt } from './write-prompt.ts';
import { writeTools } from './write-tools.ts';

/** A request as the AI SDK's specification has it, in its newest version, and what of it has no word there. */
export function writeCall(
  request: ChatRequest,
  asked: Asked,
): { readonly options: LanguageModelV4CallOptions; readonly losses: Losses } {
  const losses = new Losses();
  const prompt = writePrompt(request, asked, losses);
  const tools = writeTools(request, losses);
  const reasoning = reasoningFor(request.reasoning, asked, losses);
  tellRest(request, losses);
  return {
    losses,
    options: { prompt, ...tools, ...outputOf(request, losses), ...samplingOf(request), ...reasoning },
  };
}

function outputOf({ output }: ChatRequest, losses: Losses): Partial<LanguageModelV4CallOptions> {
  const { format, maxTokens } = output;
  const limit = maxTokens === undefined ? {} : { maxOutputTokens: maxTokens };
  if (format === undefined || format.kind === 'text') return limit;
  if (format.kind === 'json') return { ...limit, responseFormat: { type: 'json' } };
  if (format.strict !== undefined)
    losses.hint('response_format.json_schema.strict', 'the package decides how strict it is', 'approximated');
  const { schema, name, description } = format;
  return {
    ...limit,
    responseFormat: {
      type: 'json',
      schema: schema.value as object,
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
    },
  };
}

function samplingOf({ sampling }: ChatRequest): Partial<LanguageModelV4CallOptions> {
  const { temperature, topP, topK, presencePenalty, frequencyPenalty, seed, stop } = sampling;
  const settings = { temperature, topP, topK, presencePenalty, frequencyPenalty, seed };
  return {
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    ...(stop === undefined || stop.length === 0 ? {} : { stopSequences: [...stop] }),
  };
}

/** What has no word in the AI SDK. */
function tellRest(request: ChatRequest, losses: Losses): void {
  const { caching, tier, user, metadata } = request;
  const unknown = 'the AI SDK has no such setting; the operator may set it in "providerOptions"';
  tellOutput(request.output, losses, 'the AI SDK does not give them');
  tellSampling(request.sampling, losses, ['minP', 'repetitionPenalty']);
  tellState(request.state, losses, errors.AI_SDK_STATE);
  tellForeign(request.ext, 'ai-sdk', losses);
  if (caching?.key !== undefined) losses.hint('prompt_cache_key', unknown);
  if (caching?.retention !== undefined) losses.hint('prompt_cache_retention', unknown);
  if (caching?.auto !== undefined) losses.hint('cache_control', unknown);
  if (tier !== undefined && tier !== 'auto') losses.hint('service_tier', unknown);
  if (user?.id !== undefined) losses.hint('user', unknown);
  if (user?.safetyId !== undefined) losses.hint('safety_identifier', unknown);
  if (metadata !== undefined && Object.keys(metadata).length > 0) losses.hint('metadata', unknown);
}
