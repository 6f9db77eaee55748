import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fixtureOrSkip, reply, replay } from '@tapgate/test-kit';
import { gatewayOver, type Served } from '../gateways.ts';
import { client, leftOut } from '../installed.ts';

const skip = leftOut('npm');
let OpenAI: any;
before(async () => {
  if (skip === false) ({ default: OpenAI } = await client('openai'));
});

const sdk = ({ url }: Served, more: object = {}): any =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: 'a-clients-key', maxRetries: 0, ...more });
const never = reply.json(500, { error: { message: 'nobody should ask' } });
const hello = [{ role: 'user' as const, content: 'Hello there!' }];
const weather = (name: string) => ({
  type: 'function' as const,
  function: {
    name,
    description: name,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
});

test('chat: whole and streamed, with usage', { skip }, async () => {
  await using served = await gatewayOver(never);
  const openai = sdk(served);
  const whole = await openai.chat.completions.create({ model: 'echo', messages: hello });
  assert.equal(whole.choices[0].message.content, 'Hello there!');
  assert.equal(whole.model, 'echo');
  const stream = openai.chat.completions.stream({
    model: 'echo',
    messages: hello,
    stream_options: { include_usage: true },
  });
  const final = await stream.finalChatCompletion();
  assert.equal(final.choices[0].message.content, 'Hello there!');
  assert.ok(final.usage.completion_tokens > 0);
});

test('chat: three tools at once, in a loop of four turns', { skip }, async () => {
  await using served = await gatewayOver(never);
  const openai = sdk(served);
  const tools = ['weather_now', 'time_now', 'rates_now'].map(weather);
  const messages: any[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    messages.push({ role: 'user', content: `weather_now time_now rates_now, turn ${turn}` });
    const asked = await openai.chat.completions.stream({ model: 'echo', messages, tools }).finalChatCompletion();
    const { message, finish_reason: finish } = asked.choices[0];
    assert.equal(finish, 'tool_calls');
    assert.equal(message.tool_calls.length, 3);
    assert.equal(new Set(message.tool_calls.map((call: any) => call.id)).size, 3);
    messages.push({
      role: 'assistant',
      content: null,
      tool_calls: message.tool_calls.map(({ id, type, function: { name, arguments: text } }: any) => ({
        id,
        type,
        function: { name, arguments: text },
      })),
    });
    for (const call of message.tool_calls) {
      assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
      messages.push({ role: 'tool', tool_call_id: call.id, content: 'fine' });
    }
    const answered = await openai.chat.completions.create({ model: 'echo', messages, tools });
    assert.equal(answered.choices[0].finish_reason, 'stop');
    messages.push({ role: 'assistant', content: answered.choices[0].message.content });
  }
});

test('chat: a JSON schema, an image, reasoning', { skip }, async () => {
  await using served = await gatewayOver(never);
  const openai = sdk(served);
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  };
  const answer = await openai.chat.completions.create({
    model: 'echo',
    messages: hello,
    response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema } },
  });
  assert.equal(typeof JSON.parse(answer.choices[0].message.content).n, 'number');
  const image = await openai.chat.completions.create({
    model: 'echo',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look ' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ],
  });
  assert.match(image.choices[0].message.content, /look/);
  const thought = await openai.chat.completions.create({ model: 'thinker', messages: hello });
  assert.match(thought.choices[0].message.reasoning_content, /words/);
});

test('responses: whole and streamed, over a provider that speaks no dialect', { skip }, async () => {
  await using served = await gatewayOver(never);
  const openai = sdk(served);
  const whole = await openai.responses.create({ model: 'echo', input: 'Hello there!' });
  assert.equal(whole.output_text, 'Hello there!');
  const stream = openai.responses.stream({ model: 'echo', input: 'Hello there!' });
  const final = await stream.finalResponse();
  assert.equal(final.output_text, 'Hello there!');
  const tool = {
    type: 'function',
    name: 'weather_now',
    strict: false,
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  };
  const called = await openai.responses.stream({ model: 'echo', input: 'weather_now', tools: [tool] }).finalResponse();
  const call = called.output.find((item: any) => item.type === 'function_call');
  assert.equal(call.name, 'weather_now');
  const input = [
    { role: 'user', content: 'weather_now' },
    call,
    { type: 'function_call_output', call_id: call.call_id, output: 'sun' },
  ];
  const after = await openai.responses.create({ model: 'echo', input, tools: [tool] });
  assert.match(after.output_text, /sun/);
});

for (const name of [
  'openai/chat-text-stream',
  'openai/chat-parallel-tools-stream',
  'groq/reasoning-tool-stream',
  'sglang/tool-stream',
  'mistral/tool-stream',
  'zai/reasoning-stream',
  'xai/text-stream',
  'openrouter/reasoning-details-stream',
]) {
  for (const api of ['chat', 'responses'] as const) {
    test(`${api}: the recording ${name} is streamed to its end`, { skip }, async (context) => {
      const fixture = fixtureOrSkip(context, name);
      if (fixture === undefined) return;
      await using served = await gatewayOver(replay(fixture), 'openai-chat', { normalise: true });
      const openai = sdk(served);
      if (api === 'chat') {
        const final = await openai.chat.completions.stream({ model: 'm', messages: hello }).finalChatCompletion();
        const { message } = final.choices[0];
        assert.ok((message.content ?? '') !== '' || message.tool_calls.length > 0);
        return;
      }
      const final = await openai.responses.stream({ model: 'm', input: 'Hello' }).finalResponse();
      assert.ok(final.output.length > 0);
    });
  }
}

for (const name of ['openai/responses-tool-stream', 'openai/responses-reasoning-tool-stream']) {
  test(`chat: a client of chat over the recording ${name}`, { skip }, async (context) => {
    const fixture = fixtureOrSkip(context, name);
    if (fixture === undefined) return;
    await using served = await gatewayOver(replay(fixture), 'openai-responses');
    const final = await sdk(served).chat.completions.stream({ model: 'm', messages: hello }).finalChatCompletion();
    assert.equal(final.choices[0].finish_reason, 'tool_calls');
    JSON.parse(final.choices[0].message.tool_calls[0].function.arguments);
  });
}

/** Events of a stream as a provider writes them; a text is written as it is. */
const sse = (...events: unknown[]) =>
  reply.sse(events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join(''));

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'real-model',
  choices: [{ index: 0, delta, finish_reason: finish }],
});

test(
  'errors: the client throws where the provider failed, with its status, and never where it did not',
  { skip },
  async () => {
    const told = async (answer: Parameters<typeof gatewayOver>[0], stream: boolean): Promise<any> => {
      await using served = await gatewayOver(answer);
      const openai = sdk(served);
      try {
        if (stream) return await openai.chat.completions.stream({ model: 'm', messages: hello }).finalChatCompletion();
        return await openai.chat.completions.create({ model: 'm', messages: hello });
      } catch (error) {
        return error;
      }
    };
    for (const stream of [false, true]) {
      const limited = await told(
        reply.json(
          429,
          { error: { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' } },
          { 'retry-after': '7' },
        ),
        stream,
      );
      assert.equal(limited.status, 429);
      assert.match(limited.message, /slow down/);
      assert.equal(limited.headers.get('retry-after'), '7');
      assert.equal((await told(reply.json(500, { error: { message: 'oh' } }), stream)).status, 502);
      assert.equal((await told(reply.json(400, { error: { message: 'bad field', param: 'x' } }), stream)).status, 400);
      assert.equal(
        (await told(reply.json(401, { error: { message: 'Incorrect API key provided: sk-abc' } }), stream)).status,
        502,
      );
    }
    const inside = await told(sse({ error: { message: 'overloaded inside', code: 503 } }), true);
    assert.ok(inside instanceof Error, 'an error inside a 200');
    const cut = await told(sse(chunk({ role: 'assistant', content: 'half' })), true);
    assert.ok(cut instanceof Error, 'a truncated stream');
    const middle = await told(
      sse(chunk({ role: 'assistant', content: 'half' }), {
        error: { message: 'broke in the middle', type: 'server_error' },
      }),
      true,
    );
    assert.match(String(middle), /broke in the middle/);
    const good = await told(sse(chunk({ role: 'assistant', content: 'whole' }), chunk({}, 'stop'), '[DONE]'), true);
    assert.equal(good.choices[0].message.content, 'whole');
  },
);

test('embeddings: the right vector whichever encoding the upstream gives', { skip }, async () => {
  const vector = [0.5, -0.25, 1];
  const base64 = Buffer.from(new Float32Array(vector).buffer).toString('base64');
  for (const embedding of [vector, base64]) {
    await using served = await gatewayOver(
      reply.json(200, {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding }],
        model: 'e',
        usage: { prompt_tokens: 1, total_tokens: 1 },
      }),
    );
    const { data } = await sdk(served).embeddings.create({ model: 'm', input: 'hello' });
    assert.deepEqual(data[0].embedding, vector);
    const floats = await sdk(served).embeddings.create({ model: 'm', input: 'hello', encoding_format: 'float' });
    assert.deepEqual(floats.data[0].embedding, vector);
  }
});

test('models: the config’s, by name', { skip }, async () => {
  await using served = await gatewayOver(never);
  const ids: string[] = [];
  for await (const model of sdk(served).models.list()) ids.push(model.id);
  assert.ok(ids.includes('m') && ids.includes('echo'));
});
