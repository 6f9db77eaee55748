import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Plugin } from './plugin.ts';
import { Secret } from './secret.ts';

/**
 * The options a plugin is applied with: validated by its schema, defaults filled in, and what the schema marks `secret` a `Secret`.
 * The caller's object is not touched. Throws a TypeError that says what is wrong and where.
 */
export function prepareOptions(plugin: Plugin, options: unknown): unknown {
  const ajv = new Ajv2020({ useDefaults: true, allErrors: true, strict: false, keywords: ['secret'] });
  const validate = ajv.compile(plugin.schema);
  const given = revealed(options ?? {});
  if (!validate(given)) {
    const mistakes = (validate.errors ?? []).map(
      (error) => `options${error.instancePath.replaceAll('/', '.')} ${error.message}`,
    );
    throw new TypeError(`The options of "${plugin.name}" are not valid: ${mistakes.join('; ')}.`);
  }
  return sealed(given, plugin.schema);
}

/** A copy in which secrets are strings, for the validator. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revealed(member)]));
}

function sealed(value: unknown, schema: unknown): unknown {
  if (!isPlain(schema)) return value;
  if (schema['secret'] === true && typeof value === 'string') return new Secret(value);
  if (Array.isArray(value)) return value.map((item) => sealed(item, schema['items']));
  if (!isPlain(value)) return value;
  const properties = isPlain(schema['properties']) ? schema['properties'] : {};
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      sealed(member, properties[key] ?? schema['additionalProperties']),
    ]),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
  );
}
