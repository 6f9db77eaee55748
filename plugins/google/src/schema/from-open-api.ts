import { isArray, isObject, RawJson, writeJson, type Json, type JsonObject } from '@tapgate/core';

/** Keywords of the API's own schemas that JSON Schema spells in another way. */
const renamed: Readonly<Record<string, string>> = {
  any_of: 'anyOf',
  min_items: 'minItems',
  max_items: 'maxItems',
  min_length: 'minLength',
  max_length: 'maxLength',
  min_properties: 'minProperties',
  max_properties: 'maxProperties',
  additional_properties: 'additionalProperties',
  defs: '$defs',
  ref: '$ref',
};

/** They say nothing that JSON Schema has a word for. */
const dropped: ReadonlySet<string> = new Set(['nullable', 'propertyOrdering', 'property_ordering']);
const counts: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);

/**
 * A schema of the API's OpenAPI subset as JSON Schema: types in lower case, `nullable` as a type, counts as numbers. One
 * that is JSON Schema already is given back as it is, its text untouched.
 *
 * @see https://ai.google.dev/api/caching#Schema
 */
export function fromOpenApi(schema: RawJson): RawJson {
  const value = read(schema.value);
  const text = writeJson(value);
  return text === writeJson(schema.value) ? schema : new RawJson(text, value);
}

function read(schema: Json | undefined): Json {
  if (!isObject(schema)) return schema ?? null;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    const name = renamed[key] ?? key;
    if (value !== undefined && !dropped.has(name)) set(result, name, keyword(name, value));
  }
  if (result['type'] === undefined) delete result['type'];
  return schema['nullable'] === true ? withNull(result) : result;
}

function keyword(name: string, value: Json): Json | undefined {
  switch (name) {
    case 'type':
      return typeof value === 'string' ? typeOf(value) : value;
    case 'items':
    case 'additionalProperties':
      return read(value);
    case 'anyOf':
      return isArray(value) ? value.map(read) : value;
    case 'properties':
    case '$defs':
      return isObject(value) ? mapped(value) : value;
    default:
      return counts.has(name) && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  }
}

function typeOf(value: string): string | undefined {
  if (value === 'TYPE_UNSPECIFIED') return undefined;
  return /^[A-Z]+$/.test(value) ? value.toLowerCase() : value;
}

function mapped(schemas: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [name, schema] of Object.entries(schemas)) set(result, name, read(schema));
  return result;
}

function withNull(schema: JsonObject): JsonObject {
  const { type, enum: values, anyOf } = schema;
  if (typeof type === 'string') {
    return { ...schema, type: [type, 'null'], ...(isArray(values) && { enum: [...values, null] }) };
  }
  return isArray(anyOf) ? { ...schema, anyOf: [...anyOf, { type: 'null' }] } : schema;
}

/** An assignment to `__proto__` would set the prototype. */
function set(object: JsonObject, name: string, value: Json | undefined): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
