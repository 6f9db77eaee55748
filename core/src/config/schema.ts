import { configFiles } from './read-config.ts';
import { modelSchema, pluginSchema, sections, targetSchema } from './core-schema.ts';
import { isMap } from './config-path.ts';
import type { Schema } from './visit-schema.ts';
import { placeholderSchema, requiredOf, withPlaceholders } from './with-placeholders.ts';

/** A plugin as an editor needs to know it. */
export interface InstalledSchema {
  /** What `use` may say for it, the shortest first: `echo`, `@tapgate/echo`. */
  readonly names: readonly string[];
  readonly description?: string;
  readonly schema: object;
}

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
      placeholder: placeholderSchema,
      model: withPlaceholders(writtenModel),
      target: writtenTarget,
      ...Object.fromEntries(options.map(([name, schema]) => [`options:${name}`, withPlaceholders(schema)])),
    },
  };
}

function written(name: string, schema: Schema, plugins: readonly InstalledSchema[]): Schema {
  // A section whose lines are all commented out is null.
  if (name === 'plugins') return { ...schema, type: ['array', 'null'], items: writtenPlugin(plugins) };
  if (name === 'models')
    return { ...schema, type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/model' } };
  const wide = withPlaceholders(schema);
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
    withPlaceholders(targetSchema),
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
