import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from './routes.ts';

test('a path that another dialect has too is this one’s where the vendor’s own client asks', () => {
  const shared = routes.filter(({ when }) => when !== undefined);
  assert.deepEqual(
    shared.map(({ path }) => path),
    ['/v1/rerank', '/v1/models', '/v1/models/*model'],
  );
  const own = [
    { 'x-client-name': 'mine' },
    { 'x-fern-sdk-name': 'cohere' },
    { 'x-fern-sdk-name': 'cohere-ai' },
    { 'user-agent': 'cohere/5.20.0' },
  ];
  const foreign = [{}, { 'user-agent': 'curl/8' }, { 'x-fern-sdk-name': 'other' }];
  for (const { when, path } of shared) {
    for (const headers of own)
      assert.equal(when?.(new Map(Object.entries(headers)), path), true, JSON.stringify(headers));
    for (const headers of foreign) assert.equal(when?.(new Map(Object.entries(headers)), path), false);
  }
});
