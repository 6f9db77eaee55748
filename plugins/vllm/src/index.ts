import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** vLLM as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'vllm',
  title: 'vLLM',
  baseUrl: 'http://localhost:8000/v1',
  dialects: ['openai-chat', 'openai-responses'],
  quirks: { reasoningIn: 'chat-template-kwargs' },
});

export default provider;
