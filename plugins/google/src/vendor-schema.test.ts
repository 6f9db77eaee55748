import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bodyOf, textOf } from '@tapgate/core';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { geminiAbilities } from './gemini-abilities.ts';
import { googleGenerate } from './google-generate.ts';

/** A schema of the vendor's own description of its API. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
}

const folder = fixturesFolder();
const skip = folder === undefined ? noFixtures : false;
const dialects = [openaiChat, openaiResponses, anthropicMessages, googleGenerate];
const models = ['gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-3.8-flash'];
/** What a client of the same dialect sent is given on as it is, and one place has a field that the description lacks. */
const tolerated = /modelArmorConfig\.prompt_template_name|modelArmorConfig\.response_template_name|^\$\.serviceTier /;

let known: Readonly<Record<string, Schema>> | undefined;

function schemasOf(): Readonly<Record<string, Schema>> {
  if (known !== undefined) return known;
  const text = readFileSync(join(folder ?? '', 'spec', 'gemini-vertex.discovery.json'), 'utf8');
  known = (JSON.parse(text) as { schemas: Record<string, Schema> }).schemas;
  return known;
}

/** What of a value the schema does not know. */
function faultsOf(value: unknown, name: string): readonly string[] {
  const schemas = schemasOf();
  const faults: string[] = [];
  const check = (at: unknown, schema: Schema | undefined, path: string): void => {
    if (schema?.$ref !== undefined) check(at, schemas[schema.$ref], path);
    else if (schema?.type === 'array' && Array.isArray(at))
      at.forEach((item, index) => check(item, schema.items, `${path}[${index}]`));
    else if (schema?.type === 'object' && typeof at === 'object' && at !== null) {
      for (const [key, member] of Object.entries(at)) {
        const of = schema.properties?.[key] ?? schema.additionalProperties;
        if (of === undefined) faults.push(`${path}.${key} is not known`);
        else check(member, of, `${path}.${key}`);
      }
    } else if (schema?.type !== 'any' && !fits(at, schema)) faults.push(`${path} is ${JSON.stringify(at)}`);
  };
  check(value, { $ref: name }, '$');
  return faults.filter((fault) => !tolerated.test(fault));
}

function fits(value: unknown, schema: Schema | undefined): boolean {
  if (schema?.enum !== undefined) return schema.enum.includes(String(value));
  const type = schema?.type === 'integer' ? 'number' : schema?.type;
  return typeof value === type;
}

test(
  'what is written of any recorded request is what the vendor describes, for each generation of models',
  { skip },
  async (t) => {
    for (const from of dialects) {
      await t.test(from.name, () => {
        const asked = fixtures({ dialect: from.name, ok: true }).filter(
          ({ name }) => !/count-tokens|compact|openai-compat/.test(name),
        );
        for (const { name, request } of asked) {
          if (request === undefined) continue;
          const [path = '', query = ''] = request.path.split('?');
          const read = from.readRequest({
            operation: 'chat',
            path,
            query,
            headers: request.headers,
            body: bodyOf(request.body),
          });
          for (const model of models) {
            const wanted = {
              operation: 'chat',
              model,
              streamed: false,
              able: geminiAbilities(model),
              headers: new Map(),
              query: '',
              path: '',
            };
            const written: unknown = JSON.parse(textOf(googleGenerate.writeRequest(read, wanted).body));
            assert.deepEqual(faultsOf(written, 'GenerateContentRequest'), [], `${name} for ${model}`);
          }
        }
      });
    }
  },
);

test('what is written of any recorded answer is what the vendor describes, streamed and whole', { skip }, async (t) => {
  for (const from of dialects) {
    await t.test(from.name, () => {
      const given = fixtures({ dialect: from.name, ok: true, whole: true }).filter(
        ({ name }) => !/count-tokens|compact|queued|openai-compat/.test(name),
      );
      for (const { name, streamed: asStream, bytes } of given) {
        const reader = from.reader({ streamed: asStream, provider: 'p', able: {} });
        const events = [...reader.push(bytes), ...reader.end()];
        if (events.some(({ type }) => type === 'error')) continue;
        for (const streamed of [true, false]) {
          const request = {
            model: 'm',
            instructions: [],
            turns: [],
            tools: [],
            output: {},
            sampling: {},
            stream: streamed,
            wantUsage: true,
            ext: {},
          };
          const writer = googleGenerate.writer({
            streamed,
            framing: 'json-array',
            model: 'm',
            id: 'x',
            createdAt: 0,
            request,
          });
          const text = events.map((event) => String(writer.push(event) ?? '')).join('') + String(writer.end() ?? '');
          for (const answer of [JSON.parse(text) as unknown].flat())
            assert.deepEqual(faultsOf(answer, 'GenerateContentResponse'), [], name);
        }
      }
    });
  }
});
