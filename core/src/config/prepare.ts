import { Secret } from '../secret.ts';
import { check, type About } from './check.ts';
import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, isMap, pathKey, pathText, valueAt } from './config-path.ts';
import { fillText, type Sources } from './interpolate.ts';
import { type Schema, typesOf, visitSchema } from './visit-schema.ts';

/** What is known of a value that a schema is to be laid upon. */
export interface Prepare {
  readonly about: About;
  /** Fills in the placeholders of the schema's own defaults: `default: '${NAME}'`. */
  readonly sources: Sources;
  /** The text as written of a value that had a placeholder, by its path within the value. */
  readonly placeholder: (path: ConfigPath) => string | undefined;
}

/** A value as its schema wants it. */
export interface Prepared {
  readonly value: unknown;
  readonly errors: readonly ConfigError[];
  /** Places that hold a secret, and places of which the schema says that they do not. */
  readonly secrets: readonly ConfigPath[];
  readonly open: readonly ConfigPath[];
}

/**
 * Makes a value what its schema wants: defaults filled in, what came from a placeholder converted to the number or
 * truth that belongs there, everything validated, and what is marked `secret` made a `Secret`. The value that is
 * given stays as it is. Doing it twice gives what doing it once gave.
 */
export function prepare(schema: Schema, given: unknown, how: Prepare): Prepared {
  const already: ConfigPath[] = [];
  const value: Holder = { root: copy(given, [], already) };
  const errors = fillDefaults(schema, value, how);
  convert(schema, value, how.placeholder);
  const told = new Set(errors.map(({ path }) => path));
  errors.push(...check(schema, value.root, how.about, how.placeholder).filter(({ path }) => !told.has(path)));
  const { secrets, open } = secretPlaces(schema, value.root);
  for (const path of [...secrets, ...already]) change(value, path, wrapped);
  return { value: value.root, errors, secrets, open };
}

interface Holder {
  root: unknown;
}

/** A copy with secrets laid open, because a schema knows only text; `already` takes their places. */
function copy(value: unknown, path: ConfigPath, already: ConfigPath[]): unknown {
  if (value instanceof Secret) {
    already.push(path);
    return value.reveal();
  }
  if (Array.isArray(value)) return value.map((item: unknown, at) => copy(item, [...path, at], already));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, [...path, key], already)]));
}

function wrapped(value: unknown): unknown {
  return typeof value === 'string' ? new Secret(value) : value;
}

function change(holder: Holder, path: ConfigPath, by: (value: unknown) => unknown): void {
  const parent = valueAt(holder, ['root', ...path].slice(0, -1));
  const last = ['root', ...path].at(-1) ?? 'root';
  if (typeof parent !== 'object' || parent === null) return;
  const inside = parent as Record<string | number, unknown>;
  inside[last] = by(inside[last]);
}

/** Fills in what is missing, from the outside in, so that a default's own inside is filled in as well. */
function fillDefaults(schema: Schema, holder: Holder, how: Prepare): ConfigError[] {
  const errors: ConfigError[] = [];
  visitSchema(schema, holder.root, (place) => {
    const { properties } = place.schema;
    if (place.maybe || !isMap(properties) || !isMap(place.value)) return;
    const target = place.value as Record<string, unknown>;
    for (const [key, property] of Object.entries(properties)) {
      if (!isMap(property) || !('default' in property) || Object.hasOwn(target, key)) continue;
      const initial = defaultOf(property['default'], [...place.path, key], how, errors);
      if (initial !== undefined) target[key] = initial;
    }
  });
  return errors;
}

/** A default that a variable gives is left out where the variable may be empty, and is. */
function defaultOf(initial: unknown, path: ConfigPath, how: Prepare, errors: ConfigError[]): unknown {
  if (typeof initial !== 'string' || !initial.includes('${')) return structuredClone(initial);
  const filled = fillText(initial, how.sources);
  if (filled.errors.length === 0) return filled.text === '' ? undefined : filled.text;
  const variable = /\$\{(\w+)/.exec(initial)?.[1] ?? initial;
  const { path: prefix, plugin } = how.about;
  const whose = plugin === undefined ? '' : ` The plugin "${plugin}" takes "${pathText(path)}" from it.`;
  const otherwise = `write "${pathText(path)}" here`;
  errors.push(
    configErrors.CONFIG_VARIABLE_UNSET({ variable, reason: whose, otherwise }, { path: [...prefix, ...path] }),
  );
  return undefined;
}

/** Text that came from a placeholder becomes the number or truth that belongs there; `"8080"` in the file stays text. */
function convert(schema: Schema, holder: Holder, placeholder: (path: ConfigPath) => string | undefined): void {
  const wanted = new Map<string, { path: ConfigPath; types: Set<string>; text: string }>();
  visitSchema(schema, holder.root, ({ schema: here, path, value }) => {
    if (typeof value !== 'string' || placeholder(path) === undefined) return;
    const known = wanted.get(pathKey(path)) ?? { path, types: new Set<string>(), text: value };
    for (const type of typesOf(here, schema)) known.types.add(type);
    wanted.set(pathKey(path), known);
  });
  for (const { path, types, text } of wanted.values()) {
    const converted = types.has('string') ? undefined : asType(text, types);
    if (converted !== undefined) change(holder, path, () => converted);
  }
}

/** The text as one of these types, or nothing where it is none of them. */
function asType(text: string, types: ReadonlySet<string>): number | boolean | undefined {
  const trimmed = text.trim();
  const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed) ? Number(trimmed) : undefined;
  if (number !== undefined && (types.has('number') || types.has('integer'))) return number;
  if (types.has('boolean') && /^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return undefined;
}

function secretPlaces(schema: Schema, value: unknown): { secrets: ConfigPath[]; open: ConfigPath[] } {
  const said = new Map<string, { path: ConfigPath; secret: boolean }>();
  visitSchema(schema, value, (place) => {
    if (typeof place.value === 'object' && place.value !== null) return;
    const known = said.get(pathKey(place.path))?.secret ?? false;
    said.set(pathKey(place.path), { path: place.path, secret: known || place.schema['secret'] === true });
  });
  const all = [...said.values()];
  return {
    secrets: all.filter(({ secret }) => secret).map(({ path }) => path),
    open: all.filter(({ secret }) => !secret).map(({ path }) => path),
  };
}
