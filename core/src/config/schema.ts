import { configFiles } from './read-config.ts';
import { modelSchema, pluginSchema, sections, targetSchema } from './core-schema.ts';
import { isMap } from './config-path.ts';
import type { Schema } from './visit-schema.ts';

/** A plugin as an editor needs to know it. */
export interface InstalledSchema {
  /** What `use` may say for it, the shortest first: `echo`, `@tapgate/echo`. */
  readonly names: readonly string[];
  readonly description?: string;
  readonly schema: object;
}

/** Where an interpolation stands in the place of a number, a truth or a word out of a list. */
const placeholder: Schema = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'Filled in: ${NAME}, ${NAME:-default}, ${file:path}.',
};

/**
 * The schema of a config as people write it, with all its shorthands: core's own and that of every plugin given, in one
 * document, so that an editor completes and checks exactly what is installed.
 */
export function composeSchema(plugins: readonly InstalledSchema[]): object {
  const options = plugins.map(
    ({ names, schema }) => [names[0] ?? '', rebased(schema as Schema, names[0] ?? '')] as const,
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tapgate',
    description: `A config of the gateway: ${configFiles.join(', ')}.`,
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'This schema, for editors.' },
      ...Object.fromEntries(Object.entries(sections).map(([name, schema]) => [name, written(name, schema, plugins)])),
    },
    additionalProperties: false,
    $defs: {
      placeholder,
      model: filled(writtenModel),
      target: writtenTarget,
      ...Object.fromEntries(options.map(([name, schema]) => [`options:${name}`, filled(schema)])),
    },
  };
}

function written(name: string, schema: Schema, plugins: readonly InstalledSchema[]): Schema {
  // A section whose lines are all commented out is null.
  if (name === 'plugins') return { ...schema, type: ['array', 'null'], items: writtenPlugin(plugins) };
  if (name === 'models')
    return { ...schema, type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/model' } };
  const wide = filled(schema);
  return schema['type'] === 'object' ? { ...wide, type: ['object', 'null'] } : wide;
}

const { properties: modelProperties, ...modelObject } = modelSchema as Schema & { properties: Record<string, Schema> };

const writtenModel: Schema = {
  description: modelSchema['description'],
  anyOf: [
    { type: 'array', items: { $ref: '#/$defs/target' }, minItems: 1 },
    {
      ...modelObject,
      properties: { ...modelProperties, targets: { ...modelProperties['targets'], items: { $ref: '#/$defs/target' } } },
    },
  ],
};

const writtenTarget: Schema = {
  anyOf: [
    { type: 'string', pattern: '^[^/#]+/.+|\\$\\{', description: '"provider/model", or "provider/model#credential".' },
    filled(targetSchema),
  ],
};

function writtenPlugin(plugins: readonly InstalledSchema[]): Schema {
  const known = plugins.map(({ names, description }) => ({
    const: names[0],
    ...(description === undefined ? {} : { description }),
  }));
  const name: Schema = {
    description: 'A package, its short name, or a file.',
    anyOf: [...known, { type: 'string', minLength: 1 }],
  };
  const properties = pluginSchema['properties'] as Readonly<Record<string, Schema>>;
  const anyOptions: Schema = { ...properties['options'], type: ['object', 'null'] };
  const entry: Schema = {
    ...pluginSchema,
    properties: { ...properties, use: name, options: anyOptions },
    allOf: plugins.map(ownOptions),
  };
  return { anyOf: [name, entry] };
}

/** If it is this plugin, then its options are these. */
function ownOptions({ names, schema }: InstalledSchema): Schema {
  const needed = requiredOf(schema as Schema).length > 0;
  return {
    if: { properties: { use: { enum: names } }, required: ['use'] },
    // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word
    then: {
      properties: { options: { $ref: place(names[0] ?? '') } },
      ...(needed ? { required: ['options'] } : {}),
    },
  };
}

/** What must be written, because no default stands in for it. */
function requiredOf({ required, properties }: Schema): readonly unknown[] {
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  return names.filter((name) => {
    const property = isMap(properties) ? properties[String(name)] : undefined;
    return !isMap(property) || !('default' in property);
  });
}

/** A plugin's schema inside the whole document: its references to itself lead to where it stands now. */
function rebased(schema: Schema, name: string): Schema {
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, own]) => [
        key,
        key === '$ref' && typeof own === 'string' ? reference(own, name) : moved(own),
      ]),
    );
  };
  const { $schema: _, $id: __, ...rest } = schema;
  return moved(rest) as Schema;
}

function reference(to: string, name: string): string {
  return to.startsWith('#') ? `${place(name)}${to.slice(1)}` : to;
}

/** Where a plugin's options stand in the document. */
function place(name: string): string {
  return `#/$defs/options:${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const narrow = new Set(['integer', 'number', 'boolean']);

/** The schema with a placeholder allowed wherever text as such would not fit. */
function filled(schema: Schema): Schema {
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
      Object.entries(value).map(([name, schema]) => [name, isMap(schema) ? filled(schema) : schema]),
    );
  }
  if (schemas.has(key) && isMap(value)) return filled(value);
  if (lists.has(key) && Array.isArray(value))
    return value.map((schema: unknown) => (isMap(schema) ? filled(schema) : schema));
  return value;
}
