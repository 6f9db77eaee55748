import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** Glimmer as a provider: it speaks the OpenAI API, so that one row says all. */
const plugin: Plugin<CompatibleOptions> = compatiblePlugin({
  name: 'glimmer',
  title: 'Glimmer',
  baseUrl: 'https://api.glimmer.example/v1',
  variable: 'GLIMMER_API_KEY',
  quirks: { reasoningIn: 'effort', seed: false },
});

export default plugin;
