import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** xAI as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'xai',
  title: 'xAI',
  baseUrl: 'https://api.x.ai/v1',
  variable: 'XAI_API_KEY',
  dialects: ['openai-chat', 'openai-responses'],
  quirks: { reasoningIn: 'effort', reasoningTokens: 'extra' },
});

export default provider;
