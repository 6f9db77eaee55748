import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, textOf, type Incoming, type Wanted } from '@tapgate/core';
import { fixtures, fixturesFolder, noFixtures, type FixtureRequest } from '@tapgate/test-kit';
import { googleGenerate } from '../google-generate.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const requests = fixtures({ provider: ['gemini', 'vertex'] }).flatMap(({ name, request }) =>
  request?.path.includes('enerateContent') ? [{ name, request }] : [],
);

function incomingOf({ path, body, headers }: FixtureRequest): Incoming {
  const [pathname = '', query = ''] = path.split('?');
  return { operation: 'chat', path: pathname, query, headers, body: bodyOf(body) };
}

function wantedFor(incoming: Incoming): Wanted {
  const { model, streamed } = googleGenerate.peek(incoming);
  return { ...incoming, model, streamed, able: {} };
}

/**
 * The differences that are allowed: names are written in camel case, a config that says nothing is left out, and a single
 * tool stands in a list.
 */
function normal(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => normal(item));
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'tools') return [normal(value)];
  const members = Object.entries(value).map(([name, member]) => {
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return [camel, normal(member, camel)] as const;
  });
  return Object.fromEntries(
    members.filter(([name, member]) => name !== 'generationConfig' || Object.keys(member as object).length > 0),
  );
}

test('a recorded request is written back as it was, with nothing lost', { skip }, async (t) => {
  assert.ok(requests.length > 10);
  for (const { name, request } of requests) {
    await t.test(name, () => {
      const incoming = incomingOf(request);
      const written = googleGenerate.writeRequest(googleGenerate.readRequest(incoming), wantedFor(incoming));
      assert.deepEqual(written.losses, []);
      assert.deepEqual(normal(JSON.parse(textOf(written.body))), normal(JSON.parse(textOf(incoming.body))));
    });
  }
});

test('the same request gives the same bytes each time', { skip }, () => {
  for (const { name, request } of requests) {
    const incoming = incomingOf(request);
    const write = (): string =>
      textOf(googleGenerate.writeRequest(googleGenerate.readRequest(incoming), wantedFor(incoming)).body);
    assert.equal(write(), write(), name);
  }
});

test('the native lane leaves a recorded body untouched, and writes the model into the path', { skip }, () => {
  for (const { name, request } of requests) {
    const incoming = incomingOf(request);
    const written = googleGenerate.nativeRequest(incoming, { ...wantedFor(incoming), model: 'other' });
    assert.equal(written.body, incoming.body, name);
    assert.match(written.path, /^\/models\/other:(?:generateContent|streamGenerateContent\?alt=sse)$/, name);
  }
});
