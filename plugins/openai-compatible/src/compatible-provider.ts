import {
  createHttpProvider,
  defined,
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

/** What a place has beside its row: options of its own, and what they make of its provider. */
export interface CompatibleMore<Options> {
  /** Their schemas, by name. */
  readonly properties: Readonly<Record<string, object>>;
  settings(
    gateway: Gateway,
    options: CompatibleOptions & Options,
    place: CompatiblePlace,
  ): Partial<HttpProviderOptions>;
}

/** The place that a row and the operator's options name. */
export interface CompatiblePlace {
  readonly name: string;
  readonly baseUrl: string;
  readonly credentials: Readonly<Record<string, Secret>>;
}

const dialects = { 'openai-chat': openaiChat, 'openai-responses': openaiResponses };

/**
 * Adds the dialects and the provider that a row and the operator's options describe. Without a key, where one is needed,
 * only the dialects.
 */
export function addCompatible<Options>(
  gateway: Gateway,
  row: CompatibleRow,
  options: CompatibleOptions & Options,
  name: string,
  more?: CompatibleMore<Options>,
): void {
  const spoken = options.dialects ?? row.dialects ?? ['openai-chat'];
  for (const dialect of spoken) gateway.dialect(dialects[dialect]);
  const credentials = credentialsOf({ ...keyFrom(row), ...options });
  const keyless = row.variable === undefined || options.baseUrl !== undefined;
  if (!keyless && Object.keys(credentials).length === 0) return;
  const baseUrl = options.baseUrl ?? filled(row.baseUrl, options.fill ?? {});
  const place = { name, baseUrl, credentials };
  const settings = more?.settings(gateway, options, place) ?? {};
  gateway.provider(compatibleProvider(gateway, row, { ...options, dialects: spoken }, place, settings));
}

/** The key that is in the environment under the place's usual name. */
function keyFrom({ variable }: CompatibleRow): { readonly apiKey?: Secret } {
  const key = variable === undefined ? undefined : process.env[variable];
  return key === undefined || key === '' ? {} : { apiKey: new Secret(key) };
}

function compatibleProvider(
  gateway: Gateway,
  { operations, exposes, ...row }: CompatibleRow,
  {
    dialects: spoken,
    headers,
    models,
    timeouts,
    quirks,
    sealRealm,
  }: CompatibleOptions & { readonly dialects: readonly CompatibleDialect[] },
  place: CompatiblePlace,
  settings: Partial<HttpProviderOptions>,
): Provider {
  const serves = operations === undefined ? undefined : (operation: string) => operations.includes(operation);
  return createHttpProvider(gateway, {
    ...place,
    vendor: row.name,
    dialects: spoken,
    capabilities: (model) => ({ ...quirksFor(row, model), ...quirks }),
    sealRealm: () => sealRealm,
    ...defined({ models, timeouts, exposes, serves }),
    ...settings,
    headers: { ...settings.headers, ...headers },
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
