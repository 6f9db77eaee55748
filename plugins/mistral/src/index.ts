import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Mistral as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'mistral',
  title: 'Mistral',
  baseUrl: 'https://api.mistral.ai/v1',
  variable: 'MISTRAL_API_KEY',
  quirks: {
    toolIdPattern: '^[a-zA-Z0-9]{9}$',
    renames: ['seed:random_seed'],
    streamOptions: false,
    normalise: true,
  },
});

export default provider;
