import { isArray, isObject, writeJson, type Json, type JsonObject, type Loss } from '@tapgate/core';

/** What a schema in the API's OpenAPI subset no longer says. */
type Report = (loss: Loss) => void;

/** Keywords that the subset has, with the same meaning and no schema inside. */
const plain: ReadonlySet<string> = new Set([
  'title',
  'description',
  'format',
  'pattern',
  'default',
  'example',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
  'required',
  'nullable',
  'propertyOrdering',
]);

/** References put in where they point can double at each step; beyond this many schemas the rest is left out. */
const maxSchemas = 5000;

/** They constrain nothing. */
const silent: ReadonlySet<string> = new Set(['$schema', '$id', '$comment', '$defs', 'definitions', 'examples']);

/**
 * A JSON Schema in the API's OpenAPI subset, for models that take nothing else: references put in where they point,
 * `const` as `enum`, `oneOf` as `anyOf`, a list of types as `nullable`. What the subset has no word for is reported with
 * its JSON path.
 *
 * @see https://ai.google.dev/api/caching#Schema
 */
export function toOpenApi(schema: Json, field: string, report: Report): JsonObject {
  return new Writer(isObject(schema) ? schema : {}, report).schema(schema, field, []);
}

class Writer {
  readonly #root: JsonObject;
  readonly #report: Report;
  #count = 0;

  constructor(root: JsonObject, report: Report) {
    this.#root = root;
    this.#report = report;
  }

  schema(schema: Json | undefined, path: string, within: readonly string[]): JsonObject {
    if (!isObject(schema)) return {};
    this.#count += 1;
    if (this.#count > maxSchemas) return this.#tooLarge(path);
    const reference = schema['$ref'];
    if (typeof reference === 'string') return this.#referred(schema, reference, path, within);
    const result: JsonObject = {};
    for (const [name, value] of Object.entries(schema)) {
      if (value !== undefined) this.#keyword(result, name, value, `${path}.${name}`, within);
    }
    return result;
  }

  /** The schema that a reference names, in its place. One that leads back to itself has no end. */
  #referred(schema: JsonObject, reference: string, path: string, within: readonly string[]): JsonObject {
    const target = this.#find(reference);
    if (target === undefined || within.includes(reference)) {
      const reason =
        target === undefined ? `"${reference}" names nothing in the schema` : `"${reference}" leads back to itself`;
      this.#report({
        field: `${path}.$ref`,
        how: 'dropped',
        reason: `${reason}, and this model takes no references`,
        contract: true,
      });
      return { type: 'OBJECT' };
    }
    const { $ref: _, ...beside } = schema;
    return this.schema({ ...target, ...beside }, path, [...within, reference]);
  }

  #tooLarge(path: string): JsonObject {
    if (this.#count === maxSchemas + 1) {
      this.#report({
        field: path,
        how: 'dropped',
        reason: 'its references, put in where they point, become too many',
        contract: true,
      });
    }
    return {};
  }

  #find(reference: string): JsonObject | undefined {
    if (reference !== '#' && !reference.startsWith('#/')) return undefined;
    let at: Json | undefined = this.#root;
    for (const step of reference.split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    return isObject(at) ? at : undefined;
  }

  #keyword(result: JsonObject, name: string, value: Json, path: string, within: readonly string[]): void {
    if (plain.has(name)) result[name] = value;
    else if (name === 'type') setType(result, value);
    else if (name === 'items') result['items'] = this.schema(value, path, within);
    else if (name === 'properties' && isObject(value)) result['properties'] = this.#properties(value, path, within);
    else if ((name === 'anyOf' || name === 'oneOf') && isArray(value)) this.#anyOf(result, value, path, within);
    else if (name === 'allOf' && isArray(value) && value.length === 1)
      Object.assign(result, this.schema(value[0], `${path}[0]`, within));
    else if (name === 'const') this.#enum(result, [value], path);
    else if (name === 'enum' && isArray(value)) this.#enum(result, value, path);
    else if (name === 'additionalProperties' && value === true) return;
    else if (!silent.has(name)) this.#lost(path);
  }

  #properties(properties: JsonObject, path: string, within: readonly string[]): JsonObject {
    const result: JsonObject = {};
    for (const [name, schema] of Object.entries(properties)) {
      const value = this.schema(schema, `${path}.${name}`, within);
      Object.defineProperty(result, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return result;
  }

  /** An alternative that is only null makes the others nullable. */
  #anyOf(result: JsonObject, schemas: readonly Json[], path: string, within: readonly string[]): void {
    const others = schemas.filter((schema) => !isObject(schema) || schema['type'] !== 'null');
    if (others.length < schemas.length) result['nullable'] = true;
    const written = others.map((schema, index) => this.schema(schema, `${path}[${index}]`, within));
    const [only] = written;
    if (written.length === 1 && only) Object.assign(result, only);
    else result['anyOf'] = written;
  }

  /** Only texts may be enumerated. */
  #enum(result: JsonObject, values: readonly Json[], path: string): void {
    const texts = values.filter((value) => value !== null);
    if (texts.length < values.length) result['nullable'] = true;
    if (!texts.every((value) => typeof value === 'string')) {
      this.#lost(path, `only texts may be enumerated, not ${writeJson(values).slice(0, 60)}`);
      return;
    }
    result['type'] ??= 'STRING';
    result['enum'] = texts;
  }

  #lost(path: string, reason: string = 'this model has no such keyword in its schemas'): void {
    this.#report({ field: path, how: 'dropped', reason, contract: false });
  }
}

function setType(result: JsonObject, value: Json): void {
  const types = isArray(value) ? value : [value];
  const named = types.filter((type): type is string => typeof type === 'string' && type !== 'null');
  if (named.length < types.length) result['nullable'] = true;
  const [first] = named;
  if (named.length === 1 && first !== undefined) result['type'] = first.toUpperCase();
  else if (named.length > 1) result['anyOf'] = named.map((type) => ({ type: type.toUpperCase() }));
}
