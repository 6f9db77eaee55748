/** The table of plugins in the README, from their manifests. A folder without a README of its own is not a plugin yet. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const begin = '<!-- plugins -->';
const end = '<!-- /plugins -->';

/** @returns {Promise<Record<string, string>>} */
export async function files() {
  const rows = globSync('plugins/*/package.json', { cwd: root })
    .toSorted()
    .filter((file) => existsSync(`${root}${file.replace('package.json', 'README.md')}`))
    .map((file) => {
      const { name, description, tapgate } = JSON.parse(readFileSync(root + file, 'utf8'));
      return `| [\`${name}\`](${file.replace('/package.json', '')}) | ${tapgate.kind} | ${description} |`;
    });
  const table = ['| plugin | kind | what it is for |', '| --- | --- | --- |', ...rows].join('\n');
  const text = readFileSync(`${root}README.md`, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${begin} … ${end}.`);
  return { 'README.md': `${before}${begin}\n\n${table}\n\n${end}${after}` };
}
