import type { Capabilities } from '@tapgate/core';

/** Models that share what they can do. */
interface Family {
  /** Beginnings of model names, without the prefixes and suffixes of clouds. */
  readonly models: readonly string[];
  readonly able: Capabilities;
}

/*
 * What differs from model to model and decides how a request is written; read in November 2026.
 * - thinkingModes, thinkingDefault, efforts: platform.claude.com/docs/en/build-with-claude/thinking, …/adaptive-thinking, …/effort
 * - sampling (false: temperature, top_p and top_k are a 400), temperatureAndTopP, prefill:
 *   platform.claude.com/docs/en/about-claude/models/migration-guide, …/docs/en/api/errors#prefill-not-supported
 * - midSystem: platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
 * - jsonSchema: platform.claude.com/docs/en/build-with-claude/structured-outputs
 * - maxOutputTokens: platform.claude.com/docs/en/about-claude/models/overview
 */
const manual = { thinkingModes: ['enabled', 'disabled'], thinkingDefault: 'off' } as const;
const choice = { thinkingModes: ['adaptive', 'enabled', 'disabled'], thinkingDefault: 'off' } as const;
const adaptive = { thinkingModes: ['adaptive', 'disabled'], thinkingDefault: 'on' } as const;
const always = { thinkingModes: ['adaptive'], thinkingDefault: 'on' } as const;
const efforts = ['low', 'medium', 'high'] as const;
const modern = {
  midSystem: true,
  sampling: false,
  prefill: false,
  efforts: [...efforts, 'xhigh', 'max'],
  maxOutputTokens: 128_000,
};
const old = { midSystem: false, prefill: true } as const;

/** The more particular beginning first. */
const families: readonly Family[] = [
  { models: ['claude-3-7-'], able: { ...old, ...manual, jsonSchema: false, maxOutputTokens: 64_000 } },
  { models: ['claude-3-5-'], able: { ...old, reasoning: false, jsonSchema: false, maxOutputTokens: 8192 } },
  {
    models: ['claude-3-', 'claude-2', 'claude-instant'],
    able: { ...old, reasoning: false, jsonSchema: false, maxOutputTokens: 4096 },
  },
  { models: ['claude-opus-4-8'], able: { ...modern, thinkingModes: ['adaptive'], thinkingDefault: 'off' } },
  {
    models: ['claude-opus-4-7'],
    able: { ...modern, thinkingModes: ['adaptive'], thinkingDefault: 'off', midSystem: false },
  },
  {
    models: ['claude-opus-4-6'],
    able: {
      ...choice,
      efforts: [...efforts, 'max'],
      midSystem: false,
      prefill: false,
      temperatureAndTopP: false,
      maxOutputTokens: 128_000,
    },
  },
  {
    models: ['claude-sonnet-4-6'],
    able: { ...old, ...choice, efforts: [...efforts, 'max'], temperatureAndTopP: false, maxOutputTokens: 64_000 },
  },
  {
    models: ['claude-opus-4-5', 'claude-sonnet-4-5', 'claude-haiku-4-5'],
    able: { ...old, ...manual, temperatureAndTopP: false, maxOutputTokens: 64_000 },
  },
  { models: ['claude-opus-4-1'], able: { ...old, ...manual, temperatureAndTopP: false, maxOutputTokens: 32_000 } },
  {
    models: ['claude-opus-4', 'claude-4-opus'],
    able: { ...old, ...manual, jsonSchema: false, maxOutputTokens: 32_000 },
  },
  {
    models: ['claude-sonnet-4', 'claude-4-sonnet'],
    able: { ...old, ...manual, jsonSchema: false, maxOutputTokens: 64_000 },
  },
  { models: ['claude-fable-', 'claude-mythos-'], able: { ...modern, ...always } },
  { models: ['claude-opus-5', 'claude-sonnet-5', 'claude-haiku-5'], able: { ...modern, ...adaptive } },
  // One that is not known yet is newer, and the newer ones think as the newest do.
  { models: ['claude-'], able: adaptive },
];

/**
 * What a Claude model can do, by its name at any cloud; an empty record for a name that says nothing. Absent is unknown,
 * and an unknown model is asked as the client asks it.
 */
export function claudeAbilities(model: string): Capabilities {
  const start = model.indexOf('claude-');
  if (start === -1) return {};
  const name = model.slice(start).replaceAll('.', '-');
  return families.find((family) => family.models.some((beginning) => name.startsWith(beginning)))?.able ?? {};
}
