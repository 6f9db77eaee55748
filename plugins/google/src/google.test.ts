import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, type LiveGateway } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { fakeUpstream, reply, type FakeUpstream, type RecordedRequest } from '@tapgate/test-kit';
import { google, type GoogleOptions } from './google.ts';

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: ReadonlyMap<string, string>;
}

const generate = '/v1beta/models/google/gemini-2.5-flash:generateContent';
const stream = '/v1beta/models/google/gemini-2.5-flash:streamGenerateContent';
const hello = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], unknownField: 1.0 };
const answer = {
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'abc',
};

async function withGoogle(
  options: Partial<Record<keyof GoogleOptions, unknown>>,
  act: (gateway: LiveGateway, upstream: FakeUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await fakeUpstream(reply.json(200, answer));
  const gateway = createGateway({ log: { level: 'silent' } });
  gateway.dialect(openaiChat);
  gateway.use(google as never, {
    apiKey: 'AQ.secret-key-of-the-gateway',
    baseUrl: `${upstream.url}/v1beta`,
    ...options,
  });
  try {
    await act(gateway, upstream);
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

async function ask(
  gateway: LiveGateway,
  path: string,
  body: unknown,
  more: { readonly method?: string } = {},
): Promise<Answered> {
  const bytes =
    body === undefined ? new Uint8Array(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const dialect = path.startsWith('/v1/chat') ? 'openai-chat' : 'google-generate';
  const { status, bytes: out, headers, settled } = await gateway.handle({ dialect, path, body: bytes, ...more });
  const text = Buffer.from(await collectBytes(out)).toString();
  await settled;
  return { status, text, headers };
}

const only = (upstream: FakeUpstream): RecordedRequest => upstream.requests.at(-1) as RecordedRequest;

test('the key goes in a header, the model into the path, and the body as the client wrote it', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const { status, text } = await ask(gateway, `${generate}?key=client-key&alt=json`, hello);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), answer);
    const request = only(upstream);
    assert.equal(request.path, '/v1beta/models/gemini-2.5-flash:generateContent');
    assert.equal(request.headers.get('x-goog-api-key'), 'AQ.secret-key-of-the-gateway');
    assert.equal(request.text, JSON.stringify(hello));
    assert.doesNotMatch(Buffer.from(request.head).toString(), /client-key/);
  });
});

test('a model name that would lead elsewhere is refused, and nothing is sent', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    for (const name of ['..%2f..%2fv1beta%2ffiles', 'a%2f..%2f..%2fb', '%2e%2e']) {
      const { status } = await ask(gateway, `/v1beta/models/google%2F${name}:generateContent`, hello);
      assert.equal(status, 400, name);
    }
    assert.equal(upstream.requests.length, 0);
  });
});

test('a stream of events goes through as it was written', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const events = `data: {"candidates": [{"content": {"parts": [{"text": "Hi"}],"role": "model"}}]}\r\n\r\ndata: ${JSON.stringify(answer)}\r\n\r\n`;
    upstream.answer(reply.sse(events));
    const { text, headers } = await ask(gateway, `${stream}?alt=sse`, hello);
    assert.equal(text, events);
    assert.match(headers.get('content-type') ?? '', /event-stream/);
    assert.equal(only(upstream).path, '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse');
  });
});

test('a stream without events is one JSON array, as it was written', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const array = `[${JSON.stringify({ candidates: [{ content: { parts: [{ text: 'H' }] } }] })}\n,\r\n${JSON.stringify(answer)}\n]\n`;
    upstream.answer(reply.bytes(200, Buffer.from(array), { 'content-type': 'application/json; charset=UTF-8' }));
    const { text, headers } = await ask(gateway, stream, hello);
    assert.equal(text, array);
    assert.match(headers.get('content-type') ?? '', /json/);
    assert.equal(only(upstream).path, '/v1beta/models/gemini-2.5-flash:streamGenerateContent');
  });
});

test('a stream that breaks off tells its client in an event, and in bare JSON behind it', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    upstream.answer(reply.sse('data: {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}\r\n\r\n'));
    const { text } = await ask(gateway, `${stream}?alt=sse`, hello);
    const [event, framed = '', bare = ''] = text.split('\r\n\r\n');
    assert.match(event ?? '', /"Hi"/);
    assert.ok(bare.startsWith('{"error":'), bare);
    assert.equal(typeof JSON.parse(bare).error.code, 'number');
    assert.equal(framed, `data: ${bare}`);
  });
});

test('a key that the vendor does not take is the gateway’s trouble, and its words stay inside', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const message = 'API key not valid: AQ.secret-key-of-the-gateway. Please pass a valid API key.';
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }];
    upstream.answer(reply.json(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } }));
    const { status, text } = await ask(gateway, generate, hello);
    assert.equal(status, 502);
    assert.doesNotMatch(text, /secret-key|not valid/);
  });
});

test('a limit that lifts in 34.4 seconds is told as 35 to whoever asks', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }];
    upstream.answer(
      reply.json(429, { error: { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED', details } }),
    );
    const { status, headers, text } = await ask(gateway, generate, hello);
    assert.equal(status, 429);
    assert.equal(headers.get('retry-after'), '35');
    assert.match(text, /"retryDelay":"34.4s"/);
  });
});

test('what all clients would share at the vendor is offered only on demand', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const { status } = await ask(gateway, '/v1beta/files', undefined, { method: 'GET' });
    assert.equal(status, 400);
    assert.equal(upstream.requests.length, 0);
  });
  await withGoogle({ stored: true }, async (gateway, upstream) => {
    const listed = await ask(gateway, '/v1beta/files?pageSize=2&key=client-key', undefined, { method: 'GET' });
    assert.equal(listed.status, 200);
    assert.equal(`${only(upstream).method} ${only(upstream).path}`, 'GET /v1beta/files?pageSize=2');
    await ask(gateway, '/v1beta/files/abc', undefined, { method: 'DELETE' });
    assert.equal(`${only(upstream).method} ${only(upstream).path}`, 'DELETE /v1beta/files/abc');
    await ask(gateway, '/v1beta/cachedContents', { model: 'models/google/gemini-2.5-flash', ttl: '300s' });
    assert.deepEqual(only(upstream).json(), { model: 'models/gemini-2.5-flash', ttl: '300s' });
  });
});

test('counts and embeddings say the target’s model in their bodies too', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const requests = [{ model: 'models/google/gemini-embedding-2', content: { parts: [{ text: 'a' }] } }];
    await ask(gateway, '/v1beta/models/google/gemini-embedding-2:batchEmbedContents', { requests });
    assert.equal(only(upstream).path, '/v1beta/models/gemini-embedding-2:batchEmbedContents');
    assert.deepEqual(only(upstream).json(), { requests: [{ ...requests[0], model: 'models/gemini-embedding-2' }] });
    const inner = { generateContentRequest: { model: 'models/google/gemini-2.5-flash', ...hello } };
    await ask(gateway, '/v1beta/models/google/gemini-2.5-flash:countTokens', inner);
    assert.equal(only(upstream).text, JSON.stringify(inner).replace('models/google/', 'models/'));
  });
});

test('Gemini says STOP for a call, and a chat client is told to run it', async () => {
  await withGoogle({}, async (gateway, upstream) => {
    const call = { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2lnbmF0dXJl' };
    const candidate = { content: { parts: [call], role: 'model' }, finishReason: 'STOP', index: 0 };
    upstream.answer(reply.json(200, { ...answer, candidates: [candidate] }));
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
    const messages = [{ role: 'user', content: 'Weather?' }];
    const { text } = await ask(gateway, '/v1/chat/completions', {
      model: 'google/gemini-3-flash-preview',
      messages,
      tools,
    });
    const { message, finish_reason: reason } = JSON.parse(text).choices[0];
    assert.equal(reason, 'tool_calls');
    assert.deepEqual(JSON.parse(message.tool_calls[0].function.arguments), { city: 'Oslo' });
    // Under a tag, which names whom it goes back to.
    assert.match(message.tool_calls[0].extra_content.google.thought_signature, /^~tapgate:.*\.c2lnbmF0dXJl$/);
    // The next turn, by a client that keeps what it was given, and by one that does not.
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'Snow' };
    for (const [kept, signature] of [
      [message, 'c2lnbmF0dXJl'],
      [
        { ...message, tool_calls: [{ ...message.tool_calls[0], extra_content: undefined }] },
        'skip_thought_signature_validator',
      ],
    ]) {
      await ask(gateway, '/v1/chat/completions', {
        model: 'google/gemini-3-flash-preview',
        messages: [...messages, kept, result],
        tools,
      });
      const { contents } = only(upstream).json() as { contents: Record<string, any>[] };
      assert.deepEqual(
        contents.map(({ role }) => role),
        ['user', 'model', 'user'],
      );
      assert.equal(contents[1]?.['parts'][0].thoughtSignature, signature);
      assert.equal(contents[2]?.['parts'][0].functionResponse.name, 'weather');
      assert.deepEqual(contents[2]?.['parts'][0].functionResponse.response, { output: 'Snow' });
    }
  });
});

test('without a key the plugin is a dialect alone', async () => {
  const { GEMINI_API_KEY: key } = process.env;
  delete process.env['GEMINI_API_KEY'];
  const gateway = createGateway({ log: { level: 'silent' } });
  gateway.use<unknown>(google, {});
  if (key !== undefined) process.env['GEMINI_API_KEY'] = key;
  const { status, text } = await ask(gateway, generate, hello);
  assert.equal(status, 404);
  assert.match(text, /"status":"NOT_FOUND"/);
  await gateway.close();
});
