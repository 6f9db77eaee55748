/**
 * Writes every generated file. A generator is a module of tools/generators that exports `files()`: texts by path.
 * With `--check` it writes nothing and fails when a file is not what would be written.
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'oxfmt';

const root = fileURLToPath(new URL('..', import.meta.url));
const checking = process.argv.includes('--check');
const { $schema: _, ignorePatterns: __, ...style } = JSON.parse(readFileSync(`${root}.oxfmtrc.json`, 'utf8'));

/** What a generator would write, formatted as `npm run check` wants it. @param {string} file @param {string} text */
async function formatted(file, text) {
  const { code, errors } = await format(file, text, style);
  if (errors.length > 0)
    throw new Error(`${file} cannot be formatted: ${errors.map(({ message }) => message).join(' ')}`);
  return code;
}

/** @param {string} file @param {string} text @returns {boolean} Whether it stands as it should. */
function settle(file, text) {
  if (existsSync(root + file) && readFileSync(root + file, 'utf8') === text) return true;
  if (checking) {
    console.error(`${file} is out of date.`);
    return false;
  }
  mkdirSync(dirname(root + file), { recursive: true });
  writeFileSync(root + file, text);
  console.log(file);
  return true;
}

let current = true;
for (const generator of globSync('tools/generators/*.mjs', { cwd: root }).toSorted()) {
  const { files } = await import(pathToFileURL(root + generator).href);
  for (const [file, text] of Object.entries(await files())) {
    current = settle(file, await formatted(file, text)) && current;
  }
}
if (!current) {
  console.error('Run "npm run generate" and commit what it writes.');
  process.exitCode = 1;
}
