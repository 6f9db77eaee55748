/**
 * Of every plugin: schema.json, and in its README.md the option table between `<!-- options -->` and `<!-- /options -->`
 * and, if it exports its table as `errors`, the error table between `<!-- errors -->` and `<!-- /errors -->`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { errorTable } from '../error-table.mjs';
import { optionTable } from '../option-table.mjs';
import { pluginModules } from '../plugin-modules.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @returns {Promise<Record<string, string>>} */
export async function files() {
  const modules = await pluginModules();
  return Object.fromEntries(modules.flatMap(filesOf));
}

/** @param {import('../plugin-modules.mjs').PluginModule} module @returns {[file: string, text: string][]} */
function filesOf({ folder, packageName, plugin, errors }) {
  if (!plugin) return [];
  const { $schema: _, ...schema } = plugin.schema;
  const whole = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: packageName, ...schema };
  const readme = `${folder}/README.md`;
  const text = existsSync(root + readme) ? readFileSync(root + readme, 'utf8') : '';
  const withOptions = between(readme, text, 'options', optionTable(plugin.schema));
  return [
    [`${folder}/schema.json`, JSON.stringify(whole)],
    [readme, errors ? between(readme, withOptions, 'errors', errorTable(errors)) : withOptions],
  ];
}

/** @param {string} file @param {string} text @param {string} name @param {string} table */
function between(file, text, name, table) {
  const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
  if (!marked.test(text))
    throw new Error(`${file} has no <!-- ${name} --> and <!-- /${name} --> for the generated table.`);
  return text.replace(marked, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
}
