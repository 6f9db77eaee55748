import type { ErrorObject } from 'ajv/dist/2020.js';
import type { ConfigPath } from './config-path.ts';
import { isMap } from './config-path.ts';
import { nearest } from './nearest.ts';
import { type Schema, typesOf } from './visit-schema.ts';

/** What a validator's error means to whoever wrote the config. It never holds the value itself. */
export interface Complaint {
  readonly code: 'CONFIG_UNKNOWN_KEY' | 'CONFIG_MISSING_KEY' | 'CONFIG_TYPE' | 'CONFIG_VALUE';
  /** Within the value that was validated. */
  readonly path: ConfigPath;
  readonly mark: 'key' | 'value';
  readonly values: Readonly<Record<string, unknown>>;
  readonly didYouMean?: string;
}

/** Reads one error of the validator; `root` is the value that was validated, by the schema `whole`. */
export function complaintOf(error: ErrorObject, root: unknown, whole: Schema): Complaint {
  const path = pathOf(error.instancePath, root);
  const schema = (error.parentSchema ?? {}) as Schema;
  const parameters = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return unknownKey(path, String(parameters['additionalProperty'] ?? parameters['unevaluatedProperty']), error);
    case 'required':
    case 'dependentRequired':
      return missingKey(path, String(parameters['missingProperty']), schema);
    case 'type':
      return wrongType(path, listOf(parameters['type']), error.data, schema);
    case 'anyOf':
    case 'oneOf':
      return wrongChoice(path, schema, whole, error.data);
    case 'enum':
      return wrongWord(path, listOf(parameters['allowedValues']), error.data, schema);
    default:
      return outOfBounds(path, error, parameters);
  }
}

function unknownKey(path: ConfigPath, key: string, error: ErrorObject): Complaint {
  const known = knownKeys(error.parentSchema as Schema);
  const near = nearest(key, known);
  const values = { known: known.length === 0 ? 'nothing' : known.join(', ') };
  const complaint: Complaint = { code: 'CONFIG_UNKNOWN_KEY', path: [...path, key], mark: 'key', values };
  return near === undefined ? complaint : { ...complaint, didYouMean: near };
}

function knownKeys(schema: Schema): string[] {
  return isMap(schema['properties']) ? Object.keys(schema['properties']) : [];
}

function missingKey(path: ConfigPath, key: string, schema: Schema): Complaint {
  const properties = schema['properties'];
  const property = isMap(properties) ? properties[key] : undefined;
  return {
    code: 'CONFIG_MISSING_KEY',
    path: [...path, key],
    mark: 'key',
    values: { cure: withMeaning(`Add "${key}".`, isMap(property) ? property : {}) },
  };
}

function wrongType(path: ConfigPath, types: readonly unknown[], data: unknown, schema: Schema): Complaint {
  const expected = types.map((type) => typeWords[String(type)] ?? String(type)).join(' or ');
  const quoted = typeof data === 'string' && !types.includes('string') && /^(-?\d+(\.\d+)?|true|false)$/.test(data);
  const cure = withMeaning(quoted ? 'Leave the quotes out.' : `Write ${expected}.`, schema);
  return { code: 'CONFIG_TYPE', path, mark: 'value', values: { expected, actual: actualType(data), cure } };
}

/** None of the branches takes this kind of value: their kinds are named. */
function wrongChoice(path: ConfigPath, schema: Schema, whole: Schema, data: unknown): Complaint {
  const branches = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].filter(isMap);
  const words = branches.flatMap((branch) => ('const' in branch ? [branch['const']] : listOf(branch['enum'])));
  const types = branches.flatMap((branch) =>
    'const' in branch || 'enum' in branch ? [] : [...typesOf(branch, whole)],
  );
  const kinds = types.map((type) => typeWords[type] ?? type);
  const all = [...new Set([...kinds, ...words.map((word) => JSON.stringify(word))])];
  const expected = all.length === 0 ? 'of one of the allowed forms' : all.join(' or ');
  const cure = withMeaning(`Write ${all.length === 0 ? 'one of them' : expected}.`, schema);
  return { code: 'CONFIG_TYPE', path, mark: 'value', values: { expected, actual: actualType(data), cure } };
}

function wrongWord(path: ConfigPath, allowed: readonly unknown[], data: unknown, schema: Schema): Complaint {
  const words = allowed.map((word) => JSON.stringify(word)).join(', ');
  const near =
    typeof data === 'string'
      ? nearest(
          data,
          allowed.filter((word) => typeof word === 'string'),
        )
      : undefined;
  const complaint: Complaint = {
    code: 'CONFIG_VALUE',
    path,
    mark: 'value',
    values: { complaint: `must be one of ${words}`, cure: withMeaning('Write one of them.', schema) },
  };
  return near === undefined ? complaint : { ...complaint, didYouMean: near };
}

const bounds: Readonly<Record<string, string>> = {
  minimum: 'must be at least {limit}',
  maximum: 'must be at most {limit}',
  exclusiveMinimum: 'must be more than {limit}',
  exclusiveMaximum: 'must be less than {limit}',
  multipleOf: 'must be a multiple of {multipleOf}',
  minLength: 'must have at least {limit} characters',
  maxLength: 'must have at most {limit} characters',
  minItems: 'must have at least {limit} entries',
  maxItems: 'must have at most {limit} entries',
  minProperties: 'must have at least {limit} keys',
  maxProperties: 'must have at most {limit} keys',
  uniqueItems: 'has the entries {j} and {i} alike',
  pattern: 'must be of the form {pattern}',
  format: 'must be a valid {format}',
  const: 'must be {allowedValue}',
  contains: 'lacks an entry that must be there',
  propertyNames: 'has a key that is not allowed: {propertyName}',
  not: 'must not be this',
};

function outOfBounds(path: ConfigPath, error: ErrorObject, parameters: Readonly<Record<string, unknown>>): Complaint {
  const sentence = bounds[error.keyword] ?? error.message ?? 'is not allowed';
  const complaint = sentence.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(parameters[name]));
  const cure = withMeaning('Write a value that fits.', error.parentSchema ?? {});
  return { code: 'CONFIG_VALUE', path, mark: 'value', values: { complaint, cure } };
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  null: 'nothing',
};

function actualType(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number with a fraction';
  if (typeof value === 'string') return value === '' ? 'empty text' : 'text';
  return typeof value === 'boolean' ? String(value) : 'a map of keys';
}

function withMeaning(cure: string, schema: Schema): string {
  const meaning = schema['description'];
  return typeof meaning === 'string' ? `${cure} ${meaning}` : cure;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

/** A JSON pointer as a path; a step into a list is a number. */
function pathOf(pointer: string, root: unknown): ConfigPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return path;
}
