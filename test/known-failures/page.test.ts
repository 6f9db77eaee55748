import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** A test that the page names: where it stands, and its title as the source has it. */
interface Cited {
  readonly id: string;
  readonly file: string;
  readonly title: string;
}

const page = new URL('../../docs/known-failures.md', import.meta.url);

/** Lines of the page that are wrong, and what the others cite. A row is `| S-01 | what goes wrong | [title](file)<br>… |`. */
function readPage(text: string): { readonly ids: string[]; readonly cited: Cited[]; readonly faults: string[] } {
  const ids: string[] = [];
  const cited: Cited[] = [];
  const faults: string[] = [];
  for (const line of text.split('\n')) {
    const row = /^\| ([A-Z]-\d\d) +\| (.+?) +\| (.+?) +\|$/.exec(line);
    if (row === null) {
      if (/^\| *[A-Z]-\d/.test(line)) faults.push(`no row: ${line}`);
      continue;
    }
    const [, id = '', , tests = ''] = row;
    ids.push(id);
    for (const link of tests.split('<br>')) {
      const parts = /^\[(.+)\]\((\.\.\/[^()\s]+)\)$/.exec(link.trim());
      if (parts === null) faults.push(`${id}: no link to a test: ${link}`);
      else cited.push({ id, file: parts[2] ?? '', title: (parts[1] ?? '').replaceAll(/\\([\\_*|[\]<>])/g, '$1') });
    }
  }
  return { ids, cited, faults };
}

/** What is wrong with a citation, if anything: its file must be there, and name a test so, to the letter. */
function faultOf({ id, file, title }: Cited): string | undefined {
  const at = new URL(file, page);
  if (!existsSync(at)) return `${id}: there is no file ${file}`;
  const source = readFileSync(at, 'utf8').replaceAll(/\\(['"`])/g, '$1');
  const quoted = title.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const isThere = new RegExp(`(?:\\(\\s*|name: |"title": )(['"\`])${quoted}\\1`).test(source);
  return isThere ? undefined : `${id}: ${file} has no test "${title}"`;
}

test('every case of the page is there once, and every test that it names is in the source by that title', () => {
  const { ids, cited, faults } = readPage(readFileSync(page, 'utf8'));
  assert.deepEqual(faults, []);
  assert.ok(ids.length > 100, `only ${ids.length} cases were read`);
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
  );
  assert.deepEqual(
    cited.flatMap((one) => faultOf(one) ?? []),
    [],
  );
});

test('a row that is broken, a title that has changed and a file that is gone are told', () => {
  const own = '../test/known-failures/page.test.ts';
  const good = `| S-01 | It breaks. | [a row that is broken, a title that has changed and a file that is gone are told](${own}) |`;
  assert.deepEqual(
    readPage(good).cited.flatMap((one) => faultOf(one) ?? []),
    [],
  );
  const bad = [`| S-02 | It breaks. | [another title](${own})<br>[x](../test/gone.ts) |`, '| S-03 | It breaks. | x |'];
  const { cited, faults } = readPage(bad.join('\n'));
  assert.deepEqual(
    cited.map((one) => faultOf(one)),
    [`S-02: ${own} has no test "another title"`, 'S-02: there is no file ../test/gone.ts'],
  );
  assert.deepEqual(faults, ['S-03: no link to a test: x']);
});
