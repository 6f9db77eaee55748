import { defined, type Given, type Plugin } from '@tapgate/core';
import { type CompatibleOptions, compatiblePlugin } from '@tapgate/openai-compatible';
import { createGenerationBills } from './generation-bills.ts';

/** What this place has beside the options of every provider of its API. */
export interface OpenrouterMore {
  readonly referer?: string;
  readonly title?: string;
  readonly billWithinMs: number;
}

/** Options of the plugin `openrouter`. */
export type OpenrouterOptions = CompatibleOptions & OpenrouterMore;

declare module '@tapgate/core' {
  interface PluginOptions {
    openrouter: Given<OpenrouterOptions>;
  }
}

/** OpenRouter as a provider. */
export const openrouter: Plugin<OpenrouterOptions> = compatiblePlugin<OpenrouterMore>(
  {
    name: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    variable: 'OPENROUTER_API_KEY',
    dialects: ['openai-chat', 'openai-responses'],
    quirks: { reasoningIn: 'reasoning-object', reasoningOut: 'reasoning_details', cacheMarks: 'cache_control' },
    exposes: ['x-generation-id'],
  },
  {
    properties: {
      referer: { type: 'string', format: 'uri', description: 'Address of the app that requests are counted for.' },
      title: { type: 'string', pattern: '^[ -~]{1,200}$', description: 'Its name in rankings and statistics.' },
      billWithinMs: {
        type: 'integer',
        minimum: 0,
        maximum: 30_000,
        default: 0,
        description:
          'How long to ask, when an answer ended without its price, what it was billed. Its settlement waits as long; 0: nobody asks.',
      },
    },
    settings(gateway, { referer, title, billWithinMs }, place) {
      const headers = defined({ 'http-referer': referer, 'x-openrouter-title': title });
      const patience = { withinMs: billWithinMs };
      return billWithinMs === 0 ? { headers } : { headers, bill: createGenerationBills(gateway, place, patience) };
    },
  },
);
