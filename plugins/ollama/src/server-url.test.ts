import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverUrl } from './server-url.ts';

test('a server is found by whatever its own programs take for it', () => {
  const cases: readonly (readonly [written: string, url: string])[] = [
    ['127.0.0.1', 'http://127.0.0.1:11434'],
    ['gpu.lan:8000', 'http://gpu.lan:8000'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:80', 'http://127.0.0.1'],
    ['[::1]:9', 'http://[::1]:9'],
    ['[::]', 'http://127.0.0.1:11434'],
    ['http://127.0.0.1:11434/', 'http://127.0.0.1:11434'],
    ['https://ollama.com', 'https://ollama.com'],
    ['https://ollama.com/api', 'https://ollama.com'],
    ['http://gpu.lan/ollama/v1/', 'http://gpu.lan/ollama'],
  ];
  for (const [written, url] of cases) assert.equal(serverUrl(written), url, written);
});
