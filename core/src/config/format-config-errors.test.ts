import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { configErrors } from './config-error.ts';
import { formatConfigErrors } from './format-config-errors.ts';

const unknown = configErrors.CONFIG_UNKNOWN_KEY(
  { subject: '"server.prot"', known: 'host, port' },
  {
    path: ['server', 'prot'],
    file: 'tapgate.yaml',
    line: 12,
    column: 3,
    didYouMean: 'port',
    excerpt: { text: '\tprot: 1', column: 2, length: 4 },
  },
);
const text = [
  'CONFIG_UNKNOWN_KEY  tapgate.yaml:12:3  server.prot',
  '  12 | \tprot: 1',
  '     | \t^^^^',
  '  "server.prot" is not known.',
  '  Cure: Remove it, or write one of: host, port.',
  '  Did you mean "port"?',
].join('\n');

test('a mistake for a terminal has code, place, the line with a mark under it, why, cure and the nearest word', () => {
  assert.equal(formatConfigErrors([unknown]), text);
});

test('colours change nothing but colours', () => {
  const coloured = formatConfigErrors([unknown], { colors: true });
  assert.notEqual(coloured, text);
  assert.equal(stripVTControlCharacters(coloured), text);
});

test('a mistake without a place has no empty lines for it, and several are parted by one', () => {
  const plain = configErrors.CONFIG_NO_PLUGINS();
  assert.equal(
    formatConfigErrors([plain, plain]),
    ['CONFIG_NO_PLUGINS\n  No plugin is listed, so nothing is served.\n  Cure: Name one in "plugins".']
      .concat('', 'CONFIG_NO_PLUGINS\n  No plugin is listed, so nothing is served.\n  Cure: Name one in "plugins".')
      .join('\n'),
  );
});
