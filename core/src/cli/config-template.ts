import { isMap } from '../config/config-path.ts';
import { sections } from '../config/core-schema.ts';
import { installedPlugins, type PluginManifest, shortName } from '../config/plugin-manifest.ts';
import type { Schema } from '../config/visit-schema.ts';
import { schemaOf } from './installed-schema.ts';

/** A provider that may be chosen for a first config. */
export interface Offer {
  readonly name: string;
  readonly description: string;
  /** It can serve at once: it needs no key, or its key is there. */
  readonly ready: boolean;
  /** Where its key is looked for. */
  readonly variable: string | undefined;
  /** What to know before choosing it. */
  readonly hint: string;
  /** It brings a language that clients speak, with or without a key. */
  readonly speaks: boolean;
  /** Its options in the config, each a line of YAML. */
  readonly options: readonly string[];
}

/** Every provider that is installed, those that can serve at once first. */
export function offers(cwd: string, env: Readonly<Record<string, string | undefined>>): readonly Offer[] {
  const all = installedPlugins([cwd])
    .filter(({ kind }) => kind === 'provider')
    .map((manifest) => offer(manifest, env));
  return [...all.filter(({ ready }) => ready), ...all.filter(({ ready }) => !ready)];
}

function offer(manifest: PluginManifest, env: Readonly<Record<string, string | undefined>>): Offer {
  const set = manifest.env.find((name) => (env[name] ?? '') !== '');
  const variable = set ?? manifest.env[0];
  const name = shortName(manifest.package);
  const ready = set !== undefined || name === 'echo';
  const hint = variable === undefined ? '' : ` (${variable}${set === undefined ? '' : ' is set'})`;
  const speaks = manifest.dialects.length > 0;
  return {
    name,
    description: manifest.description,
    ready,
    variable,
    hint,
    speaks,
    options: optionLines(manifest, variable),
  };
}

/** What the provider cannot do without: its key, and whatever else has no default. */
function optionLines(manifest: PluginManifest, variable: string | undefined): string[] {
  const schema = schemaOf(manifest)?.schema as Schema | undefined;
  const properties = isMap(schema?.['properties']) ? Object.entries(schema['properties']) : [];
  const required = Array.isArray(schema?.['required']) ? schema['required'] : [];
  return properties.flatMap(([name, property]) => {
    if (!isMap(property) || 'default' in property) return [];
    const key =
      property['secret'] === true && property['type'] === 'string' && name === 'apiKey' && variable !== undefined;
    if (key) return [`${name}: "\${${variable}}"`];
    if (!required.includes(name)) return [];
    const [example = ''] = Array.isArray(property['examples']) ? (property['examples'] as unknown[]) : [];
    return [`${name}: ${JSON.stringify(example)} # ${textOf(property['description'])}`];
  });
}

/** A first config, with comments that tell what else there is; `offered` are all that could have been chosen. */
export function configTemplate(chosen: readonly Offer[], offered: readonly Offer[]): string {
  const speaking = offered.filter((one) => one.speaks && one.options.length === 0 && !chosen.includes(one));
  return `${[
    '# yaml-language-server: $schema=./tapgate.schema.json',
    '# "tapgate check" tells every mistake in this file. After installing a plugin, "tapgate schema -o tapgate.schema.json"',
    '# tells your editor about it.',
    '',
    'server:',
    '  host: 127.0.0.1 # beyond this machine only with a plugin that admits callers, such as key-auth',
    '  port: 8787',
    '',
    'plugins:',
    ...chosen.flatMap(pluginLines),
    ...(speaking.length === 0
      ? []
      : ['  # Languages that clients speak. Each of these is a provider too as soon as its key is set.']),
    ...speaking.map(({ name }) => `  - ${name}`),
    '  # - use: ./my-plugin.ts # your own file, no build step',
    '  #   when: { models: [smart] } # any plugin can be for some models, callers or dialects only',
    '',
    'models:',
    '  # A public name, and what can serve it, best first. "provider/model" always works without being named here.',
    ...(chosen.some(({ name }) => name === 'echo') ? ['  echo: [echo/echo]'] : []),
    `  # smart:`,
    `  #   - ${chosen[0]?.name ?? 'provider'}/model-name`,
    `  #   - { provider: ${chosen.at(-1)?.name ?? 'provider'}, model: other-model, weight: 2 }`,
    '',
    '# What else there is, with its defaults:',
    ...['unsupported', 'limits', 'upstream', 'log'].flatMap((name) => defaultLines(name, sections[name] ?? {}, 0)),
  ].join('\n')}\n`;
}

function pluginLines({ name, description, options }: Offer): string[] {
  const about = `  # ${description.replaceAll(/\s+/g, ' ')}`;
  if (options.length === 0) return [about, `  - ${name}`];
  return [about, `  - use: ${name}`, '    options:', ...options.map((line) => `      ${line}`)];
}

function defaultLines(name: string, schema: Schema, depth: number): string[] {
  const indent = `# ${'  '.repeat(depth)}`;
  const about = ` # ${textOf(schema['description'])}`;
  const { properties } = schema;
  if (isMap(properties)) {
    const inner = Object.entries(properties).flatMap(([key, value]) =>
      isMap(value) ? defaultLines(key, value, depth + 1) : [],
    );
    return [`${indent}${name}:${about}`, ...inner];
  }
  return 'default' in schema ? [`${indent}${name}: ${JSON.stringify(schema['default'])}${about}`] : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
