import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import {
  ask,
  fakeUpstream,
  type FakeUpstream,
  fixtures,
  fixturesFolder,
  noFixtures,
  replay,
  reply,
  serveGateway,
  type ServedGateway,
  validateChatReply,
  validateChatStream,
  validateMessagesStream,
} from '@tapgate/test-kit';
import { huggingface } from './huggingface.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['HF_TOKEN'];

const skip = fixturesFolder() === undefined ? noFixtures : false;

interface Trial {
  readonly upstream: FakeUpstream;
  readonly served: ServedGateway;
}

async function withPlace(
  answer: Parameters<typeof fakeUpstream>[0],
  options: object,
  act: (trial: Trial) => Promise<void>,
  models: Parameters<typeof serveGateway>[0] = {},
): Promise<void> {
  await using upstream = await fakeUpstream(answer);
  const use = [huggingface, { baseUrl: upstream.url, apiKey: 'hf_key', ...options }, { id: 'hf' }] as const;
  await using served = await serveGateway({ plugins: [use, [anthropic, {}]], ...models });
  await act({ upstream, served });
}

const router = { place: 'router' };
const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const messages = [{ role: 'user', content: 'Hi' }];

test('a model says who serves it, or how that is chosen, and who is billed stands in a header', async () => {
  await withPlace(reply.json(200, completion), { ...router, billTo: 'acme' }, async ({ upstream, served }) => {
    for (const suffix of ['', ':groq', ':fastest', ':cheapest', ':preferred']) {
      const model = `openai/gpt-oss-120b${suffix}`;
      await ask(`${served.url}/v1/chat/completions`, { body: { model: `hf/${model}`, messages } });
      const sent = upstream.requests.at(-1);
      assert.ok(sent);
      assert.equal((sent.json() as { model: string }).model, model);
      assert.deepEqual([sent.path, sent.headers.get('x-hf-bill-to')], ['/v1/chat/completions', 'acme']);
    }
  });
});

test('a client cannot have another organisation billed', async () => {
  await withPlace(reply.json(200, completion), { ...router, billTo: 'acme' }, async ({ upstream, served }) => {
    const headers = { 'x-hf-bill-to': 'victim' };
    await ask(`${served.url}/v1/chat/completions`, { body: { model: 'hf/m', messages }, headers });
    await ask(`${served.url}/hf-inference/models/hf/m`, { body: { inputs: 'x' }, headers });
    assert.deepEqual(
      upstream.requests.map((request) => request.headers.get('x-hf-bill-to')),
      ['acme', 'acme'],
    );
  });
});

test('embeddings are features of the router, in the form of the API that they were asked in', async () => {
  await withPlace(
    reply.json(200, [
      [0.5, -2],
      [1, 0],
    ]),
    router,
    async ({ upstream, served }) => {
      const body = { model: 'hf/org/e5:hf-inference', input: ['a', 'b'], encoding_format: 'base64' };
      const { status, json } = await ask(`${served.url}/v1/embeddings`, { body });
      assert.equal(status, 200);
      const { data, usage } = json() as { data: { embedding: string; index: number }[]; usage: object };
      assert.equal(data[0]?.embedding, Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64'));
      assert.deepEqual([data.map(({ index }) => index), usage], [[0, 1], { prompt_tokens: 1, total_tokens: 1 }]);
      const sent = await upstream.request(0);
      assert.equal(sent.path, '/hf-inference/models/org/e5/pipeline/feature-extraction');
      assert.deepEqual(sent.json(), { inputs: ['a', 'b'] });
      assert.equal(served.settled[0]?.settlement.usage.input, 1);
    },
  );
});

test('embeddings that the router cannot make are refused before it is asked', async () => {
  await withPlace(reply.json(200, []), router, async ({ upstream, served }) => {
    for (const body of [
      { model: 'hf/m', input: 'a', dimensions: 5 },
      { model: 'hf/m', input: [[1, 2]] },
      { model: 'hf/../../admin', input: 'a' },
    ]) {
      assert.ok((await ask(`${served.url}/v1/embeddings`, { body })).status >= 400);
    }
    assert.equal(upstream.requests.length, 0);
  });
});

test('embeddings of an endpoint are its own', async () => {
  const answer = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [1, 2] }],
    model: 'm',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  };
  await withPlace(reply.json(200, answer), {}, async ({ upstream, served }) => {
    const { json } = await ask(`${served.url}/v1/embeddings`, { body: { model: 'hf/m', input: 'a' } });
    assert.deepEqual(json(), answer);
    assert.equal((await upstream.request(0)).path, '/v1/embeddings');
  });
});

test('a task goes through as it is, by its public name, with the operator’s key', async () => {
  const labels = [{ label: 'POSITIVE', score: 0.99 }];
  const models = { models: { mood: ['hf/distilbert/sst-2'] } };
  await withPlace(
    reply.json(200, labels, { 'x-compute-type': 'cpu' }),
    router,
    async ({ upstream, served }) => {
      const body = '{"inputs": "I like you", "parameters": {"top_k": 1}}';
      const headers = { 'content-type': 'application/json', authorization: 'Bearer client-key' };
      const { status, headers: told, json } = await ask(`${served.url}/hf-inference/models/mood`, { body, headers });
      assert.deepEqual([status, json(), told.get('x-compute-type')], [200, labels, 'cpu']);
      const sent = await upstream.request(0);
      assert.deepEqual(
        [sent.path, sent.text, sent.headers.get('authorization')],
        ['/hf-inference/models/distilbert/sst-2', body, 'Bearer hf_key'],
      );
      const { settlement, exchange } = served.settled[0] ?? {};
      assert.deepEqual([settlement?.outcome, exchange?.operation, exchange?.model], ['ok', 'task', 'mood']);
    },
    models,
  );
});

test('sounds and pictures go both ways as the bytes they are', async () => {
  const picture = Buffer.from([0xff, 0xd8, 0xff, 0, 10, 13]);
  await withPlace(reply.bytes(200, picture, { 'content-type': 'image/jpeg' }), router, async ({ upstream, served }) => {
    const sound = Buffer.from([0, 255, 13, 10, 0x7b]);
    const { body, headers } = await ask(`${served.url}/hf-inference/models/hf/org/whisper`, {
      body: sound,
      headers: { 'content-type': 'audio/flac', accept: 'image/jpeg' },
    });
    assert.deepEqual([Buffer.from(body), headers.get('content-type')], [picture, 'image/jpeg']);
    const sent = await upstream.request(0);
    assert.deepEqual(Buffer.from(sent.body), sound);
    assert.deepEqual([sent.headers.get('content-type'), sent.headers.get('accept')], ['audio/flac', 'image/jpeg']);
  });
});

test('an endpoint does its one task at its root', async () => {
  await withPlace(reply.json(200, { text: 'hello' }), {}, async ({ upstream, served }) => {
    await ask(`${served.url}/hf-inference/models/hf/anything`, { body: { inputs: 'x' } });
    assert.equal((await upstream.request(0)).path, '/');
  });
});

test('generated text streams through, is counted, and is an error where it is cut', async () => {
  const events = [
    '{"token":{"id":1,"text":"He","logprob":-1,"special":false},"generated_text":null,"details":null}',
    '{"token":{"id":2,"text":"llo","logprob":-1,"special":false},"generated_text":"Hello","details":{"finish_reason":"length","generated_tokens":2,"input_length":3}}',
  ];
  const frames = (count: number): string[] => events.slice(0, count);
  const body = { inputs: 'x', stream: true };
  await withPlace(reply.sse(frames(2)), {}, async ({ served }) => {
    const { text } = await ask(`${served.url}/hf-inference/models/hf/gpt2`, { body });
    assert.ok(events.every((event) => text.includes(event)));
    const { outcome, usage } = served.settled[0]?.settlement ?? {};
    assert.deepEqual([outcome, usage?.input, usage?.output], ['ok', 3, 2]);
  });
  await withPlace(reply.sse(frames(1)), {}, async ({ served }) => {
    const { text } = await ask(`${served.url}/hf-inference/models/hf/gpt2`, { body });
    assert.match(text, /"error_type":"upstream_truncated"/);
    assert.equal(served.settled[0]?.settlement.outcome, 'upstream-truncated');
  });
});

test('a conversation is not had uncounted as a task', async () => {
  await withPlace(reply.json(200, completion), router, async ({ upstream, served }) => {
    const { status, json } = await ask(`${served.url}/hf-inference/models/hf/org/m/v1/chat/completions`, {
      body: { model: 'm', messages },
    });
    assert.equal(status, 404);
    assert.match((json() as { error: string }).error, /Conversations are at "\/v1\/chat\/completions"/);
    assert.equal(upstream.requests.length, 0);
  });
});

test('a model that is being loaded is overloaded, and says for how long', async () => {
  const loading = { error: 'Model org/m is currently loading', estimated_time: 20 };
  await withPlace(reply.json(503, loading), router, async ({ served }) => {
    const { status, headers, json } = await ask(`${served.url}/hf-inference/models/hf/org/m`, {
      body: { inputs: 'x' },
    });
    assert.deepEqual([status, headers.get('retry-after')], [503, '20']);
    assert.match((json() as { error: string }).error, /currently loading/);
    assert.equal(served.settled[0]?.exchange.attempts[0]?.failure, 'broken');
  });
});

test('a model that no provider serves blames nobody', async () => {
  const error = {
    message: "The requested model 'x' is not supported by any provider you have enabled.",
    type: 'invalid_request_error',
    param: 'model',
    code: 'model_not_supported',
  };
  await withPlace(reply.json(400, { error }), router, async ({ served }) => {
    const { status } = await ask(`${served.url}/v1/chat/completions`, { body: { model: 'hf/x', messages } });
    assert.deepEqual([status, served.settled[0]?.exchange.attempts[0]?.failure], [400, 'rejected']);
  });
});

test('without a key there is no router, and an endpoint may be without one', async () => {
  for (const [options, count] of [
    [{}, 0],
    [{ baseUrl: 'http://127.0.0.1:1/v1' }, 1],
    [{ baseUrl: 'http://127.0.0.1:1/v1', place: 'router' }, 0],
  ] as const) {
    await using served = await serveGateway({ plugins: [[huggingface, options]] });
    assert.deepEqual([served.gateway.providers.size, served.gateway.speaks('huggingface-tasks')], [count, true]);
  }
});

test('every recorded answer of the router goes through byte for byte', { skip }, async () => {
  for (const fixture of fixtures({ provider: 'huggingface', ok: true })) {
    await withPlace(replay(fixture), router, async ({ served }) => {
      const streamed = fixture.streamed ? { stream: true, stream_options: { include_usage: true } } : {};
      const body = { model: 'hf/m', messages, ...streamed };
      const { text } = await ask(`${served.url}/v1/chat/completions`, { body });
      assert.equal(text, Buffer.from(fixture.bytes).toString('utf8'), fixture.name);
      assert.equal(served.settled[0]?.settlement.outcome, 'ok', fixture.name);
    });
  }
});

test('an error that is plain text is told as one, with its status', { skip }, async () => {
  const [fixture] = fixtures({ name: 'huggingface/unprocessable-422' });
  assert.ok(fixture);
  await withPlace(replay(fixture), router, async ({ served }) => {
    const { status, json } = await ask(`${served.url}/v1/chat/completions`, { body: { model: 'hf/m', messages } });
    assert.equal(status, 422);
    assert.match((json() as { error: { message: string } }).error.message, /^Failed to deserialize the JSON body/);
  });
});

test('what Text Generation Inference answers is fit for official clients', { skip }, async () => {
  for (const fixture of fixtures({ provider: 'tgi' })) {
    await withPlace(replay(fixture), { engine: 'tgi' }, async ({ served }) => {
      const stream = fixture.streamed ? { stream: true } : {};
      const body = { model: 'hf/tgi', messages, max_tokens: 100, ...stream };
      const { text } = await ask(`${served.url}/v1/chat/completions`, { body });
      const faults = fixture.streamed
        ? validateChatStream(Buffer.from(text), { ended: 'ok', written: true })
        : validateChatReply(JSON.parse(text));
      assert.deepEqual(faults, [], fixture.name);
      if (fixture.name === 'tgi/tool') {
        const [choice] = JSON.parse(text).choices;
        assert.equal(choice.finish_reason, 'tool_calls');
        assert.equal(choice.message.tool_calls[0].function.arguments, '{"answer":"Tokyo"}');
      }
      const { text: translated } = await ask(`${served.url}/v1/messages`, { body });
      if (fixture.streamed)
        assert.deepEqual(validateMessagesStream(Buffer.from(translated), { ended: 'ok' }), [], fixture.name);
      else assert.match(translated, /"stop_reason":"(end_turn|max_tokens|tool_use)"/, fixture.name);
    });
  }
});
