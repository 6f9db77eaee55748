import type { PluginOptions, When } from '../plugin.ts';
import type { Target } from '../provider.ts';
import type { LimitsConfig, ModelConfig, ServerConfig } from './config.ts';
import type { Timeouts, UpstreamConfig } from '../upstream/upstream.ts';

/** A model as people write it: its targets, or those with what is special about it. */
export type WrittenModel =
  | readonly (string | Target)[]
  | (Omit<Partial<ModelConfig>, 'targets'> & { readonly targets: readonly (string | Target)[] });

/** A plugin as people write it. A plugin whose package is imported somewhere gives its options their types. */
export type WrittenPlugin<Use extends string = string> =
  | Use
  | {
      readonly use: Use;
      readonly id?: string;
      readonly options?: Use extends keyof PluginOptions ? PluginOptions[Use] : Readonly<Record<string, unknown>>;
      readonly when?: When;
    };

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
export function defineConfig<const Uses extends readonly string[]>(
  config: Omit<WrittenConfig, 'plugins'> & {
    readonly plugins?: { readonly [Index in keyof Uses]: WrittenPlugin<Uses[Index]> };
  },
): WrittenConfig {
  return config;
}
