import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { reply } from '@tapgate/test-kit';
import { gatewayOver } from '../gateways.ts';
import { leftOut, python } from '../installed.ts';

test(
  'the Python client of OpenAI: chat, Responses, tools, streams, errors, models',
  { skip: leftOut('python') },
  async () => {
    await using served = await gatewayOver(reply.json(500, {}));
    const script = `${import.meta.dirname}/../python/openai_check.py`;
    const { stdout } = await promisify(execFile)(python, [script, served.url]);
    const told = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ name, value }) => [name, value]),
    );
    assert.deepEqual(told, {
      chat: 'Hello there!',
      'chat stream': 'Hello there!',
      tool: true,
      responses: 'Hello there!',
      'responses stream': 'Hello there!',
      'echo/429': 429,
      'echo/500': 502,
      'echo/context': 400,
      'echo/cut': 'APIError',
      'echo/error': 'APIError',
      models: true,
    });
  },
);
