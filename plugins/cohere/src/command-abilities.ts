import type { Capabilities } from '@tapgate/core';

/**
 * What a model can do, by its name; absent is unknown, and an unknown model is asked as the client asks it. Read in
 * November 2026.
 *
 * @see https://docs.cohere.com/docs/models
 * @see https://docs.cohere.com/docs/reasoning
 */
export function commandAbilities(model: string): Capabilities {
  // A name that is not known yet may be of a model that does both.
  if (!/^(?:command-(?:r|a-0|a-reasoning|a-vision|light|nightly)|c4ai|command$)/.test(model)) return {};
  const isVision = model.includes('vision');
  return { reasoning: model.includes('reasoning'), images: isVision, ...(isVision && { tools: false }) };
}
