import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly license?: string;
  readonly keywords?: readonly string[];
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly tapgate?: { readonly apiVersion: number; readonly kind: string };
}

const manifests = globSync('plugins/*/package.json', { cwd: root }).map((file) => ({
  folder: basename(dirname(file)),
  manifest: JSON.parse(readFileSync(root + file, 'utf8')) as Manifest,
}));

test('a plugin is named for its folder and says what it is', () => {
  assert.ok(manifests.length > 0);
  for (const { folder, manifest } of manifests) {
    assert.equal(manifest.name, `@tapgate/${folder}`);
    assert.ok(manifest.description, folder);
    assert.equal(manifest.license, 'MIT', folder);
    assert.ok(manifest.keywords?.includes('tapgate-plugin'), folder);
    assert.equal(manifest.tapgate?.apiVersion, 1, folder);
  }
});

test('every plugin takes core as a peer, so that one process has one core', () => {
  for (const { folder, manifest } of manifests) {
    assert.equal(manifest.peerDependencies?.['@tapgate/core'], '>=0.1 <1', folder);
    assert.equal(manifest.dependencies?.['@tapgate/core'], undefined, folder);
  }
});

test('the lock file names no registry', () => {
  const resolved = /"resolved": "https?:\/\//.exec(readFileSync(`${root}package-lock.json`, 'utf8'));
  assert.equal(resolved, null);
});
