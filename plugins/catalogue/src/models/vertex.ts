import type { Model, Vendor } from '../model.ts';
import { google } from './google.ts';

const litellm = {
  source: 'https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json',
  asOf: '2026-07-24',
};

/** What costs here otherwise than at the Gemini API, or is not there at all. */
const own: readonly Model[] = [
  {
    name: 'claude-3-5-sonnet',
    contextWindow: 200_000,
    maxOutputTokens: 8192,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: false,
    prices: { input: '3', output: '15' },
    ...litellm,
  },
  {
    name: 'claude-3-haiku',
    contextWindow: 200_000,
    maxOutputTokens: 4096,
    reads: ['text', 'image'],
    writes: ['text'],
    tools: true,
    reasoning: false,
    prices: { input: '0.25', output: '1.25' },
    ...litellm,
  },
  {
    name: 'claude-3-opus',
    contextWindow: 200_000,
    maxOutputTokens: 4096,
    reads: ['text', 'image'],
    writes: ['text'],
    tools: true,
    reasoning: false,
    prices: { input: '15', output: '75' },
    ...litellm,
  },
  {
    name: 'claude-fable-5',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '10', output: '50', cacheRead: '1', cacheWrite: '12.5', cacheWrite1h: '20' },
    ...litellm,
  },
  {
    name: 'claude-haiku-4-5',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '1', output: '5', cacheRead: '0.1', cacheWrite: '1.25', cacheWrite1h: '2' },
    ...litellm,
  },
  {
    name: 'claude-opus-4',
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '15', output: '75', cacheRead: '1.5', cacheWrite: '18.75', cacheWrite1h: '30' },
    ...litellm,
  },
  {
    name: 'claude-opus-4-1',
    contextWindow: 200_000,
    maxOutputTokens: 32_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '15', output: '75', cacheRead: '1.5', cacheWrite: '18.75', cacheWrite1h: '30' },
    ...litellm,
  },
  {
    name: 'claude-opus-4-5',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '5', output: '25', cacheRead: '0.5', cacheWrite: '6.25', cacheWrite1h: '10' },
    ...litellm,
  },
  {
    name: 'claude-opus-4-6',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '5', output: '25', cacheRead: '0.5', cacheWrite: '6.25', cacheWrite1h: '10' },
    ...litellm,
  },
  {
    name: 'claude-opus-4-7',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '5', output: '25', cacheRead: '0.5', cacheWrite: '6.25', cacheWrite1h: '10' },
    ...litellm,
  },
  {
    name: 'claude-opus-4-8',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '5', output: '25', cacheRead: '0.5', cacheWrite: '6.25', cacheWrite1h: '10' },
    ...litellm,
  },
  {
    name: 'claude-opus-5',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '5', output: '25', cacheRead: '0.5', cacheWrite: '6.25', cacheWrite1h: '10' },
    ...litellm,
  },
  {
    name: 'claude-sonnet-4',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: {
      input: '3',
      output: '15',
      cacheRead: '0.3',
      cacheWrite: '3.75',
      cacheWrite1h: '6',
      above: [{ tokens: 200_000, input: '6', output: '22.5', cacheRead: '0.6', cacheWrite: '7.5' }],
    },
    ...litellm,
  },
  {
    name: 'claude-sonnet-4-5',
    contextWindow: 200_000,
    maxOutputTokens: 64_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: {
      input: '3',
      output: '15',
      cacheRead: '0.3',
      cacheWrite: '3.75',
      cacheWrite1h: '6',
      above: [{ tokens: 200_000, input: '6', output: '22.5', cacheRead: '0.6', cacheWrite: '7.5' }],
    },
    ...litellm,
  },
  {
    name: 'claude-sonnet-4-6',
    contextWindow: 1_000_000,
    maxOutputTokens: 64_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '3', output: '15', cacheRead: '0.3', cacheWrite: '3.75', cacheWrite1h: '6' },
    ...litellm,
  },
  {
    name: 'claude-sonnet-5',
    contextWindow: 1_000_000,
    maxOutputTokens: 128_000,
    reads: ['text', 'image', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: true,
    prices: { input: '2', output: '10', cacheRead: '0.2', cacheWrite: '2.5', cacheWrite1h: '4' },
    ...litellm,
  },
  {
    name: 'gemini-2.0-flash',
    contextWindow: 1_048_576,
    maxOutputTokens: 8192,
    reads: ['text', 'image', 'audio', 'video', 'pdf'],
    writes: ['text'],
    tools: true,
    reasoning: false,
    prices: { input: '0.15', output: '0.6', cacheRead: '0.0375', inputAudio: '1' },
    ...litellm,
  },
];

const ownNames: ReadonlySet<string> = new Set(own.map(({ name }) => name));
const shared = google.models.filter(({ name }) => !ownNames.has(name));
const words: Omit<Vendor, 'name' | 'models'> = {
  usualTiers: google.usualTiers ?? [],
  spellings: [
    [/^publishers\/(?:google|anthropic)\/models\//, ''],
    [/@.+$/, ''],
    [/-\d{3}$/, ''],
  ],
  calls: { web_search_requests: '10' },
};

/** Gemini and Claude at Vertex AI's global endpoint. */
export const vertex: Vendor = { name: 'vertex', ...words, models: sorted([...own, ...shared]) };

/** Claude of 4.5 and later, a tenth dearer where an endpoint is bound to a region. @see https://platform.claude.com/docs/en/about-claude/pricing */
const dearer = /^claude-(?:opus|sonnet|haiku)-(?:4-[5-9]|[5-9])|^claude-(?:fable|mythos)/;

/** The same at endpoints of a region or a continent. */
export const vertexRegional: Vendor = {
  name: 'vertex-regional',
  ...words,
  models: vertex.models.map((model) => (dearer.test(model.name) ? { ...model, factor: '1.1' } : model)),
};

function sorted(models: readonly Model[]): readonly Model[] {
  return models.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
