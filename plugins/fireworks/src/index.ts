import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Fireworks as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'fireworks',
  title: 'Fireworks',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  variable: 'FIREWORKS_API_KEY',
  dialects: ['openai-chat', 'openai-responses'],
  quirks: { reasoningIn: 'effort' },
});

export default provider;
