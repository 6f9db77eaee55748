import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Together as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'together',
  title: 'Together',
  baseUrl: 'https://api.together.xyz/v1',
  variable: 'TOGETHER_API_KEY',
  quirks: { reasoningIn: 'reasoning-object' },
});

export default provider;
