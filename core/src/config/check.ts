import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { type ConfigError, configErrors } from './config-error.ts';
import { type ConfigPath, pathText } from './config-path.ts';
import { complaintOf } from './complaint.ts';
import type { Schema } from './visit-schema.ts';
import { withoutBranches } from './schema-branches.ts';

/** What a value is, so that its errors can say where they are and whose they are. */
export interface About {
  /** Where in the config the value stands. */
  readonly path: ConfigPath;
  /** The plugin whose options these are. */
  readonly plugin?: string;
  /** The path as people wrote it, where a shorthand makes it another. */
  readonly written?: (path: ConfigPath) => ConfigPath;
}

const compiled = new WeakMap<object, ValidateFunction>();

/** Every mistake that a schema finds in a value. Throws what the schema's own mistakes make the compiler throw. */
export function check(
  schema: Schema,
  value: unknown,
  about: About,
  placeholder?: (path: ConfigPath) => string | undefined,
): ConfigError[] {
  const validate = validator(schema);
  if (validate(value)) return [];
  return withoutBranches(validate.errors ?? []).map((error) =>
    configError(error, { schema, value }, about, placeholder),
  );
}

/** A compiler for each schema, because two of them may carry the same `$id`: one plugin, loaded again. */
export function validator(schema: Schema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    meta: false,
    validateSchema: false,
    logger: false,
    formats: { uri: isUrl, url: isUrl, regex: isPattern },
  });
  ajv.addKeyword('secret');
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

function isUrl(text: string): boolean {
  return URL.canParse(text);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

function configError(
  error: ErrorObject,
  checked: { readonly schema: Schema; readonly value: unknown },
  about: About,
  placeholder: ((path: ConfigPath) => string | undefined) | undefined,
): ConfigError {
  const found = complaintOf(error, checked.value, checked.schema);
  const path = [...about.path, ...found.path];
  const subject = subjectOf(found.path, about);
  const written = placeholder?.(found.path);
  const place = { path, mark: found.mark, ...(found.didYouMean === undefined ? {} : { didYouMean: found.didYouMean }) };
  const values = { ...found.values, subject, ...(written === undefined ? {} : { actual: `what ${written} gives` }) };
  const own = configErrors[found.code](values, place);
  if (about.plugin === undefined) return own;
  return configErrors.PLUGIN_OPTIONS({ complaint: own.message.replace(/\.$/, ''), cure: own.cure }, place);
}

/** What an error is about, in words: `"server.port"`, or `The option "attempts" of "failover"`. */
function subjectOf(path: ConfigPath, about: About): string {
  if (about.plugin === undefined) {
    const full = [...about.path, ...path];
    const whole = pathText(about.written?.(full) ?? full);
    return whole === '' ? 'The config' : `"${whole}"`;
  }
  return path.length === 0 ? `"options" of "${about.plugin}"` : `The option "${pathText(path)}" of "${about.plugin}"`;
}
