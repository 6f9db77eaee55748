import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayError } from '@tapgate/core';
import { readCallPath, writeCallPath } from './call-path.ts';

test('a path tells the model and the method, at either place and in any version', () => {
  const paths: readonly (readonly [path: string, model: string, method: string])[] = [
    ['/v1beta/models/gemini-2.5-flash:generateContent', 'gemini-2.5-flash', 'generateContent'],
    ['/v1/models/gemini-2.5-flash%3AstreamGenerateContent', 'gemini-2.5-flash', 'streamGenerateContent'],
    ['/v1alpha/models/openai/gpt-5:countTokens', 'openai/gpt-5', 'countTokens'],
    ['/v1beta/models/ollama/llama3:8b:generateContent', 'ollama/llama3:8b', 'generateContent'],
    ['/v1beta/models/openai%2Fgpt-5:generateContent', 'openai/gpt-5', 'generateContent'],
    ['/v1beta/tunedModels/mine:generateContent', 'tunedModels/mine', 'generateContent'],
    [
      '/v1beta1/projects/p/locations/l/publishers/google/models/gemini-3:generateContent',
      'gemini-3',
      'generateContent',
    ],
    ['/v1/projects/p/locations/l/endpoints/123:generateContent', 'endpoints/123', 'generateContent'],
    ['/v1beta/models/gemini-2.5-flash', 'gemini-2.5-flash', ''],
  ];
  for (const [path, model, method] of paths) assert.deepEqual(readCallPath(path), { model, method }, path);
  assert.equal(readCallPath('/v1beta/files/abc'), undefined);
});

test('a model’s name stands in the path as one, whatever is in it', () => {
  assert.equal(writeCallPath('gemini-2.5-flash', 'generateContent'), '/models/gemini-2.5-flash:generateContent');
  assert.equal(writeCallPath('models/gemini', 'countTokens'), '/models/gemini:countTokens');
  assert.equal(writeCallPath('tunedModels/mine', 'generateContent'), '/tunedModels/mine:generateContent');
  assert.equal(writeCallPath('a:b?c#d%2f', 'generateContent'), '/models/a%3Ab%3Fc%23d%252f:generateContent');
});

test('a name that would lead somewhere else is refused', () => {
  for (const name of ['', '..', 'a/../b', './a', 'a//b', '/a', 'a\\..\\b', 'a\nb', 'a/..']) {
    assert.throws(
      () => writeCallPath(name, 'generateContent'),
      (error) => GatewayError.is(error) && error.status === 400,
      name,
    );
  }
});
