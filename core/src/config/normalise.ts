import type { When } from '../plugin.ts';
import type { Target } from '../provider.ts';
import type { Config, ModelConfig } from './config.ts';
import { expand } from './expand.ts';
import { ConfigErrors } from './config-error.ts';
import { coreSchema } from './core-schema.ts';
import { prepare } from './prepare.ts';
import type { WrittenConfig } from './written-config.ts';

/** A config that is valid, with its defaults, before its plugins are known. */
export interface ValidConfig extends Omit<Config, 'plugins' | 'models'> {
  readonly plugins: readonly ValidPlugin[];
  readonly models: Readonly<Record<string, ValidModel>>;
}

/** One plugin as the config names it. */
export interface ValidPlugin {
  readonly use: string;
  readonly id?: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly when?: When;
}

/** One model as the config names it. */
export type ValidModel = Omit<ModelConfig, 'unsupported'> & {
  readonly unsupported?: 'refuse' | 'drop';
  readonly targets: readonly Target[];
};

/** The complete config: each model says what becomes of what a target cannot do, each plugin has its id and its options. */
export function normalise(valid: ValidConfig, plugins: Config['plugins']): Config {
  const models = Object.entries(valid.models).map(([name, model]): [string, ModelConfig] => [
    name,
    { ...model, unsupported: model.unsupported ?? valid.unsupported },
  ]);
  return { ...valid, plugins, models: Object.fromEntries(models) };
}

/**
 * A complete config from one written in a program, without plugins: those come with `gateway.use`. Nothing is read and
 * nothing loaded. Throws `ConfigErrors`.
 */
export function completeConfig(written: Omit<WrittenConfig, 'plugins'> = {}): Config {
  const { value, errors: expanding } = expand(written);
  const prepared = prepare(coreSchema, value, {
    about: { path: [] },
    sources: { env: process.env, folder: process.cwd() },
  });
  const errors = [...expanding, ...prepared.errors];
  if (errors.length > 0) throw new ConfigErrors(errors);
  return normalise(prepared.value as ValidConfig, []);
}
