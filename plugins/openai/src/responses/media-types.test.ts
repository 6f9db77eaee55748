import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endingOf, mediaTypeOf } from './media-types.ts';

test('a file’s name or address tells its media type', () => {
  assert.equal(mediaTypeOf('report.PDF'), 'application/pdf');
  assert.equal(mediaTypeOf('https://a.example/x/data.csv?download=1#top'), 'text/csv');
  assert.equal(mediaTypeOf('https://a.example/'), undefined);
  assert.equal(mediaTypeOf('archive.unknown'), undefined);
});

test('a media type has an ending for a file’s name', () => {
  assert.equal(endingOf('application/pdf'), 'pdf');
  assert.equal(endingOf('image/png'), 'png');
  assert.equal(endingOf('odd'), 'bin');
});
