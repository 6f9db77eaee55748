import { type PluginManifest, installedPlugins, shortName } from './plugin-manifest.ts';

/** The provider that needs no key. */
const keyless = 'echo';

/** What is served where there is no config, and which of its plugins may be left out when they cannot be loaded. */
export interface EmbeddedConfig {
  readonly value: { readonly plugins: readonly string[]; readonly models: Readonly<Record<string, readonly string[]>> };
  readonly found: readonly FoundProvider[];
}

/** A provider that is served because its key is there. */
export interface FoundProvider {
  readonly name: string;
  /** The variable that was set. */
  readonly variable: string;
}

/**
 * What is served without a config: the provider that needs no key, every installed provider whose usual key is in the
 * environment, and every plugin that brings a language of clients. Only manifests are read.
 */
export function embeddedConfig(cwd: string, env: Readonly<Record<string, string | undefined>>): EmbeddedConfig {
  const installed = installedPlugins([cwd]);
  const isKeyless = ({ package: name }: PluginManifest): boolean => shortName(name) === keyless;
  const keyed = installed.filter((manifest) => manifest.kind === 'provider' && variableOf(manifest, env) !== undefined);
  const speaking = installed.filter((manifest) => manifest.dialects.length > 0 && !keyed.includes(manifest));
  const chosen = [...installed.filter(isKeyless), ...speaking, ...keyed].filter(
    (one, at, all) => all.indexOf(one) === at,
  );
  const echoes = installed.some(isKeyless);
  return {
    value: {
      plugins: chosen.map(({ package: name }) => shortName(name)),
      models: echoes ? { [keyless]: [`${keyless}/${keyless}`] } : {},
    },
    found: keyed.map((manifest) => ({ name: shortName(manifest.package), variable: variableOf(manifest, env) ?? '' })),
  };
}

function variableOf(manifest: PluginManifest, env: Readonly<Record<string, string | undefined>>): string | undefined {
  return manifest.env.find((name) => env[name] !== undefined && env[name] !== '');
}
