import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, emptyBody, tagSeal, textBody, textOf, type Body, type Incoming, type Wanted } from '@tapgate/core';
import { oneByOne } from '@tapgate/test-kit';
import { nativeRequest } from './native-request.ts';
import { openaiResponses } from './openai-responses.ts';
import { peek } from './peek.ts';

const incomingOf = (body: Body, operation = 'chat', path = '/v1/responses', query = ''): Incoming => ({
  operation,
  path,
  query,
  headers: new Map(),
  body,
});

const wantedOf = (incoming: Incoming, model: string, streamed = false): Wanted => ({
  operation: incoming.operation,
  model,
  streamed,
  able: {},
  headers: new Map(),
  query: incoming.query,
  path: incoming.path,
});

const text = `{ "input" : "Hello",\n "model":"asked", "n": 1.0, "big": 12345678901234567890, "2":0, "1":0 }`;

test('peek tells model, streaming and the key of the prompt cache', () => {
  const body = textBody('{"prompt_cache_key":"thread-1","stream":true,"input":[{"model":"no"}],"model":"asked"}');
  assert.deepEqual(peek(incomingOf(body)), { model: 'asked', streamed: true, session: 'thread-1' });
  assert.deepEqual(peek(incomingOf(textBody('{"input":"Hi"}'))), { model: '', streamed: false });
  assert.throws(() => peek(incomingOf(textBody('{"model":"a","model":"b"}'))), { code: 'BODY_DUPLICATE_FIELD' });
  assert.throws(() => peek(incomingOf(textBody('["model"]'))), { code: 'BODY_INVALID' });
});

test('a body goes on byte for byte but for the model', () => {
  for (const body of [textBody(text), bodyOf(...oneByOne(Buffer.from(text)))]) {
    const incoming = incomingOf(body);
    const written = nativeRequest(incoming, wantedOf(incoming, 'real'));
    assert.equal(textOf(written.body), text.replace('asked', 'real'));
    assert.deepEqual([written.method, written.path, written.losses], ['POST', '/responses', []]);
    assert.equal(nativeRequest(incoming, wantedOf(incoming, 'asked')).body, body);
  }
});

test('each operation has its way', () => {
  const routes = openaiResponses.routes.map(({ method, path, operation }) => `${method} ${path} ${operation}`);
  assert.deepEqual(routes, [
    'POST /v1/responses chat',
    'POST /v1/responses/compact responses-compact',
    'POST /v1/responses/input_tokens responses-input-tokens',
    'GET /v1/responses/:id responses-get',
    'DELETE /v1/responses/:id responses-delete',
    'POST /v1/responses/:id/cancel responses-cancel',
    'GET /v1/responses/:id/input_items responses-input-items',
  ]);
  const get = incomingOf(emptyBody, 'responses-get', '/v1/responses/resp_1', 'stream=true&starting_after=7');
  assert.deepEqual(peek(get), { model: '', streamed: true });
  const { method, path, body } = nativeRequest(get, wantedOf(get, ''));
  assert.deepEqual([method, path, body.length], ['GET', '/responses/resp_1?stream=true&starting_after=7', 0]);
  const compact = incomingOf(textBody('{"model":"asked","input":"Hi"}'), 'responses-compact', '/v1/responses/compact');
  assert.equal(peek(compact).model, 'asked');
  const written = nativeRequest(compact, wantedOf(compact, 'real'));
  assert.deepEqual([written.path, textOf(written.body)], ['/responses/compact', '{"model":"real","input":"Hi"}']);
});

test('a request that is written anew goes where its operation is asked', () => {
  for (const [operation, path] of [
    ['chat', '/responses'],
    ['responses-compact', '/responses/compact'],
    ['responses-input-tokens', '/responses/input_tokens'],
  ] as const) {
    const incoming = incomingOf(
      textBody('{"model":"m","input":[{"role":"user","content":"a"}]}'),
      operation,
      `/v1${path}`,
    );
    const written = openaiResponses.writeRequest(openaiResponses.readRequest(incoming), wantedOf(incoming, 'm'));
    assert.deepEqual([written.path, textOf(written.body)], [path, textOf(incoming.body)]);
  }
});

test('thinking that a provider of this dialect did not make is not sent to one', () => {
  const kept = [
    { role: 'user', content: 'What is ~tapgate: about?' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' },
    { type: 'function_call', call_id: 'c', name: 'look', arguments: '{"a":1.0}' },
  ];
  const origin = { dialect: 'anthropic-messages' };
  const foreign = [
    {
      type: 'reasoning',
      id: 'rs_~tapgate_1',
      summary: [],
      encrypted_content: tagSeal({ origin, form: 'signature', value: 'abc' }),
    },
    { type: 'reasoning', summary: [], encrypted_content: '~tapgate:' },
    { type: 'reasoning', id: 'rs_~tapgate_2', summary: [], content: [{ type: 'reasoning_text', text: 'Hmm' }] },
  ];
  const body = JSON.stringify({ model: 'm', input: [...foreign, ...kept], store: false });
  const incoming = incomingOf(textBody(body));
  const written = openaiResponses.writeRequest(openaiResponses.readRequest(incoming), wantedOf(incoming, 'm'));
  assert.deepEqual(JSON.parse(textOf(written.body)), { model: 'm', input: kept, store: false });
  assert.deepEqual(
    written.losses.map(({ field, contract }) => [field, contract]),
    foreign.map((_, index) => [`input[0].content[${index}]`, false]),
  );
});
