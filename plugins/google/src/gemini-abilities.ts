import type { Capabilities } from '@tapgate/core';

/** Models that share what they can do. */
interface Family {
  /** Beginnings of model names. */
  readonly models: readonly string[];
  readonly able: Capabilities;
}

/*
 * What differs from model to model and decides how a request is written; read in November 2026.
 * - thinking, thinkingMin, thinkingMax, thinkingOff, thinkingLevels: ai.google.dev/gemini-api/docs/thinking,
 *   docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking, and the developers' guides of 3.5, 3.6 and 3.8 Flash
 * - thoughtSignatures (the first call of a step must be signed): ai.google.dev/gemini-api/docs/thought-signatures
 * - sampling, penalties, prefill (false: ignored, or a 400): ai.google.dev/gemini-api/docs/whats-new-gemini-3.6
 * - jsonWithTools: a 400, "Function calling with a response mime type: 'application/json' is unsupported", before 3
 * - hostedWithTools: a 400, "Tool use with function calling is unsupported", before 3
 * - jsonSchemaField: ai.google.dev/gemini-api/docs/structured-output; models before 2.5 take the OpenAPI subset
 * - toolResultMedia: ai.google.dev/gemini-api/docs/function-calling#multimodal
 * - systemInstruction: a 400, "Developer instruction is not enabled", of the open models
 */
const old = { thinking: false, jsonSchemaField: 'openapi', jsonWithTools: false, hostedWithTools: false } as const;
const second = { thinking: 'budget', jsonWithTools: false, hostedWithTools: false } as const;
const third = { thinking: 'level', thoughtSignatures: true, toolResultMedia: true } as const;
const strict = { sampling: false, penalties: false, prefill: false } as const;
const four = ['minimal', 'low', 'medium', 'high'] as const;
const three = ['low', 'medium', 'high'] as const;

/** The more particular beginning first. */
const families: readonly Family[] = [
  { models: ['gemma-'], able: { ...old, systemInstruction: false } },
  { models: ['gemini-1.', 'gemini-2.0-'], able: old },
  {
    models: ['gemini-2.5-flash-image', 'gemini-2.5-flash-preview-tts', 'gemini-2.5-pro-preview-tts'],
    able: { ...second, thinking: false },
  },
  { models: ['gemini-2.5-flash-lite'], able: { ...second, thinkingMin: 512, thinkingMax: 24_576 } },
  { models: ['gemini-2.5-flash', 'gemini-2.5-computer-use'], able: { ...second, thinkingMin: 1, thinkingMax: 24_576 } },
  { models: ['gemini-2.5-pro'], able: { ...second, thinkingMin: 128, thinkingMax: 32_768, thinkingOff: false } },
  { models: ['gemini-3-pro-image', 'gemini-3.1-flash-image'], able: { ...third, thinkingLevels: ['low', 'high'] } },
  { models: ['gemini-3-pro'], able: { ...third, thinkingLevels: ['low', 'high'] } },
  { models: ['gemini-3.1-pro'], able: { ...third, thinkingLevels: three } },
  { models: ['gemini-3-flash', 'gemini-3.1-flash'], able: { ...third, thinkingLevels: four } },
  { models: ['gemini-3.5-', 'gemini-3.6-'], able: { ...third, ...strict, thinkingLevels: four } },
  {
    models: ['gemini-3.', 'gemini-4', 'gemini-flash-latest', 'gemini-pro-latest'],
    able: { ...third, ...strict, thinkingLevels: three },
  },
  { models: ['gemini-flash-lite-latest'], able: { ...third, ...strict, thinkingLevels: four } },
];

/**
 * What a model can do, by its name at either place; an empty record for a name that says nothing. Absent is unknown, and an
 * unknown model is asked as the client asks it.
 */
export function geminiAbilities(model: string): Capabilities {
  const name = model.replace(/^.*\//, '');
  return families.find((family) => family.models.some((beginning) => name.startsWith(beginning)))?.able ?? {};
}
