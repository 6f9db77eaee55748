import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, pathKey, pathText, valueAt } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';
import { coreSchema } from './core-schema.ts';
import { expand } from './expand.ts';
import { interpolate, type Sources } from './interpolate.ts';
import { prepare, type Prepared } from './prepare.ts';

/** A config on its way: filled in, written out and validated by core's schema; its plugins are not known yet. */
export interface Reading {
  readonly sources: Sources;
  /** A valid config if there are no errors; else whatever there is. */
  readonly value: unknown;
  /** With paths as in the file. */
  readonly errors: readonly ConfigError[];
  /** The text as written of a value that had a placeholder, by its path here. */
  placeholder(path: ConfigPath): string | undefined;
  /** Whether something is already known to be wrong with exactly this. */
  failed(path: ConfigPath): boolean;
  /** Takes over what a plugin's schema says of its options. */
  readonly learn: (path: ConfigPath, prepared: Prepared) => void;
  /** What is allowed, and not wise. Complete once the plugins are known. */
  warnings(): readonly ConfigError[];
  /** The same error, its path as in the file, with line and column. */
  located(error: ConfigError): ConfigError;
}

/** Reads a source as far as core's own schema goes. */
export function readSource(source: ConfigSource, env: Sources['env']): Reading {
  const sources = { env, folder: source.folder };
  const { value: interpolated, filled, errors: interpolation } = interpolate(source.value, sources);
  const { value: expanded, errors: expansion, written } = expand(interpolated);
  const placeholder = (path: ConfigPath): string | undefined => filled.get(pathKey(written(path)));
  const wrong = new Set([...interpolation, ...expansion].map(({ place }) => pathKey(place.path ?? [])));
  const failed = (path: ConfigPath): boolean => wrong.has(pathKey(written(path)));
  const prepared = prepare(coreSchema, expanded, {
    about: { path: [], written },
    sources,
    placeholder: filled.size === 0 ? undefined : placeholder,
  });
  const learned: { readonly prefix: ConfigPath; readonly known: Prepared }[] = [];
  let open: ReadonlySet<string> | undefined;
  return {
    sources,
    value: prepared.value,
    errors: [...interpolation, ...expansion, ...prepared.errors.filter(({ place }) => !failed(place.path ?? []))],
    placeholder,
    failed,
    learn: (prefix, known) => learned.push({ prefix, known }),
    warnings: () => {
      const secrets = learned.flatMap(({ prefix, known }) => known.secrets.map((path) => [...prefix, ...path]));
      return warningsOf(
        source,
        prepared.value,
        secrets.filter((path) => placeholder(path) === undefined),
      );
    },
    located: (error) => {
      const { path } = error.place;
      const here = path === undefined ? error : error.at({ path: written(path) });
      open ??= openPlaces(prepared, written, learned);
      return source.locate(here, (place) => open?.has(pathKey(place)) === true);
    },
  };
}

/** Every place that a schema vouches for, as written in the file. */
function openPlaces(
  core: Prepared,
  written: (path: ConfigPath) => ConfigPath,
  learned: readonly { readonly prefix: ConfigPath; readonly known: Prepared }[],
): ReadonlySet<string> {
  const own = core.open().map(written);
  // A shorthand is one text for several values: the place of each of them is the place around it.
  const around = own.map((path) => path.slice(0, -1));
  const options = learned.flatMap(({ prefix, known }) => known.open().map((path) => [...prefix, ...path]));
  return new Set([...own, ...around, ...options].map(pathKey));
}

function warningsOf(source: ConfigSource, value: unknown, literals: readonly ConfigPath[]): ConfigError[] {
  const plugins = valueAt(value, ['plugins']);
  const none = Array.isArray(plugins) && plugins.length === 0 ? [configErrors.CONFIG_NO_PLUGINS()] : [];
  if (!source.handWritten) return none;
  const written = literals.filter((path) => {
    const there = valueAt(source.value, path);
    return typeof there === 'string' && there !== '';
  });
  return [
    ...none,
    ...written.map((path) => configErrors.CONFIG_SECRET_LITERAL({ subject: `"${pathText(path)}"` }, { path })),
  ];
}
