import { isMap } from './config-path.ts';
import type { Schema } from './visit-schema.ts';

/** Where an interpolation stands in the place of a number, a truth or a word out of a list. */
export const placeholderSchema: Schema = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'Filled in: ${NAME}, ${NAME:-default}, ${file:path}.',
};

/** What must be written, because no default stands in for it. */
export function requiredOf({ required, properties }: Schema): readonly unknown[] {
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return names.filter((name) => {
    const property = isMap(properties) ? properties[String(name)] : undefined;
    return !isMap(property) || !('default' in property);
  });
}

const narrow = new Set(['integer', 'number', 'boolean']);

/** The schema with a placeholder allowed wherever text as such would not fit. */
export function withPlaceholders(schema: Schema): Schema {
  if (narrow.has(String(schema['type'])) || isWord(schema)) {
    const { description, default: initial, ...rest } = schema;
    return {
      ...(description === undefined ? {} : { description }),
      ...('default' in schema ? { default: initial } : {}),
      anyOf: [rest, { $ref: '#/$defs/placeholder' }],
    };
  }
  const wide = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, inner(key, value)]));
  return 'required' in schema ? { ...wide, required: requiredOf(schema) } : wide;
}

/** Text that must be one of a list, or of a form. */
function isWord(schema: Schema): boolean {
  if (schema['type'] !== 'string' && schema['type'] !== undefined) return false;
  return ['enum', 'const', 'pattern', 'format'].some((keyword) => keyword in schema);
}

const maps = new Set(['properties', 'patternProperties', '$defs']);
const schemas = new Set(['items', 'additionalProperties']);
/** Not `oneOf`: a placeholder would fit several of its branches, and so none. */
const lists = new Set(['anyOf', 'allOf', 'prefixItems']);

function inner(key: string, value: unknown): unknown {
  if (maps.has(key) && isMap(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => [name, isMap(schema) ? withPlaceholders(schema) : schema]),
    );
  }
  if (schemas.has(key) && isMap(value)) return withPlaceholders(value);
  if (lists.has(key) && Array.isArray(value))
    return value.map((schema: unknown) => (isMap(schema) ? withPlaceholders(schema) : schema));
  return value;
}
