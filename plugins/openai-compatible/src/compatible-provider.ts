import {
  createHttpProvider,
  Secret,
  type Capabilities,
  type Gateway,
  type HttpProviderOptions,
  type Provider,
} from '@tapgate/core';
import { credentialsOf, openaiChat, openaiResponses, type ApiProviderOptions } from '@tapgate/openai';
import { quirksFor, type CompatibleDialect, type CompatibleRow } from './compatible-row.ts';

/** Options of every provider that speaks this API. */
export interface CompatibleOptions extends ApiProviderOptions {
  readonly baseUrl?: string;
  readonly fill?: Readonly<Record<string, string>>;
  readonly dialects?: readonly CompatibleDialect[];
  readonly quirks?: Capabilities;
}

const dialects = { 'openai-chat': openaiChat, 'openai-responses': openaiResponses };

/**
 * Adds the dialects and the provider that a row and the operator's options describe. Without a key, where one is needed,
 * only the dialects.
 */
export function addCompatible(gateway: Gateway, row: CompatibleRow, options: CompatibleOptions, name: string): void {
  const spoken = options.dialects ?? row.dialects ?? ['openai-chat'];
  for (const dialect of spoken) gateway.dialect(dialects[dialect]);
  const credentials = credentialsOf({ ...keyFrom(row), ...options });
  const keyless = row.variable === undefined || options.baseUrl !== undefined;
  if (!keyless && Object.keys(credentials).length === 0) return;
  gateway.provider(compatibleProvider(gateway, row, { ...options, dialects: spoken }, credentials, name));
}

/** The key that is in the environment under the place's usual name. */
function keyFrom({ variable }: CompatibleRow): { readonly apiKey?: Secret } {
  const key = variable === undefined ? undefined : process.env[variable];
  return key === undefined || key === '' ? {} : { apiKey: new Secret(key) };
}

function compatibleProvider(
  gateway: Gateway,
  row: CompatibleRow,
  options: CompatibleOptions & { readonly dialects: readonly CompatibleDialect[] },
  credentials: Readonly<Record<string, Secret>>,
  name: string,
): Provider {
  const { operations, exposes } = row;
  const { headers, models, timeouts, quirks } = options;
  const more: Partial<Record<keyof HttpProviderOptions, unknown>> = {
    headers,
    models,
    timeouts,
    exposes,
    ...(operations && { serves: (operation: string) => operations.includes(operation) }),
  };
  return createHttpProvider(gateway, {
    name,
    baseUrl: options.baseUrl ?? filled(row.baseUrl, options.fill ?? {}),
    dialects: options.dialects,
    credentials,
    capabilities: (model) => ({ ...quirksFor(row, model), ...quirks }),
    ...(Object.fromEntries(
      Object.entries(more).filter(([, value]) => value !== undefined),
    ) as Partial<HttpProviderOptions>),
  });
}

/** The address with what only the operator knows put in. */
function filled(baseUrl: string, values: Readonly<Record<string, string>>): string {
  return baseUrl.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** What an address still wants to be told. */
export function missingIn(baseUrl: string, values: Readonly<Record<string, string>> = {}): readonly string[] {
  return [...filled(baseUrl, values).matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
}
