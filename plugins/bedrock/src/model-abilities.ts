import type { Capabilities } from '@tapgate/core';

/** Models that share what they can do. */
interface Family {
  readonly models: RegExp;
  readonly able: Capabilities;
}

/*
 * What differs from model to model and decides how a request is written; read in November 2026.
 * - system, tools, images, files: docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
 * - toolChoice: …/APIReference/API_runtime_ToolChoice.html, …/nova/latest/userguide/tool-use-definition.html
 * - caching, cachedTools, cacheHour: …/userguide/prompt-caching.html
 * - reasoningIn: …/userguide/claude-messages-extended-thinking.html, …/nova/latest/nova2-userguide/extended-thinking.html,
 *   …/userguide/model-parameters-openai.html
 * - topKField: …/nova/latest/userguide/using-converse-api.html, …/userguide/model-parameters.html
 * - jsonSchema: …/userguide/structured-output.html
 * - sampling, temperatureAndTopP, prefill of Claude: platform.claude.com/docs/en/about-claude/models/migration-guide
 */
const everyChoice = ['auto', 'any', 'tool'] as const;
const claude = {
  toolChoice: everyChoice,
  parallelTools: true,
  noneChoice: true,
  caching: true,
  cachedTools: true,
  topKField: 'top_k',
  stopField: true,
} as const;
const oldClaude = { ...claude, prefill: true } as const;
const newClaude = { ...claude, cacheHour: true, prefill: false, temperatureAndTopP: false } as const;
const nova = { toolChoice: everyChoice, caching: true, prefill: true, topKField: 'inferenceConfig.topK' } as const;
const plain = { jsonSchema: false, images: false, files: false } as const;

/** The more particular first. */
const families: readonly Family[] = [
  { models: /claude-(?:v2|2|instant)/, able: { ...oldClaude, ...plain, tools: false, caching: false, files: true } },
  { models: /claude-3-7-/, able: { ...oldClaude, reasoningIn: 'thinking', jsonSchema: false } },
  {
    models: /claude-3-5-haiku/,
    able: { ...oldClaude, reasoningIn: 'none', jsonSchema: false, images: false },
  },
  { models: /claude-3-/, able: { ...oldClaude, reasoningIn: 'none', jsonSchema: false, caching: false } },
  {
    models: /claude-(?:opus|sonnet)-4-20/,
    able: { ...oldClaude, reasoningIn: 'thinking', jsonSchema: false },
  },
  { models: /claude-opus-4-1-/, able: { ...oldClaude, reasoningIn: 'thinking', temperatureAndTopP: false } },
  {
    models: /claude-(?:opus|sonnet|haiku)-4-5/,
    able: { ...oldClaude, cacheHour: true, reasoningIn: 'thinking', temperatureAndTopP: false },
  },
  { models: /claude-sonnet-4-6/, able: { ...newClaude, prefill: true, reasoningIn: 'adaptive' } },
  { models: /claude-opus-4-6/, able: { ...newClaude, reasoningIn: 'adaptive' } },
  // One that is not known yet is newer, and the newer ones think as the newest do.
  { models: /claude-/, able: { ...newClaude, reasoningIn: 'adaptive', sampling: false } },
  {
    models: /amazon\.nova-2/,
    able: { ...nova, caching: false, reasoningIn: 'reasoning-config', efforts: ['low', 'medium', 'high'] },
  },
  { models: /amazon\.nova-micro/, able: { ...nova, ...plain, reasoningIn: 'none' } },
  { models: /amazon\.nova/, able: { ...nova, jsonSchema: false, reasoningIn: 'none' } },
  { models: /amazon\.titan-text/, able: { ...plain, files: true, system: false, tools: false, reasoningIn: 'none' } },
  { models: /mistral\.(?:mistral-7b|mixtral)/, able: { ...plain, files: true, system: false, tools: false } },
  {
    models: /mistral\./,
    able: { toolChoice: ['auto', 'any'], toolIdPattern: '^[a-zA-Z0-9]{9}$', topKField: 'top_k' },
  },
  { models: /cohere\.command-r/, able: { ...plain, files: true, toolChoice: ['auto'], topKField: 'k' } },
  { models: /meta\.llama/, able: { toolChoice: ['auto'], reasoningIn: 'none' } },
  { models: /deepseek\.r1/, able: { ...plain, files: true, tools: false, reasoningIn: 'none' } },
  {
    models: /openai\.gpt-oss/,
    able: {
      images: false,
      files: false,
      toolChoice: ['auto'],
      reasoningIn: 'effort',
      efforts: ['low', 'medium', 'high'],
    },
  },
  { models: /ai21\./, able: { ...plain, files: true, toolChoice: ['auto'] } },
];

/**
 * What a model can do, by its id: that of a model, of an inference profile, or the end of an ARN. Absent is unknown, and
 * an unknown model is asked as the client asks it; of caching, prefills and ways to think nothing is guessed.
 */
export function modelAbilities(model: string): Capabilities {
  const known = families.find(({ models }) => models.test(model))?.able ?? {};
  const vendor = vendorOf(model);
  return { ...known, model, ...(vendor !== undefined && { vendor }) };
}

/** Who made a model, by its id: `anthropic`, `amazon`, `meta`. Nothing for an id that does not say. */
export function vendorOf(model: string): string | undefined {
  const id = model.slice(model.lastIndexOf('/') + 1);
  return /^(?:(?:us|eu|apac|global|us-gov|jp|au|ca)\.)?([a-z0-9-]+)\.[a-z]/.exec(id)?.[1];
}

/** Whether it is a model that speaks the Messages API. */
export function isClaude(model: string): boolean {
  return model.includes('anthropic.claude');
}
