import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

test('every recorded request is written back as it was', { skip }, async (t) => {
  for (const { name, request } of fixtures({ dialect: 'anthropic-messages' })) {
    if (request === undefined) continue;
    await t.test(name, () => {
      const before = JSON.parse(Buffer.from(request.body).toString('utf8')) as { model: string; stream?: boolean };
      const operation = name.includes('count-tokens') ? 'count-tokens' : 'chat';
      const incoming = { operation, path: '/v1/messages', query: '', headers: new Map(), body: bodyOf(request.body) };
      const read = readRequest(incoming);
      const written = writeRequest(read, { ...incoming, model: before.model, streamed: read.stream, able: {} });
      const after = JSON.parse(textOf(written.body)) as unknown;
      // The one difference that is allowed: a request that did not say so says that it does not stream.
      const expected = operation === 'chat' ? { stream: false, ...before } : before;
      assert.deepEqual(after, expected);
      assert.deepEqual(written.losses, []);
    });
  }
});
