/**
 * Writes the `references` of every tsconfig.json from the folders and their package.json files.
 * With `--check` it writes nothing and fails when one is out of date.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const checking = process.argv.includes('--check');

/** @param {string} file @returns {any} */
const readJson = (file) => JSON.parse(readFileSync(root + file, 'utf8'));

/** Packages that are built: a folder with its own tsconfig.json. */
const packages = globSync(['core/package.json', 'plugins/*/package.json', 'test/kit/package.json'], { cwd: root })
  .toSorted()
  .map((file) => ({ folder: dirname(file), manifest: readJson(file) }));
const folderOf = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));

/** The sibling folders whose declarations a package's sources read; its tests are another project. @param {any} manifest */
function siblings(manifest) {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return names.flatMap((name) => folderOf.get(name) ?? []).toSorted();
}

/** @param {string} folder @param {string[]} to */
const references = (folder, to) => to.map((path) => ({ path: relative(folder, path) }));

/** @param {string[]} lines */
const list = (lines) => (lines.length === 0 ? '[]' : `[\n${lines.map((line) => `    ${line}`).join(',\n')}\n  ]`);

/** A package's own tsconfig.json, whole. @param {string} folder @param {any} manifest */
function packageProject(folder, manifest) {
  const up = relative(folder, '.');
  const to = references(folder, siblings(manifest));
  const one = `[${to.map(({ path }) => `{ "path": "${path}" }`).join(', ')}]`;
  const line = `  "references": ${one.length > 100 ? list(to.map(({ path }) => `{ "path": "${path}" }`)) : one}\n`;
  return `{
  "extends": "${up}/tsconfig.base.json",
  "compilerOptions": { "rootDir": "src", "outDir": "dist", "tsBuildInfoFile": "dist/.tsbuildinfo" },
  "include": ["src"],
  "exclude": ["**/*.test.ts"]${to.length === 0 ? '\n' : `,\n${line}`}}
`;
}

/** The file with the list of its last key, `references`, put in anew. @param {string} file @param {string[]} to */
function withReferences(file, to) {
  const lines = references(dirname(file), to).map(({ path }) => `{ "path": "${path}" }`);
  return readFileSync(root + file, 'utf8').replace(/"references": \[[^\]]*\]/, () => `"references": ${list(lines)}`);
}

const built = packages.map(({ folder }) => folder);
const files = new Map([
  ...packages.map(
    ({ folder, manifest }) => /** @type {const} */ ([`${folder}/tsconfig.json`, packageProject(folder, manifest)]),
  ),
  ['test/tsconfig.json', withReferences('test/tsconfig.json', built)],
  ['tsconfig.json', withReferences('tsconfig.json', [...built, 'test', 'tools'])],
]);

let stale = 0;
for (const [file, text] of files) {
  if (existsSync(root + file) && readFileSync(root + file, 'utf8') === text) continue;
  if (checking) {
    stale += 1;
    console.error(`${file} does not have the references its package.json asks for.`);
  } else writeFileSync(root + file, text);
}
if (stale > 0) {
  console.error('Run "node tools/sync-references.mjs" and commit what it writes.');
  process.exitCode = 1;
}
