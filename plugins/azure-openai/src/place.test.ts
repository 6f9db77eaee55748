import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathAt, placeOf } from './place.ts';

test('an address is a resource, with or without the API that client libraries want in it', () => {
  for (const address of [
    'https://mine.openai.azure.com',
    'https://mine.openai.azure.com/',
    'https://mine.openai.azure.com/openai',
    'https://mine.openai.azure.com/openai/v1/',
  ]) {
    assert.equal(placeOf(address, undefined).baseUrl, 'https://mine.openai.azure.com/openai/v1', address);
    assert.equal(placeOf(address, '2024-10-21').baseUrl, 'https://mine.openai.azure.com/openai', address);
  }
  assert.equal(placeOf('https://apim.example/ai', undefined).baseUrl, 'https://apim.example/ai/openai/v1');
});

test('a dated API has the deployment in the path, and what is kept at the resource has not', () => {
  const dated = placeOf('https://mine.openai.azure.com', '2025-04-01-preview');
  assert.equal(
    pathAt(dated, '/chat/completions', 'my gpt/4'),
    '/deployments/my%20gpt%2F4/chat/completions?api-version=2025-04-01-preview',
  );
  assert.equal(pathAt(dated, '/responses', 'm'), '/responses?api-version=2025-04-01-preview');
  assert.equal(
    pathAt(dated, '/responses/r1/input_items?after=x', ''),
    '/responses/r1/input_items?after=x&api-version=2025-04-01-preview',
  );
});

test('the v1 API has its version only where one is said, and a client’s own never counts', () => {
  const plain = placeOf('https://mine.openai.azure.com', undefined);
  assert.equal(pathAt(plain, '/chat/completions', 'm'), '/chat/completions');
  assert.equal(pathAt(plain, '/responses/r1?api-version=2020-01-01&stream=true', ''), '/responses/r1?stream=true');
  const preview = placeOf('https://mine.openai.azure.com', 'preview');
  assert.equal(pathAt(preview, '/embeddings', 'm'), '/embeddings?api-version=preview');
});

test('a deployment’s name leads nowhere else', () => {
  const dated = placeOf('https://mine.openai.azure.com', '2024-10-21');
  for (const name of ['.', '..']) assert.throws(() => pathAt(dated, '/embeddings', name), { code: 'MODEL_UNKNOWN' });
  assert.equal(pathAt(dated, '/embeddings', '../x?y#z').split('?')[0], '/deployments/..%2Fx%3Fy%23z/embeddings');
});
