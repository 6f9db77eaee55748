import { Secret } from '../secret.ts';
import { check, type About } from './check.ts';
import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, isMap, pathKey, pathText, valueAt } from './config-path.ts';
import { fillText, type Sources } from './interpolate.ts';
import { type Schema, typesOf, visitSchema } from './visit-schema.ts';

/** The text as written of a value that had a placeholder, or nothing where it had none. */
export type Placeholder = (path: ConfigPath) => string | undefined;

/** What is known of a value that a schema is to be laid upon. */
export interface Prepare {
  readonly about: About;
  /** Fills in the placeholders of the schema's own defaults: `default: '${NAME}'`. */
  readonly sources: Sources;
  /** The text as written of a value that had a placeholder, by its path within the value; absent: there are none. */
  readonly placeholder?: Placeholder | undefined;
}

/** A value as its schema wants it. */
export interface Prepared {
  readonly value: unknown;
  readonly errors: readonly ConfigError[];
  /** Places that hold a secret. */
  readonly secrets: readonly ConfigPath[];
  /** Places of which the schema says that they hold none. Asked only where something is wrong. */
  readonly open: () => readonly ConfigPath[];
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
  if (how.placeholder !== undefined) convert(schema, value, how.placeholder);
  const told = new Set(errors.map(({ path }) => path));
  errors.push(...check(schema, value.root, how.about, how.placeholder).filter(({ path }) => !told.has(path)));
  const secrets = mentionsSecret(schema) ? placesOf(schema, value.root, true) : [];
  for (const path of [...secrets, ...already]) change(value, path, wrapped);
  return { value: value.root, errors, secrets, open: () => placesOf(schema, value.root, false) };
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
function convert(schema: Schema, holder: Holder, placeholder: Placeholder): void {
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

const mentions = new WeakMap<object, boolean>();

/** Whether anything in a schema is secret; core's own has nothing, and thousands of models. */
function mentionsSecret(schema: Schema): boolean {
  const known = mentions.get(schema) ?? JSON.stringify(schema).includes('"secret":true');
  mentions.set(schema, known);
  return known;
}

/** Where a list or a map belongs, a text may be anything. */
const scalars = new Set(['string', 'number', 'integer', 'boolean']);

/** Places of single values: secret as soon as one schema says so, and open only if one says what the value is. */
function placesOf(schema: Schema, value: unknown, secret: boolean): ConfigPath[] {
  const said = new Map<string, { path: ConfigPath; secret: boolean }>();
  visitSchema(schema, value, (place) => {
    if (!(place.value instanceof Secret) && typeof place.value === 'object' && place.value !== null) return;
    if (![...typesOf(place.schema, schema)].some((type) => scalars.has(type))) return;
    const known = said.get(pathKey(place.path))?.secret ?? false;
    said.set(pathKey(place.path), { path: place.path, secret: known || place.schema['secret'] === true });
  });
  return [...said.values()].filter((place) => place.secret === secret).map(({ path }) => path);
}
