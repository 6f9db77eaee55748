import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixturesFolder, noFixtures } from '@tapgate/test-kit';

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly location?: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly union?: boolean;
}

const folder = fixturesFolder();
const shapes: Readonly<Record<string, Shape>> =
  folder === undefined
    ? {}
    : (
        JSON.parse(readFileSync(join(folder, 'spec', 'bedrock-runtime.service.json'), 'utf8')) as {
          shapes: Record<string, Shape>;
        }
      ).shapes;

/**
 * What is wrong with a value by the vendor's own model of its service, as sentences; nothing where it is right, or where
 * the model is not here.
 */
export function shapeFaults(name: string, value: unknown, path: string = name): readonly string[] {
  const shape = shapes[name];
  if (shape === undefined) return [];
  switch (shape.type) {
    case 'structure':
      return structureFaults(shape, value, path);
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return [
        ...sizeFaults(shape, value.length, path),
        ...value.flatMap((item, at) => shapeFaults(shape.member?.shape ?? '', item, `${path}[${at}]`)),
      ];
    case 'map':
      return Object.entries(value as object).flatMap(([key, item]) => [
        ...shapeFaults(shape.key?.shape ?? '', key, `${path} key`),
        ...shapeFaults(shape.value?.shape ?? '', item, `${path}.${key}`),
      ]);
    default:
      return scalarFaults(shape, value, path);
  }
}

function structureFaults(shape: Shape, value: unknown, path: string): readonly string[] {
  // A document type is any JSON.
  const members = Object.entries(shape.members ?? {}).filter(([, { location }]) => location === undefined);
  if (shape.type === 'structure' && (shape as { document?: boolean }).document === true) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const given = Object.entries(value);
  const known = new Map(members);
  const missing = (shape.required ?? []).filter((member) => known.has(member) && !(member in value));
  return [
    ...(shape.union === true && given.length !== 1
      ? [`${path} has ${given.length} members and is one of several`]
      : []),
    ...missing.map((member) => `${path}.${member} is missing`),
    ...given.flatMap(([member, inner]) => {
      const of = known.get(member)?.shape;
      return of === undefined ? [`${path}.${member} is unknown`] : shapeFaults(of, inner, `${path}.${member}`);
    }),
  ];
}

function scalarFaults(shape: Shape, value: unknown, path: string): readonly string[] {
  if (shape.type === 'string') {
    if (typeof value !== 'string') return [`${path} is no text`];
    const faults = [...sizeFaults(shape, value.length, path)];
    if (shape.enum !== undefined && !shape.enum.includes(value)) faults.push(`${path} is "${value}"`);
    if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
      faults.push(`${path} does not match: "${value}"`);
    return faults;
  }
  if (shape.type === 'blob') return typeof value === 'string' && value !== '' ? [] : [`${path} is no base64`];
  if (shape.type === 'boolean') return typeof value === 'boolean' ? [] : [`${path} is no boolean`];
  if (typeof value !== 'number') return [`${path} is no number`];
  return sizeFaults(shape, value, path);
}

function sizeFaults({ min, max }: Shape, size: number, path: string): readonly string[] {
  return size < (min ?? size) || size > (max ?? size) ? [`${path} has the size ${size}`] : [];
}

test('a request is held against the vendor’s model of it', { skip: folder === undefined ? noFixtures : false }, () => {
  const messages = [{ role: 'user', content: [{ text: 'Hi' }] }];
  assert.deepEqual(shapeFaults('ConverseRequest', { messages }), []);
  const wrong = {
    messages: [{ role: 'nobody', content: [{ text: 'Hi', image: {} }] }],
    toolConfig: { tools: [] },
    inferenceConfig: { temperature: 2 },
    extra: 1,
  };
  const faults = shapeFaults('ConverseRequest', wrong).join('\n');
  for (const fault of [
    'is "nobody"',
    'one of several',
    'image.format is missing',
    'tools has the size 0',
    'size 2',
    'extra',
  ])
    assert.match(faults, new RegExp(fault), fault);
});
