import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Groq as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'groq',
  title: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  variable: 'GROQ_API_KEY',
  quirks: { reasoningIn: 'effort', reasoningOut: 'reasoning', n: 1 },
});

export default provider;
