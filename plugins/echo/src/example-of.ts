import { isArray, isObject, type Json, type JsonObject } from '@tapgate/core';

const maxDepth = 12;

/** A value that a JSON Schema accepts, for the schemas that applications use: types, enums, required members, bounds, local `$ref`. */
export function exampleOf(schema: Json | undefined, random: () => number): Json {
  const root = isObject(schema) ? schema : {};
  return example(root, root, random, 0);
}

function example(given: JsonObject, root: JsonObject, random: () => number, depth: number): Json {
  const schema = resolved(given, root);
  if (schema['const'] !== undefined) return schema['const'];
  if (isArray(schema['enum']) && schema['enum'].length > 0) return pick(schema['enum'], random);
  const branch = firstBranch(schema);
  if (branch !== undefined) return example(branch, root, random, depth + 1);
  switch (typeOf(schema)) {
    case 'object':
      return depth > maxDepth ? {} : objectOf(schema, root, random, depth);
    case 'array':
      return arrayOf(schema, root, random, depth);
    case 'integer':
    case 'number':
      return numberOf(schema, random);
    case 'boolean':
      return random() < 0.5;
    case 'null':
      return null;
    default:
      return textOf(schema, random);
  }
}

function resolved(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  let found: Json | undefined = root;
  for (const name of reference.slice(2).split('/'))
    found = isObject(found) ? found[name.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  return isObject(found) ? found : {};
}

function firstBranch(schema: JsonObject): JsonObject | undefined {
  for (const word of ['anyOf', 'oneOf', 'allOf']) {
    const branches = schema[word];
    if (isArray(branches)) return branches.find((branch): branch is JsonObject => isObject(branch));
  }
  return undefined;
}

function typeOf(schema: JsonObject): string {
  const type = schema['type'];
  if (typeof type === 'string') return type;
  if (isArray(type)) return type.find((name): name is string => typeof name === 'string' && name !== 'null') ?? 'null';
  return isObject(schema['properties']) ? 'object' : 'string';
}

function objectOf(schema: JsonObject, root: JsonObject, random: () => number, depth: number): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = isArray(schema['required']) ? schema['required'] : [];
  const wanted = Object.entries(properties).filter(([name]) => depth < maxDepth / 2 || required.includes(name));
  return Object.fromEntries(
    wanted.map(([name, member]) => [name, example(isObject(member) ? member : {}, root, random, depth + 1)]),
  );
}

function arrayOf(schema: JsonObject, root: JsonObject, random: () => number, depth: number): Json[] {
  const items = isObject(schema['items']) ? schema['items'] : {};
  const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 1;
  const length = depth > maxDepth ? 0 : Math.max(least, 1);
  return Array.from({ length }, () => example(items, root, random, depth + 1));
}

function numberOf(schema: JsonObject, random: () => number): number {
  const least = typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
  const most = typeof schema['maximum'] === 'number' ? schema['maximum'] : least + 100;
  return Math.min(most, Math.ceil(least) + Math.floor(random() * (most - least + 1)));
}

const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbour'];

function textOf(schema: JsonObject, random: () => number): string {
  const formats: Readonly<Record<string, string>> = {
    date: '2026-01-31',
    'date-time': '2026-01-31T12:00:00Z',
    email: 'someone@example.com',
    uri: 'https://example.com/',
    uuid: '00000000-0000-4000-8000-000000000000',
  };
  const format = typeof schema['format'] === 'string' ? formats[schema['format']] : undefined;
  const least = typeof schema['minLength'] === 'number' ? schema['minLength'] : 0;
  return (format ?? pick(words, random)).padEnd(least, '.');
}

function pick<Item extends Json>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
