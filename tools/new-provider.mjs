/**
 * Writes a provider package that is one row of data on @tapgate/openai-compatible: source, contract tests, README and manifest.
 * Usage: node tools/new-provider.mjs NAME TITLE BASE_URL [VARIABLE]
 * The folder plugins/NAME may be there with a manifest; nothing else of it is overwritten.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, title, baseUrl, variable] = process.argv.slice(2);
if (name === undefined || title === undefined || baseUrl === undefined) {
  console.error('Usage: node tools/new-provider.mjs NAME TITLE BASE_URL [VARIABLE]');
  process.exit(64);
}
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || !URL.canParse(baseUrl)) {
  console.error(`NAME is small letters, digits and hyphens, and BASE_URL an address: "${name}" "${baseUrl}"`);
  process.exit(64);
}

/** A text in TypeScript, as the formatter quotes it. @param {string} text */
const quoted = (text) => (text.includes("'") ? JSON.stringify(text) : `'${text.replaceAll('\\', '\\\\')}'`);

const folder = `${root}plugins/${name}`;
const key = variable === undefined ? '' : `, key from ${variable}`;
const variableLine = variable === undefined ? '' : `\n  variable: ${quoted(variable)},`;

const source = `import type { Plugin } from '@tapgate/core';
import { compatiblePlugin, type CompatibleOptions } from '@tapgate/openai-compatible';

/** ${title} as a provider. */
const provider: Plugin<CompatibleOptions> = compatiblePlugin({
  name: '${name}',
  title: ${quoted(title)},
  baseUrl: ${quoted(baseUrl)},${variableLine}
});

export default provider;
`;

const test = `import test from 'node:test';
import { pluginContract, providerContract } from '@tapgate/test-kit';
import provider from './index.ts';

const apiKey = 'the-key-of-${name}';

providerContract(test, {
  name: '${name}',
  create: (origin) => ({ provider: '${name}', plugins: [[provider, { baseUrl: \`\${origin}/v1\`, apiKey }]] }) as never,
  credential: { header: 'authorization', value: \`Bearer \${apiKey}\` },
  secrets: [apiKey],
  dialects: ['openai-chat'],
});

pluginContract(test, {
  plugin: provider,
  options: { apiKey },
  badOptions: [{ apiKey: 3 }, { address: 'http://127.0.0.1' }],
  module: import.meta.resolve('./index.ts'),
});
`;

const readme = `# @tapgate/${name}

${title} as a provider.

\`\`\`sh
npm install @tapgate/${name}
\`\`\`

\`\`\`yaml
plugins:
  - ${name} # ${baseUrl}${key}
models:
  smart: [${name}/MODEL] # as ${title} names it
\`\`\`

It is one row of data on [\`@tapgate/openai-compatible\`](../openai-compatible): the address, the key, and what is peculiar about it.

## Options

<!-- options -->
<!-- /options -->

## Where it taps

Nowhere: it is a provider, and is asked in \`openai-chat\`.

## What it does not do

Nothing is asked of ${title} at start. Which models it has is not known; name them.
`;

/** @param {string} file @param {string} text */
function write(file, text) {
  const path = `${folder}/${file}`;
  const known = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (known !== '' && known.trim() !== 'export {};') return;
  writeFileSync(path, text);
  console.log(`plugins/${name}/${file}`);
}

mkdirSync(`${folder}/src`, { recursive: true });
write('src/index.ts', source);
write('src/index.test.ts', test);
write('README.md', readme);

const manifestFile = `${folder}/package.json`;
const template = existsSync(manifestFile) ? manifestFile : `${root}plugins/groq/package.json`;
const manifest = JSON.parse(readFileSync(template, 'utf8'));
manifest.name = `@tapgate/${name}`;
manifest.description = `${title} as a provider.`;
const { env: _, ...tapgate } = manifest.tapgate;
manifest.tapgate = { ...tapgate, kind: 'provider', ...(variable === undefined ? {} : { env: [variable] }) };
writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
console.log('Now: npm install && npm run generate');
