import type { PluginOptions, When } from '../plugin.ts';
import type { Target } from '../provider.ts';
import type { LimitsConfig, ModelConfig, ServerConfig } from './config.ts';
import type { Timeouts, UpstreamConfig } from '../upstream/upstream.ts';

/** A model as people write it: its targets, or those with what is special about it. */
export type WrittenModel =
  | readonly (string | Target)[]
  | (Omit<Partial<ModelConfig>, 'targets'> & { readonly targets: readonly (string | Target)[] });

interface Entry<Use extends string, Options> {
  readonly use: Use;
  readonly id?: string;
  readonly options?: Options;
  readonly when?: When;
}

/** A plugin as people write it: its name alone, or with what is to be said of it. */
export type WrittenPlugin = string | Entry<string, Readonly<Record<string, unknown>>>;

/** What a plugin's entry must be, by the name in it: a plugin whose package is imported somewhere gives its options their types. */
type Checked<Written> = Written extends string
  ? Written
  : Written extends { readonly use: infer Use extends keyof PluginOptions }
    ? Entry<Use, PluginOptions[Use]>
    : Entry<string, Readonly<Record<string, unknown>>>;

/** A config as people write it: everything may be absent. */
export interface WrittenConfig {
  readonly server?: Partial<ServerConfig>;
  readonly limits?: Partial<LimitsConfig>;
  readonly upstream?: Partial<Omit<UpstreamConfig, 'timeouts'>> & { readonly timeouts?: Partial<Timeouts> };
  readonly log?: { readonly level?: string };
  readonly plugins?: readonly WrittenPlugin[];
  readonly models?: Readonly<Record<string, WrittenModel>>;
  readonly unsupported?: 'refuse' | 'drop';
}

/** Declares a config in `tapgate.ts`; the identity function, for its types. */
export function defineConfig<const Plugins extends readonly (string | { readonly use: string })[]>(
  config: Omit<WrittenConfig, 'plugins'> & {
    readonly plugins?: Plugins & { readonly [Index in keyof Plugins]: Checked<Plugins[Index]> };
  },
): WrittenConfig {
  return config;
}
