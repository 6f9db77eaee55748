import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, bodyOf, type Capabilities, type Incoming, textOf, type Written } from '@tapgate/core';
import { anthropicMessages } from './anthropic-messages.ts';
import { tagOf } from './seal-tag.ts';

interface Asked {
  readonly operation?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: ReadonlyMap<string, string>;
  readonly able?: Capabilities;
}

function native(body: string | Body, asked: Asked = {}): Written {
  const incoming: Incoming = {
    operation: 'chat',
    path: '/v1/messages',
    query: '',
    headers: new Map(),
    body: typeof body === 'string' ? bodyOf(Buffer.from(body)) : body,
    ...asked,
  };
  return anthropicMessages.nativeRequest(incoming, {
    ...incoming,
    model: 'claude-x',
    streamed: false,
    able: asked.able ?? {},
  });
}

test('the model is changed in the bytes and nothing else is', () => {
  const body =
    '{ "max_tokens" : 1e3, "model":"smart" ,"1":1.0,"messages":[{"role":"user","content":"\\u00e9 <model>"}] }';
  assert.equal(textOf(native(body).body), body.replace('"smart"', '"claude-x"'));
});

test('path and query go on as they came, on every path', () => {
  assert.equal(native('{"model":"a"}', { query: 'beta=true' }).path, '/v1/messages?beta=true');
  const count = native('{"model":"a","messages":[]}', { operation: 'count-tokens', path: '/v1/messages/count_tokens' });
  assert.deepEqual(
    [count.path, count.method, textOf(count.body)],
    ['/v1/messages/count_tokens', 'POST', '{"model":"claude-x","messages":[]}'],
  );
});

test('betas of client and provider are merged, each once, and filtered, on every path', () => {
  const headers = new Map([
    ['anthropic-beta', 'a-1,b-2'],
    ['anthropic-version', '2026-10-21'],
    ['x-api-key', 'k'],
  ]);
  for (const operation of ['chat', 'count-tokens', 'batch-list', 'file-read']) {
    const written = native('{"model":"a"}', {
      operation,
      headers,
      able: { betas: ['b-2', 'c-3'], betasAllowed: ['b-2', 'c-*'] },
    });
    assert.equal(written.headers.get('anthropic-beta'), 'b-2,c-3', operation);
    assert.equal(written.headers.get('anthropic-version'), '2026-10-21');
    assert.equal(written.headers.has('x-api-key'), false);
    assert.deepEqual(
      written.losses.map(({ field }) => field),
      ['anthropic-beta: a-1'],
    );
  }
});

test('uploads and batches pass through by their own method', () => {
  const body: Body = { chunks: [Buffer.from('--b')], length: -1, stream: (async function* () {})() };
  const headers = new Map([['content-type', 'multipart/form-data; boundary=b']]);
  const upload = native(body, { operation: 'file-create', path: '/v1/files', headers });
  assert.equal(upload.body, body);
  assert.equal(upload.headers.get('content-type'), 'multipart/form-data; boundary=b');
  assert.equal(native('', { operation: 'batch-delete', path: '/v1/messages/batches/b' }).method, 'DELETE');
  assert.equal(native('', { operation: 'batch-results' }).method, 'GET');
});

const asked = { path: '/v1/messages', query: '', headers: new Map<string, string>() };
const foreign = tagOf({ seal: { origin: { dialect: 'openai-responses' }, form: 'encrypted', value: 'gAAA' } });
const conversation = (signature: string): string =>
  `{"model":"smart","max_tokens":9,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"${signature}"},{"type":"tool_use","id":"call_1","name":"f","input":{"z":1.0,"1":2}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"b"}]}]}`;

test('thinking that another vendor sealed is not sent, and the rest of the turn is', () => {
  for (const operation of ['chat', 'count-tokens']) {
    const incoming = { ...asked, operation, body: bodyOf(Buffer.from(conversation(foreign))) };
    const wanted = { ...incoming, model: 'claude-x', streamed: false, able: {} };
    const written = anthropicMessages.writeRequest(anthropicMessages.readRequest(incoming), wanted);
    const text = textOf(written.body);
    assert.equal(/gAAA|tapgate|hm/.test(text), false);
    assert.ok(text.includes('"input":{"z":1.0,"1":2}'));
    assert.deepEqual(
      written.losses.map(({ how, contract }) => [how, contract]),
      [['dropped', false]],
    );
  }
});

test('thinking, and words that only look like a tag, go on byte for byte', () => {
  for (const body of [
    conversation('Eqk=='),
    '{"model":"smart","messages":[{"role":"user","content":"say \\"~tapgate: yes\\""}]}',
  ]) {
    assert.equal(textOf(native(body).body), body.replace('"smart"', '"claude-x"'));
  }
});
