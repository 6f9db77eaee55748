import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Cerebras as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'cerebras',
  title: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  variable: 'CEREBRAS_API_KEY',
  quirks: { reasoningIn: 'effort', reasoningOut: 'reasoning' },
});

export default provider;
