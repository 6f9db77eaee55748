import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, isMap, pathText } from './config-path.ts';
import { parseTarget } from './parse-target.ts';

/** A config without its shorthands: one form to validate, so that a mistake is one error and not one per form. */
export interface Expanded {
  readonly value: unknown;
  /** With paths as in the file. */
  readonly errors: readonly ConfigError[];
  /** The way in the file to what is at this path here. */
  readonly written: (path: ConfigPath) => ConfigPath;
}

type Mutable = Record<string, unknown>;

/** Writes out a plugin that is only its name, a model that is only its targets, and a target that is only its name. */
export function expand(config: unknown): Expanded {
  const errors: ConfigError[] = [];
  if (!isMap(config)) return { value: config ?? {}, errors, written: (path) => path };
  const lists = new Set<string>();
  // A section whose lines are all commented out is null, and means what its absence means.
  const value: Mutable = Object.fromEntries(Object.entries(config).filter(([, section]) => section !== null));
  delete value['$schema'];
  if (Array.isArray(value['plugins'])) value['plugins'] = value['plugins'].map(expandPlugin);
  if (isMap(value['models'])) {
    const models = Object.entries(value['models']).map(([name, model]) => {
      if (Array.isArray(model)) lists.add(name);
      return [name, expandModel(name, model, errors)] as const;
    });
    value['models'] = Object.fromEntries(models);
  }
  const written = (path: ConfigPath): ConfigPath => {
    const [section, name, inner, ...rest] = path;
    const short = section === 'models' && inner === 'targets' && lists.has(String(name));
    return short ? [section, name ?? '', ...rest] : path;
  };
  return { value, errors, written };
}

function expandPlugin(plugin: unknown): unknown {
  if (typeof plugin === 'string') return { use: plugin, options: {} };
  if (!isMap(plugin)) return plugin;
  return { ...plugin, options: plugin['options'] ?? {} };
}

function expandModel(name: string, model: unknown, errors: ConfigError[]): unknown {
  const target = (path: ConfigPath) => (written: unknown, at: number) => expandTarget(written, [...path, at], errors);
  if (Array.isArray(model)) return { targets: model.map(target(['models', name])) };
  if (!isMap(model) || !Array.isArray(model['targets'])) return model;
  return { ...model, targets: model['targets'].map(target(['models', name, 'targets'])) };
}

function expandTarget(written: unknown, path: ConfigPath, errors: ConfigError[]): unknown {
  if (typeof written !== 'string') return written;
  const target = parseTarget(written);
  if (target !== undefined) return target;
  const complaint = 'does not say which provider and which model';
  const cure = 'Write "provider/model", or "provider/model#credential".';
  errors.push(configErrors.CONFIG_VALUE({ subject: `"${pathText(path)}"`, complaint, cure }, { path }));
  // Stands in for it, so that nothing more is said about this one.
  return { provider: '-', model: '-' };
}
