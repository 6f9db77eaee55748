import { type ConfigPath, isMap } from './config-path.ts';

/** A JSON Schema, as far as core looks into one. */
export type Schema = Readonly<Record<string, unknown>>;

/** A schema that has a say about the value at a path. */
export interface Place {
  readonly schema: Schema;
  readonly path: ConfigPath;
  readonly value: unknown;
  /** It is one of several that may apply, in `anyOf` or its like. */
  readonly maybe: boolean;
}

const branches = ['anyOf', 'oneOf', 'if', 'then', 'else'] as const;
const likeness = ['$ref', 'allOf', ...branches] as const;

/**
 * Calls `see` for every value that the schema says something about, from the outside in, once for each schema that does.
 * It follows `$ref` within the document, and takes every branch whether or not it fits.
 */
export function visitSchema(whole: Schema, value: unknown, see: (place: Place) => void): void {
  const descend = (
    schema: unknown,
    inner: unknown,
    path: ConfigPath,
    maybe: boolean,
    seen: readonly unknown[],
  ): void => {
    // A reference that leads back to itself without a step into the value would never end.
    if (!isMap(schema) || seen.includes(schema)) return;
    see({ schema, path, value: inner, maybe });
    for (const [next, uncertain] of alike(schema, whole)) {
      descend(next, inner, path, maybe || uncertain, [...seen, schema]);
    }
    if (typeof inner !== 'object' || inner === null) return;
    for (const [next, step, child] of inside(schema, inner)) descend(next, child, [...path, step], maybe, none);
  };
  descend(whole, value, [], false, none);
}

const none: readonly never[] = [];

/** Further schemas for the same value, and whether they are only one of several. */
function alike(schema: Schema, whole: Schema): readonly [schema: unknown, uncertain: boolean][] {
  if (!likeness.some((keyword) => keyword in schema)) return none;
  const { $ref: reference, allOf } = schema;
  const certain = [...(typeof reference === 'string' ? [resolveReference(reference, whole)] : []), ...listOf(allOf)];
  const uncertain = branches.flatMap((name) => listOf(schema[name]));
  return [
    ...certain.map((next): [unknown, boolean] => [next, false]),
    ...uncertain.map((next): [unknown, boolean] => [next, true]),
  ];
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

/** Follows `#/$defs/name`; a reference to another document is nothing to core. */
export function resolveReference(reference: string, whole: Schema): unknown {
  if (reference === '#') return whole;
  if (!reference.startsWith('#/')) return undefined;
  const steps = reference.slice(2).split('/');
  let found: unknown = whole;
  for (const step of steps) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isMap(found) ? found[key] : undefined;
  }
  return found;
}

/** The schemas of what is inside a value. */
function inside(schema: Schema, value: unknown): [schema: unknown, step: string | number, child: unknown][] {
  if (Array.isArray(value)) {
    const { prefixItems, items } = schema;
    const first = listOf(prefixItems);
    return value.map((child: unknown, at) => [first[at] ?? items, at, child]);
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    schemasOf(schema, key).map((next): [unknown, string, unknown] => [next, key, child]),
  );
}

function schemasOf(schema: Schema, key: string): unknown[] {
  const { properties, patternProperties, additionalProperties } = schema;
  const own = isMap(properties) && Object.hasOwn(properties, key) ? [properties[key]] : [];
  const fitting = isMap(patternProperties)
    ? Object.entries(patternProperties).flatMap(([pattern, next]) => (new RegExp(pattern, 'u').test(key) ? [next] : []))
    : [];
  return own.length + fitting.length > 0 ? [...own, ...fitting] : [additionalProperties];
}

/** The types that a value may have by its schema, and by those it refers to or is made of. */
export function typesOf(schema: unknown, whole: Schema, seen: ReadonlySet<unknown> = new Set()): ReadonlySet<string> {
  if (!isMap(schema) || seen.has(schema)) return new Set();
  const own = [...listOf(schema['type']), ...enumTypes(schema)].map(String);
  if (own.length > 0) return new Set(own);
  const here = new Set([...seen, schema]);
  return new Set(alike(schema, whole).flatMap(([next]) => [...typesOf(next, whole, here)]));
}

function enumTypes(schema: Schema): string[] {
  if ('const' in schema) return [typeof schema['const']];
  return schema['type'] === undefined ? listOf(schema['enum']).map((value) => typeof value) : [];
}
