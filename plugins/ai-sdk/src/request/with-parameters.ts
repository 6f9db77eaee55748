import { nameOf, type Target } from '@tapgate/core';
import type { LanguageModelV4CallOptions, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { AiSdkOptions } from '../options.ts';
import { errors } from '../errors.ts';

/** What a target may set, in the AI SDK's own words. */
const settable: ReadonlySet<string> = new Set([
  'frequencyPenalty',
  'headers',
  'maxOutputTokens',
  'presencePenalty',
  'reasoning',
  'responseFormat',
  'seed',
  'stopSequences',
  'temperature',
  'toolChoice',
  'topK',
  'topP',
]);

/**
 * A call with what the operator sets over what the client asked.
 *
 * @throws AI_SDK_PARAMETER for a parameter that the AI SDK has no setting for.
 */
export function withParameters(
  options: LanguageModelV4CallOptions,
  target: Target,
  always: AiSdkOptions['providerOptions'],
): LanguageModelV4CallOptions {
  const { providerOptions, ...parameters } = target.parameters ?? {};
  const unknown = Object.keys(parameters).find((name) => !settable.has(name));
  if (unknown !== undefined) throw errors.AI_SDK_PARAMETER({ target: nameOf(target), name: unknown });
  const own = { ...always };
  for (const [name, members] of Object.entries((providerOptions ?? {}) as AiSdkOptions['providerOptions']))
    own[name] = { ...own[name], ...members };
  const more = Object.keys(own).length === 0 ? {} : { providerOptions: own as SharedV4ProviderOptions };
  return { ...options, ...(parameters as Partial<LanguageModelV4CallOptions>), ...more };
}
