/** In docs/configuration.md: every key of the config from its schema, and every mistake there can be in one. */
import { readFileSync } from 'node:fs';
import { configErrors, coreSchema } from '@tapgate/core';
import { optionTable } from '../option-table.mjs';

const file = 'docs/configuration.md';

/** @returns {Promise<Record<string, string>>} */
export async function files() {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const withOptions = between(text, 'options', optionTable(coreSchema));
  return { [file]: between(withOptions, 'mistakes', mistakeTable(configErrors.rows)) };
}

/** @param {typeof configErrors.rows} rows */
function mistakeTable(rows) {
  const lines = Object.entries(rows).map(
    ([code, [why, cure, severity]]) => `| \`${code}\` | ${severity ?? 'error'} | ${cell(why)} | ${cell(cure)} |`,
  );
  return ['| code | severity | what it says | what to do |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** What stands for a sentence that is made anew for each mistake. @type {Readonly<Record<string, string>>} */
const described = {
  '{why}': 'What is wrong with the file as YAML or JSON.',
  '{complaint}.': "What the plugin's own schema says against its options.",
  '{reason}': 'Why a plugin that nobody asked for by name is not served.',
  '{cure}': 'It depends, and is told with the mistake.',
};

/** @param {string} sentence */
function cell(sentence) {
  return (described[sentence] ?? sentence).replaceAll('|', '\\|');
}

/** @param {string} text @param {string} name @param {string} table */
function between(text, name, table) {
  const marked = new RegExp(`<!-- ${name} -->[^]*<!-- /${name} -->`);
  if (!marked.test(text)) throw new Error(`${file} has no <!-- ${name} --> and <!-- /${name} -->.`);
  return text.replace(marked, () => `<!-- ${name} -->\n\n${table}\n\n<!-- /${name} -->`);
}
