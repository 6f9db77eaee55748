import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesFolder } from '@tapgate/test-kit';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';

type Schema = any;

/** What is wrong with a request's body, a sentence each; nothing where it is right. */
export type Faults = (body: unknown) => readonly string[];

/** A vendor's own description of an operation's body; undefined where the descriptions are not here. */
export function specification(file: string): Schema {
  const folder = fixturesFolder();
  return folder === undefined ? undefined : JSON.parse(readFileSync(join(folder, 'spec', file), 'utf8'));
}

/** By a schema of an OpenAPI document. What it does not name may not stand there; `change` says what the vendor takes all the same. */
export function openApiFaults(file: string, name: string, change: (schemas: Schema) => void = () => {}): Faults {
  const schemas = specification(file)?.components?.schemas;
  if (schemas === undefined) return () => [];
  change(schemas);
  return faultsBy({ $ref: `#/$defs/${name}`, $defs: closedSchemas(schemas) });
}

/** By a schema of a discovery document. */
export function discoveryFaults(file: string, name: string): Faults {
  const schemas = specification(file)?.schemas;
  if (schemas === undefined) return () => [];
  const defs = Object.entries(schemas).map(([of, schema]) => [of, fromDiscovery(schema)]);
  return faultsBy({ $ref: `#/$defs/${name}`, $defs: Object.fromEntries(defs) });
}

/** By a shape of a service description of AWS. */
export function shapeFaults(file: string, name: string): Faults {
  const shapes = specification(file)?.shapes;
  if (shapes === undefined) return () => [];
  const defs = Object.entries(shapes).map(([of, shape]) => [of, fromShape(shape)]);
  return faultsBy({ $ref: `#/$defs/${name}`, $defs: Object.fromEntries(defs) });
}

/** By a JSON Schema. */
export function faultsBy(schema: Schema): Faults {
  let validate: ValidateFunction | undefined;
  return (body) => {
    validate ??= new Ajv2020({ strict: false, allErrors: false, verbose: true, validateFormats: false }).compile(
      schema,
    );
    return validate(body) ? [] : deepest(validate.errors ?? []);
  };
}

/** Of all that no alternative takes, what went wrong furthest in, in those that were meant: there the likeliest one was left. */
function deepest(errors: readonly ErrorObject[]): readonly string[] {
  const others = errors
    .filter(namesAnother)
    .map(({ schemaPath }) => schemaPath.replace(/\/properties\/\w+\/\w+$/, '/'));
  const meant = errors.filter(({ schemaPath }) => !others.some((other) => schemaPath.startsWith(other)));
  const depth = (error: ErrorObject): number => error.instancePath.split('/').length;
  const told = meant.length > 0 ? meant : errors;
  const most = Math.max(...told.map(depth));
  const sentences = told
    .filter((error) => depth(error) === most)
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`);
  return [...new Set(sentences)];
}

/** An alternative for another role or type than the one that stands there. */
function namesAnother({ keyword, instancePath }: ErrorObject): boolean {
  return (keyword === 'enum' || keyword === 'const') && /\/(role|type)$/.test(instancePath);
}

/** Schemas in which nothing may stand that they do not name; parts of others are open, and closed by the whole. */
function closedSchemas(schemas: Readonly<Record<string, Schema>>): Schema {
  const parts = new Set<string>();
  const find = (schema: Schema): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const part of schema.allOf ?? []) if (part.$ref !== undefined) parts.add(nameIn(part.$ref));
    for (const inner of Object.values(schema)) find(inner);
  };
  find(schemas);
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(schema, parts.has(name))]));
}

const nameIn = (reference: string): string => reference.split('/').at(-1) ?? '';

function closed(schema: Schema, part: boolean): Schema {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, part));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, allOf, oneOf, anyOf, nullable, discriminator: _, properties, ...rest } = schema;
  const is: Schema = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith('$') || key.startsWith('x-')) continue;
    is[key] = ['default', 'example', 'examples', 'enum', 'const'].includes(key) ? value : closed(value, false);
  }
  if ($ref !== undefined) is.$ref = `#/$defs/${nameIn($ref)}`;
  if (allOf !== undefined) is.allOf = closed(allOf, true);
  const choices = oneOf ?? anyOf;
  if (choices !== undefined) is.anyOf = closed(choices, part);
  if (properties !== undefined) {
    is.properties = Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, closed(of, false)]));
  }
  const names = properties !== undefined || allOf !== undefined;
  if (names && !part && schema.additionalProperties === undefined) is.unevaluatedProperties = false;
  if (part && is.additionalProperties === false) delete is.additionalProperties;
  return nullable === true ? { anyOf: [is, { type: 'null' }] } : is;
}

function fromDiscovery(schema: Schema): Schema {
  const { $ref, type, properties, items, additionalProperties, enum: values, format, readOnly } = schema;
  if (readOnly === true) return false;
  if ($ref !== undefined) return { $ref: `#/$defs/${$ref}` };
  if (type === undefined || type === 'any') return {};
  if (type === 'string' && format === 'int64') return { type: ['string', 'integer'] };
  if (type === 'array') return { type, items: fromDiscovery(items) };
  if (type !== 'object') return { type, ...(values && { enum: values }) };
  if (additionalProperties !== undefined) return { type, additionalProperties: fromDiscovery(additionalProperties) };
  const members = Object.entries(properties ?? {}).map(([name, of]) => [name, fromDiscovery(of)]);
  return { type, properties: Object.fromEntries(members), additionalProperties: false };
}

function fromShape({ type, members, member, key, value, required = [], union, document, ...rest }: Schema): Schema {
  const of = ({ shape }: Schema): Schema => ({ $ref: `#/$defs/${shape}` });
  if (document === true) return {};
  if (type === 'list') return { type: 'array', items: of(member), ...sized('Items', rest) };
  if (type === 'map') return { type: 'object', propertyNames: of(key), additionalProperties: of(value) };
  if (type === 'string') {
    const { enum: values, pattern } = rest;
    return {
      type,
      ...(values && { enum: values }),
      ...(pattern && { pattern: `^(?:${pattern})$` }),
      ...sized('Length', rest),
    };
  }
  if (type === 'blob') return { type: 'string', pattern: '^[A-Za-z0-9+/]+={0,2}$' };
  if (type !== 'structure')
    return { type: { integer: 'integer', long: 'integer', boolean: type }[type as string] ?? 'number' };
  const inBody = Object.entries<Schema>(members).filter(([, { location }]) => location === undefined);
  return {
    type: 'object',
    properties: Object.fromEntries(inBody.map(([name, shape]) => [name, of(shape)])),
    required: required.filter((name: string) => inBody.some(([known]) => known === name)),
    additionalProperties: false,
    ...(union === true && { minProperties: 1, maxProperties: 1 }),
  };
}

function sized(what: string, { min, max }: Schema): object {
  return { ...(min !== undefined && { [`min${what}`]: min }), ...(max !== undefined && { [`max${what}`]: max }) };
}
