import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** DeepSeek as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'deepseek',
  title: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  variable: 'DEEPSEEK_API_KEY',
  quirks: { reasoningIn: 'thinking-type', reasoningReplay: 'required', jsonSchema: 'json_object' },
});

export default provider;
