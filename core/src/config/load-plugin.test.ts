import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { coreCopies, coreVersion } from './core-copies.ts';
import { loadConfig } from './load-config.ts';
import { type LoadedPlugin, loadPlugin } from './load-plugin.ts';
import { installedPlugins, readManifest } from './plugin-manifest.ts';

const root = mkdtempSync(join(tmpdir(), 'tapgate-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function folder(files: Record<string, string>): string {
  folders += 1;
  const path = join(root, String(folders));
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const plugin = (name: string): string =>
  `export default { name: '${name}', apiVersion: 1, schema: { type: 'object', additionalProperties: false }, apply() {} };`;

/** The files of an installed package whose only module is `text`. */
function installed(name: string, text: string, manifest: object = {}): Record<string, string> {
  const own = {
    name,
    version: '1.2.3',
    type: 'module',
    exports: { '.': './index.js', './package.json': './package.json' },
    ...manifest,
  };
  return { [`node_modules/${name}/package.json`]: JSON.stringify(own), [`node_modules/${name}/index.js`]: text };
}

const nameOf = (loaded: LoadedPlugin): string => ('plugin' in loaded ? loaded.plugin.name : loaded.error.code);
const errorOf = (loaded: LoadedPlugin): { code: string; message: string; didYouMean: string | undefined } => {
  assert.ok('error' in loaded, 'it was loaded');
  return loaded.error;
};

test('a short name means the official package, then the community one, and never a package of just that name', async () => {
  const sdk = installed('shop', plugin('an SDK of the same name'));
  const community = installed('tapgate-shop', plugin('community'));
  const official = installed('@tapgate/shop', plugin('official'));
  assert.equal(nameOf(await loadPlugin('shop', folder({ ...sdk, ...community, ...official }))), 'official');
  assert.equal(nameOf(await loadPlugin('shop', folder({ ...sdk, ...community }))), 'community');
  assert.equal(nameOf(await loadPlugin('shop', folder(sdk))), 'PLUGIN_NOT_FOUND');
});

test('a whole name means that package, with or without a scope', async () => {
  const cwd = folder({
    ...installed('tapgate-shop', plugin('one')),
    ...installed('@anyone/tapgate-shop', plugin('two')),
  });
  assert.equal(nameOf(await loadPlugin('tapgate-shop', cwd)), 'one');
  assert.equal(nameOf(await loadPlugin('@anyone/tapgate-shop', cwd)), 'two');
});

test('packages are found from the folder of the config upwards, and each folder finds its own', async () => {
  const one = folder({ ...installed('tapgate-shop', plugin('one')), 'deep/er/tapgate.yaml': '' });
  const two = folder(installed('tapgate-shop', plugin('two')));
  assert.equal(nameOf(await loadPlugin('shop', join(one, 'deep/er'))), 'one');
  assert.equal(nameOf(await loadPlugin('shop', two)), 'two');
});

test('a package that offers itself to import alone is found', async () => {
  const cwd = folder(installed('tapgate-shop', plugin('shop'), { exports: { '.': { import: './index.js' } } }));
  assert.equal(nameOf(await loadPlugin('shop', cwd)), 'shop');
});

test('a file is found from the folder of the config, with types and without a build', async () => {
  const cwd = folder({
    'plugins/shop.ts': `const name: string = 'shop';\n${plugin('shop').replace("'shop'", 'name')}`,
    'package.json': '{"type":"module"}',
  });
  assert.equal(nameOf(await loadPlugin('./plugins/shop.ts', cwd)), 'shop');
  const missing = errorOf(await loadPlugin('./plugins/shp.ts', cwd));
  assert.deepEqual([missing.code, missing.didYouMean], ['PLUGIN_NOT_FOUND', 'shop.ts']);
});

test('a plugin may be exported by name', async () => {
  const cwd = folder(installed('tapgate-shop', plugin('shop').replace('export default', 'export const plugin =')));
  assert.equal(nameOf(await loadPlugin('shop', cwd)), 'shop');
});

test('a plugin that is not installed is told with what was sought and the nearest that is', async () => {
  const error = errorOf(
    await loadPlugin('shpo', folder(installed('tapgate-shop', plugin('shop'), { tapgate: { apiVersion: 1 } }))),
  );
  assert.equal(error.code, 'PLUGIN_NOT_FOUND');
  assert.match(error.message, /no package @tapgate\/shpo, nor tapgate-shpo/);
  assert.equal(error.didYouMean, 'shop');
});

test('a plugin that is there, and something inside it is not, is told apart from one that is missing', async () => {
  const cases = [`import 'tapgate-nowhere';`, `import './nowhere.js';`, `await import('tapgate-nowhere');`];
  for (const text of cases) {
    const error = errorOf(await loadPlugin('shop', folder(installed('tapgate-shop', `${text}\n${plugin('shop')}`))));
    assert.equal(error.code, 'PLUGIN_DEPENDENCY_MISSING', text);
    assert.match(error.message, /nowhere/);
  }
});

test('a package without its entry is told as such, and not as missing', async () => {
  const cwd = folder(installed('tapgate-shop', '', { exports: { '.': './dist/index.js' } }));
  const error = errorOf(await loadPlugin('shop', cwd));
  assert.equal(error.code, 'PLUGIN_INVALID');
  assert.match(error.message, /tapgate-shop is installed, but its entry cannot be found/);
});

test('a plugin that fails as it is imported is told with its reason', async () => {
  const error = errorOf(await loadPlugin('shop', folder(installed('tapgate-shop', `throw new Error('no luck');`))));
  assert.deepEqual(
    [error.code, error.message],
    ['PLUGIN_FAILED', 'The plugin "shop" failed as it was imported: no luck'],
  );
});

test('what is exported must be a plugin', async () => {
  const cases: [text: string, why: RegExp][] = [
    ['export const other = 1;', /no object/],
    ['export default {};', /"name"/],
    [`export default { name: 'shop' };`, /"apiVersion"/],
    [`export default { name: 'shop', apiVersion: 1 };`, /"schema"/],
    [`export default { name: 'shop', apiVersion: 1, schema: {} };`, /"apply"/],
    [`export default { name: 'shop', apiVersion: 1, schema: { type: 'nothing' }, apply() {} };`, /schema is not one/],
  ];
  for (const [text, why] of cases) {
    const error = errorOf(await loadPlugin('shop', folder(installed('tapgate-shop', text))));
    assert.equal(error.code, 'PLUGIN_INVALID', text);
    assert.match(error.message, why);
  }
});

test('a plugin made for another API is refused with both versions, and not run when its manifest says so', async () => {
  const marked = globalThis as { tapgateTestRan?: true };
  const cwd = folder(
    installed('tapgate-shop', `globalThis.tapgateTestRan = true;\n${plugin('shop')}`, { tapgate: { apiVersion: 2 } }),
  );
  const error = errorOf(await loadPlugin('shop', cwd));
  assert.deepEqual(
    [error.code, error.message],
    ['PLUGIN_API_VERSION', `The plugin "shop" 1.2.3 is made for plugin API 2; this core (${coreVersion()}) offers 1.`],
  );
  assert.equal(marked.tapgateTestRan, undefined);
  const late = errorOf(
    await loadPlugin(
      'shop',
      folder(installed('tapgate-shop', plugin('shop').replace('apiVersion: 1', 'apiVersion: 3'))),
    ),
  );
  assert.match(late.message, /plugin API 3; this core .* offers 1/);
});

test('a plugin that brings a second copy of core is refused, with the version and folder of both, at every load', async () => {
  const copy = `const copies = globalThis[Symbol.for('tapgate.core')]; copies.push({ path: '/elsewhere', version: '9.9.9' });`;
  const cwd = folder(installed('tapgate-shop', `${copy}\n${plugin('shop')}`));
  try {
    for (const _ of [1, 2]) {
      const error = errorOf(await loadPlugin('shop', cwd));
      assert.equal(error.code, 'PLUGIN_CORE_DUPLICATE');
      assert.match(error.message, /9\.9\.9 in \/elsewhere/);
      assert.ok(error.message.includes(`${coreVersion()} in `));
    }
  } finally {
    (coreCopies() as unknown[]).pop();
  }
});

test('installed plugins are known by their manifests alone', () => {
  const tapgate = {
    apiVersion: 1,
    kind: 'provider',
    env: ['SHOP_KEY'],
    commands: ['shop list'],
    schema: './schema.json',
  };
  const cwd = folder({
    ...installed('@tapgate/shop', 'throw 1;', { tapgate, description: 'A shop.' }),
    ...installed('@anyone/tapgate-stall', 'throw 1;', { tapgate: { apiVersion: 1 } }),
    ...installed('tapgate-kiosk', 'throw 1;', { tapgate: { apiVersion: 1 } }),
    ...installed('tapgate-something-else', 'throw 1;'),
    ...installed('@anyone/other', 'throw 1;', { tapgate: { apiVersion: 1 } }),
  });
  const found = installedPlugins([cwd]).filter((manifest) => manifest.folder.startsWith(cwd));
  assert.deepEqual(
    found.map(({ package: name }) => name),
    ['@anyone/tapgate-stall', '@tapgate/shop', 'tapgate-kiosk'],
  );
  assert.deepEqual(found[1], {
    folder: join(cwd, 'node_modules/@tapgate/shop'),
    package: '@tapgate/shop',
    version: '1.2.3',
    description: 'A shop.',
    apiVersion: 1,
    kind: 'provider',
    env: ['SHOP_KEY'],
    commands: ['shop list'],
    dialects: [],
    schemaFile: join(cwd, 'node_modules/@tapgate/shop/schema.json'),
  });
  assert.equal(readManifest(join(cwd, 'nowhere')), undefined);
});

const provider = (env: string[], more: object = {}): object => ({
  tapgate: { apiVersion: 1, kind: 'provider', env, ...more },
});

test('without a config the keyless provider is served, and each installed one whose key is in the environment', async () => {
  const cwd = folder({
    ...installed('@tapgate/echo', plugin('echo'), provider([])),
    ...installed('@tapgate/shop', plugin('shop'), provider(['SHOP_KEY', 'STORE_KEY'])),
    ...installed('@tapgate/stall', plugin('stall'), provider(['STALL_KEY'])),
    ...installed('@tapgate/words', plugin('words'), { tapgate: { apiVersion: 1, dialects: ['words'] } }),
  });
  const { config, plugins, found, file } = await loadConfig({ cwd, env: { STORE_KEY: 'x', STALL_KEY: '' } });
  const own = plugins.map(({ id }) => id).filter((id) => ['echo', 'shop', 'stall', 'words'].includes(id));
  assert.deepEqual(own, ['echo', 'words', 'shop']);
  assert.deepEqual(config.models['echo']?.targets, [{ provider: 'echo', model: 'echo' }]);
  assert.deepEqual(found, [{ name: 'shop', variable: 'STORE_KEY' }]);
  assert.equal(file, undefined);
});

test('without a config a provider that cannot be loaded is left out with a warning', async () => {
  const cwd = folder({
    ...installed('@tapgate/echo', plugin('echo'), provider([])),
    ...installed('@tapgate/shop', `throw new Error('no luck');`, provider(['SHOP_KEY'])),
  });
  const { plugins, warnings, found } = await loadConfig({ cwd, env: { SHOP_KEY: 'x' } });
  assert.ok(plugins.some(({ id }) => id === 'echo'));
  assert.deepEqual([warnings.at(-1)?.code, found], ['PLUGIN_LEFT_OUT', []]);
  assert.match(warnings.at(-1)?.message ?? '', /no luck/);
});
