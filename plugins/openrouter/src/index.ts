import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** OpenRouter as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'openrouter',
  title: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  variable: 'OPENROUTER_API_KEY',
  dialects: ['openai-chat', 'openai-responses'],
  quirks: { reasoningIn: 'reasoning-object', reasoningOut: 'reasoning_details', cacheMarks: 'cache_control' },
});

export default provider;
