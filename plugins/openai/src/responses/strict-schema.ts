import { isArray, isObject, RawJson, type Json, type JsonObject } from '@tapgate/core';

/** Keywords that the strict subset of JSON Schema does not have. */
const unsupported = [
  'allOf',
  'not',
  'dependentRequired',
  'dependentSchemas',
  'if',
  'then',
  'else',
  'oneOf',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
];

/** One of these says what a value is. A schema without any is refused. */
const typed = ['type', '$ref', 'anyOf', 'enum', 'const'];

const nested = ['items', 'anyOf', 'properties', '$defs', 'definitions'] as const;

/**
 * Whether a schema lies in the strict subset: every object closed, every property required. Responses is strict about
 * such a schema unless told otherwise, chat is not; between the two it must be said.
 *
 * @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function isStrictSchema(schema: Json | undefined): boolean {
  const root = schema instanceof RawJson ? schema.value : schema;
  return isObject(root) && root['type'] === 'object' && isStrict(root);
}

function isStrict(schema: Json): boolean {
  if (!isObject(schema)) return false;
  if (unsupported.some((keyword) => keyword in schema) || !typed.some((keyword) => keyword in schema)) return false;
  if (isObjectSchema(schema) && !isClosed(schema)) return false;
  return nested.every((keyword) => subschemas(schema[keyword], keyword).every(isStrict));
}

function isObjectSchema(schema: JsonObject): boolean {
  const type = schema['type'];
  return type === 'object' || 'properties' in schema || (isArray(type) && type.includes('object'));
}

function isClosed(schema: JsonObject): boolean {
  const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const required = isArray(schema['required']) ? schema['required'] : [];
  return schema['additionalProperties'] === false && properties.every((name) => required.includes(name));
}

function subschemas(value: Json | undefined, keyword: (typeof nested)[number]): readonly Json[] {
  if (value === undefined) return [];
  if (keyword === 'items') return [value];
  if (isArray(value)) return value;
  return isObject(value) ? Object.values(value).filter((member) => member !== undefined) : [value];
}
