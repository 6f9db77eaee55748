import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = `${import.meta.dirname}/../..`;

/** Packages whose source is a row on the generic provider. */
const rows = globSync('plugins/*/src/index.ts', { cwd: root })
  .filter((file) => readFileSync(`${root}/${file}`, 'utf8').includes('compatiblePlugin({'))
  .map((file) => file.replace('/src/index.ts', ''));

test('there are provider packages of one row', () => {
  assert.ok(rows.length >= 9, rows.join(', '));
});

for (const folder of rows) {
  test(`${folder} has the shape of every provider package of one row`, () => {
    for (const file of ['README.md', 'schema.json', 'src/index.test.ts', 'tsconfig.json']) {
      assert.ok(existsSync(`${root}/${folder}/${file}`), `${file} is missing`);
    }
    const manifest = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
    const name = folder.replace('plugins/', '');
    assert.equal(manifest.name, `@tapgate/${name}`);
    assert.equal(manifest.tapgate.kind, 'provider');
    assert.ok('@tapgate/openai-compatible' in manifest.dependencies);
    const source = readFileSync(`${root}/${folder}/src/index.ts`, 'utf8');
    const variable = /variable: '(\w+)'/.exec(source)?.[1];
    assert.deepEqual(manifest.tapgate.env, variable === undefined ? undefined : [variable]);
    assert.match(source, new RegExp(`name: '${name}'`));
    const contracts = readFileSync(`${root}/${folder}/src/index.test.ts`, 'utf8');
    assert.match(contracts, /providerContract\(/);
    assert.match(contracts, /pluginContract\(/);
    const readme = readFileSync(`${root}/${folder}/README.md`, 'utf8');
    for (const section of ['## Options', '## Where it taps', '## What it does not do'])
      assert.ok(readme.includes(section), section);
  });
}
