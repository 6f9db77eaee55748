import {
  createHttpProvider,
  definePlugin,
  type Dialect,
  type Gateway,
  type HttpProviderOptions,
  type Plugin,
  type Provider,
  type Secret,
} from '@tapgate/core';
import { toyDialect } from './toy-dialect.ts';

/** Options of the toy. */
export interface ToyOptions {
  readonly baseUrl: string;
  readonly apiKey: Secret;
}

/** What a broken toy has otherwise. */
export interface ToyChanges {
  readonly dialect?: Dialect;
  readonly options?: (options: ToyOptions, gateway: Gateway) => Partial<HttpProviderOptions>;
  readonly provider?: (provider: Provider, options: ToyOptions, gateway: Gateway) => Partial<Provider>;
}

/** A plugin that brings the toy dialect and a provider that speaks it, and keeps every promise. */
export function toyPlugin(changes: ToyChanges = {}): Plugin<ToyOptions> {
  const dialect = changes.dialect ?? toyDialect();
  return definePlugin<ToyOptions>({
    name: 'toy',
    apiVersion: 1,
    schema: {
      type: 'object',
      properties: {
        baseUrl: { type: 'string', description: 'Where the toy is.' },
        apiKey: { type: 'string', secret: true, description: 'Its key.' },
      },
      required: ['baseUrl', 'apiKey'],
      additionalProperties: false,
    },
    apply(gateway, options, { id }) {
      gateway.dialect(dialect);
      const provider = createHttpProvider(gateway, {
        name: id,
        baseUrl: options.baseUrl,
        dialects: ['toy'],
        credentials: { main: options.apiKey },
        ...changes.options?.(options, gateway),
      });
      gateway.provider({ ...provider, ...changes.provider?.(provider, options, gateway) });
    },
  });
}
