import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Hugging Face as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'huggingface',
  title: 'Hugging Face',
  baseUrl: 'https://router.huggingface.co/v1',
  variable: 'HF_TOKEN',
  quirks: { reasoningIn: 'effort' },
});

export default provider;
