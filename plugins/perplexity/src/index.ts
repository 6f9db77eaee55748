import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Perplexity as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'perplexity',
  title: 'Perplexity',
  baseUrl: 'https://api.perplexity.ai',
  variable: 'PERPLEXITY_API_KEY',
  quirks: { tools: false, alternates: true, contentForm: 'parts', reasoningIn: 'effort' },
});

export default provider;
