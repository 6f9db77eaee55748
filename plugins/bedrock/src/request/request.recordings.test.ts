import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf, type Incoming } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { modelInPath } from '../model-path.ts';
import { shapeFaults } from '../service-shapes.test.ts';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

test('every recorded request is written back as it was', { skip }, async (t) => {
  for (const { name, request } of fixtures({ dialect: 'bedrock-converse' })) {
    if (request === undefined || !/\/converse(?:-stream)?$/.test(request.path)) continue;
    await t.test(name, () => {
      const { path } = request;
      const incoming: Incoming = {
        operation: 'chat',
        path,
        query: '',
        headers: new Map(),
        body: bodyOf(request.body),
      };
      const read = readRequest(incoming);
      assert.equal(read.model, modelInPath(path));
      const written = writeRequest(read, { ...incoming, model: read.model, streamed: read.stream, able: {} });
      assert.equal(written.path, path);
      const before = JSON.parse(Buffer.from(request.body).toString('utf8')) as Record<string, unknown>;
      const after = JSON.parse(textOf(written.body)) as Record<string, unknown>;
      assert.deepEqual(after, before);
      assert.deepEqual(written.losses, []);
      assert.deepEqual(shapeFaults('ConverseRequest', after), []);
    });
  }
});
