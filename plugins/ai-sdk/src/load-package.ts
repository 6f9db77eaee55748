import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { configErrors, ConfigErrors, resolveFrom } from '@tapgate/core';
import type { LanguageModelV3, LanguageModelV4 } from '@ai-sdk/provider';

/** A model in a version of the AI SDK's specification that is spoken here. */
export type Model = LanguageModelV3 | LanguageModelV4;

/** A provider as a factory of the AI SDK makes it. */
export type Sdk = (model: string) => Model;

/** The versions of the specification that are spoken here, by the major version of `@ai-sdk/provider` that has them. */
const spoken: Readonly<Record<string, string>> = { v3: '3', v4: '4' };

const loadSync = createRequire(import.meta.url);

/** What a package is loaded by. */
export interface PackageSource {
  readonly package: string;
  readonly factory?: string;
  /** From where it is looked for. */
  readonly folder: string;
  /** Whose mistake it is, for errors. */
  readonly id: string;
}

/**
 * Makes the provider of a package with the settings that its factory takes.
 *
 * @throws ConfigErrors where the package is not installed or not what was expected.
 */
export function loadSdk(source: PackageSource, settings: Readonly<Record<string, unknown>>): Sdk {
  const exports = importedFrom(source);
  const factory = factoryIn(exports, source);
  try {
    return modelsOf(factory(settings), source);
  } catch (error) {
    if (error instanceof ConfigErrors) throw error;
    throw mistake(
      source,
      `its factory refuses the settings (${nameOf(error)})`,
      'Give it the settings that it needs',
      error,
    );
  }
}

/**
 * The model of that name.
 *
 * @throws ConfigErrors for a version of the specification that is not spoken here.
 */
export function modelOf(sdk: Sdk, model: string, source: PackageSource): Model {
  const made = sdk(model);
  const version = String((made as { specificationVersion?: unknown }).specificationVersion);
  if (version in spoken) return made;
  throw mistake(
    source,
    `its models speak version "${version}" of the AI SDK's specification, and only ${Object.keys(spoken).join(' and ')} are spoken here`,
    `Install a version of it that depends on @ai-sdk/provider ${Object.values(spoken).join(' or ')}`,
  );
}

function importedFrom(source: PackageSource): Readonly<Record<string, unknown>> {
  let file: string;
  try {
    file = fileURLToPath(resolveFrom(source.package, source.folder));
  } catch (cause) {
    throw mistake(
      source,
      `it is not installed in ${source.folder}`,
      `Run "npm install ${source.package}" there`,
      cause,
    );
  }
  try {
    return loadSync(file) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw mistake(source, `it cannot be loaded (${nameOf(cause)})`, `Run "npm install ${source.package}" anew`, cause);
  }
}

type Factory = (settings: Readonly<Record<string, unknown>>) => unknown;

function factoryIn(exports: Readonly<Record<string, unknown>>, source: PackageSource): Factory {
  const factories = Object.keys(exports).filter(
    (name) => /^create[A-Z]/.test(name) && typeof exports[name] === 'function',
  );
  const { factory: named } = source;
  // Packages that were renamed export the same one under both names.
  const isOne = new Set(factories.map((name) => exports[name])).size === 1;
  const name = named ?? (isOne ? factories[0] : undefined);
  const found = name === undefined ? undefined : exports[name];
  if (typeof found === 'function') return found as Factory;
  const has = factories.length === 0 ? 'It has none.' : `It has ${factories.join(', ')}`;
  throw mistake(
    source,
    named === undefined ? 'it has not exactly one export "create…"' : `it has no factory "${named}"`,
    `Name its factory in "factory". ${has}`,
  );
}

function modelsOf(provider: unknown, source: PackageSource): Sdk {
  const languageModel = (provider as { languageModel?: unknown } | undefined)?.languageModel;
  if (typeof languageModel === 'function') return (model) => languageModel.call(provider, model) as Model;
  if (typeof provider === 'function') return (model) => (provider as Sdk)(model);
  throw mistake(source, 'its factory makes no provider of language models', 'Name another in "factory"');
}

/** The kind of error alone: its words may hold a setting. */
function nameOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : String(name ?? error);
}

/** A mistake in the options of this plugin. */
export function mistake(source: PackageSource, why: string, cure: string, cause?: unknown): ConfigErrors {
  const values = { complaint: `"${source.package}" cannot be used by "${source.id}": ${why}`, cure: `${cure}.` };
  return new ConfigErrors([configErrors.PLUGIN_OPTIONS(values, cause === undefined ? {} : { cause })]);
}
