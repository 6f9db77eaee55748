import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textBody, textOf, type Body, type Incoming, type Wanted } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures } from '@tapgate/test-kit';
import { readRequest } from './read-request.ts';
import { writeRequest } from './write-request.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;

const incoming = (body: Body): Incoming => ({
  operation: 'chat',
  path: '/v1/responses',
  query: '',
  headers: new Map(),
  body,
});

const wanted = (model: string, streamed = false): Wanted => ({
  operation: 'chat',
  model,
  streamed,
  able: {},
  headers: new Map(),
  query: '',
  path: '/v1/responses',
});

const throughCanonical = (request: Record<string, unknown>): Record<string, unknown> => {
  const read = readRequest(incoming(textBody(JSON.stringify(request))));
  const written = writeRequest(read, wanted(read.model, read.stream));
  assert.deepEqual(written.losses, []);
  return JSON.parse(textOf(written.body)) as Record<string, unknown>;
};

test('every recorded request comes out of the canonical form as it went in', { skip }, () => {
  const recorded = fixtures({ dialect: 'openai-responses' }).filter(({ name }) => name !== 'openai/responses-compact');
  let count = 0;
  for (const { name, request } of recorded) {
    if (request === undefined) continue;
    const json = JSON.parse(Buffer.from(request.body).toString('utf8')) as Record<string, unknown>;
    assert.deepEqual(throughCanonical(json), json, name);
    count += 1;
  }
  assert.ok(count > 20);
});
