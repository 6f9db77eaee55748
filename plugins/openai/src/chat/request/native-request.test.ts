import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, bodyOf, type Capabilities, type Incoming } from '@tapgate/core';
import { openaiChat } from '../openai-chat.ts';
import { incoming, wanted } from '../sample.test.ts';

function native(body: string, able: Capabilities = {}, streamed = false): string {
  const from = incoming(body);
  openaiChat.peek(from);
  const written = openaiChat.nativeRequest(from, wanted(able, { streamed }));
  return Buffer.from(bytesOf(written.body)).toString('utf8');
}

test('only the model’s name changes, whatever spelling the rest has', () => {
  const body =
    '\n{ "n": 1.0e0,"1":2 ,"mod\\u0065l" : "alias","messages":[{"model":"inner","x":12345678901234567890}], "z":"\\ud83d"}\n';
  assert.equal(native(body), body.replace('"alias"', '"the-model"'));
});

test('usage is asked for in a stream where the client did not, beside its other options', () => {
  assert.equal(
    native('{"model":"m","stream":true}', {}, true),
    '{"model":"the-model","stream":true,"stream_options":{"include_usage":true}}',
  );
  assert.equal(
    native('{"stream_options":{"include_obfuscation":false},"model":"m","stream":true}', {}, true),
    '{"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"the-model","stream":true}',
  );
  const asked = '{"model":"m","stream":true,"stream_options": {"include_usage": true}}';
  assert.equal(native(asked, {}, true), asked.replace('"m"', '"the-model"'));
  assert.equal(
    native('{"model":"m","stream":true}', { streamOptions: false }, true),
    '{"model":"the-model","stream":true}',
  );
  assert.equal(native('{"model":"m","stream":false}'), '{"model":"the-model","stream":false}');
});

test('the limit of tokens has the name the target knows, and never both', () => {
  const able = { maxTokensField: 'max_tokens' };
  assert.deepEqual(JSON.parse(native('{"max_completion_tokens":5,"model":"m"}', able)), {
    model: 'the-model',
    max_tokens: 5,
  });
  assert.deepEqual(JSON.parse(native('{"max_completion_tokens":5,"max_tokens":4,"model":"m"}', able)), {
    model: 'the-model',
    max_tokens: 4,
  });
  assert.deepEqual(JSON.parse(native('{"max_completion_tokens":5,"model":"m"}')), {
    model: 'the-model',
    max_completion_tokens: 5,
  });
});

test('fields are left out and renamed by splices, and what is left out is told', () => {
  const from = incoming('{"seed":1,"model":"m","store":true,"logprobs":true}');
  const { body, losses } = openaiChat.nativeRequest(
    from,
    wanted({ renames: ['seed:random_seed'], drops: ['store', 'logprobs', 'absent'] }),
  );
  assert.deepEqual(JSON.parse(Buffer.from(bytesOf(body)).toString('utf8')), { model: 'the-model', random_seed: 1 });
  assert.deepEqual(
    losses.map(({ field, contract }) => [field, contract]),
    [
      ['store', false],
      ['logprobs', true],
    ],
  );
});

test('a large body is not copied', () => {
  const chunks = [
    Buffer.from('{"model":"m","messages":[{"role":"user","content":"'),
    Buffer.alloc(300_000, 'x'),
    Buffer.from('"}]}'),
  ];
  const from: Incoming = { ...incoming('{}'), body: bodyOf(...chunks) };
  const { body } = openaiChat.nativeRequest(from, wanted());
  assert.ok(body.chunks.some(({ buffer }) => buffer === chunks[1]?.buffer));
});

test('a body that says a thing twice, or is no JSON, is refused', () => {
  assert.throws(() => native('{"model":"m","model":"n"}'), { code: 'BODY_DUPLICATE_FIELD', param: 'model' });
  assert.throws(() => native('{"model":"m",'), { code: 'BODY_INVALID' });
  assert.throws(() => native('[]'), { code: 'BODY_INVALID' });
});

test('the session is what the body names for caching, and the stream and its usage what it says', () => {
  const of = (body: object): unknown => openaiChat.peek(incoming(body));
  assert.deepEqual(of({ model: 'm', prompt_cache_key: 'k' }), { model: 'm', streamed: false, session: 'k' });
  assert.deepEqual(of({ model: 'm', stream: true }), { model: 'm', streamed: true, wantUsage: false });
  assert.deepEqual(of({ model: 'm', stream: true, stream_options: { include_usage: true } }), {
    model: 'm',
    streamed: true,
    wantUsage: true,
  });
  assert.deepEqual(of({ model: 5 }), { model: '', streamed: false });
});
