import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reply } from '@tapgate/test-kit';
import { gatewayOver } from '../gateways.ts';
import { client, leftOut } from '../installed.ts';

const skip = leftOut('npm');
const never = reply.json(500, {});

test('the AI SDK: openai on Responses and openai-compatible, streamed and with a tool', { skip }, async () => {
  await using served = await gatewayOver(never);
  const { generateText, streamText, tool, jsonSchema } = await client('ai');
  const { createOpenAI } = await client('@ai-sdk/openai');
  const { createOpenAICompatible } = await client('@ai-sdk/openai-compatible');
  const baseURL = `${served.url}/v1`;
  const models = [
    createOpenAI({ baseURL, apiKey: 'x' })('echo'),
    createOpenAICompatible({ name: 'gate', baseURL, apiKey: 'x' })('echo'),
  ];
  const weather = tool({
    description: 'weather',
    inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }),
  });
  for (const model of models) {
    assert.equal((await generateText({ model, prompt: 'Hello there!' })).text, 'Hello there!');
    let text = '';
    for await (const piece of streamText({ model, prompt: 'Hello there!' }).textStream) text += piece;
    assert.equal(text, 'Hello there!');
    const { toolCalls } = await generateText({ model, prompt: 'weather_now', tools: { weather_now: weather } });
    assert.equal(toolCalls[0].toolName, 'weather_now');
  }
});

test('LangChain: invoke, stream and a tool', { skip }, async () => {
  await using served = await gatewayOver(never);
  const { ChatOpenAI } = await client('@langchain/openai');
  const model = new ChatOpenAI({ model: 'echo', apiKey: 'x', configuration: { baseURL: `${served.url}/v1` } });
  assert.equal((await model.invoke('Hello there!')).content, 'Hello there!');
  let text = '';
  for await (const piece of await model.stream('Hello there!')) text += piece.content;
  assert.equal(text, 'Hello there!');
  const schema = {
    type: 'function',
    function: { name: 'weather_now', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  };
  const called = await model.bindTools([schema]).invoke('weather_now');
  assert.equal(called.tool_calls[0].name, 'weather_now');
});

test('the SDK of Anthropic: whole, streamed, thinking, a tool, an error', { skip }, async () => {
  await using served = await gatewayOver(never);
  const { default: Anthropic } = await client('@anthropic-ai/sdk');
  const anthropic = new Anthropic({ baseURL: served.url, apiKey: 'x', maxRetries: 0 });
  const asked = { model: 'echo', max_tokens: 1000, messages: [{ role: 'user', content: 'Hello there!' }] };
  assert.equal((await anthropic.messages.create(asked)).content[0].text, 'Hello there!');
  const final = await anthropic.messages.stream(asked).finalMessage();
  assert.equal(final.content[0].text, 'Hello there!');
  assert.ok(final.usage.output_tokens > 0);
  const thought = await anthropic.messages.stream({ ...asked, model: 'thinker' }).finalMessage();
  assert.deepEqual(
    thought.content.map((block: any) => block.type),
    ['thinking', 'text'],
  );
  const tools = [
    {
      name: 'weather_now',
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  ];
  const called = await anthropic.messages
    .stream({ ...asked, messages: [{ role: 'user', content: 'weather_now' }], tools })
    .finalMessage();
  assert.equal(called.stop_reason, 'tool_use');
  await assert.rejects(anthropic.messages.create({ ...asked, model: 'echo/429' }), { status: 429 });
  await assert.rejects(anthropic.messages.stream({ ...asked, model: 'echo/cut' }).finalMessage());
});

test('the SDK of Google: whole, streamed, a tool, an error', { skip }, async () => {
  await using served = await gatewayOver(never);
  const { GoogleGenAI } = await client('@google/genai');
  const google = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: served.url } });
  const asked = { model: 'echo', contents: 'Hello there!' };
  assert.equal((await google.models.generateContent(asked)).text, 'Hello there!');
  let text = '';
  for await (const piece of await google.models.generateContentStream(asked)) text += piece.text ?? '';
  assert.equal(text, 'Hello there!');
  const declaration = {
    name: 'weather_now',
    parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
  };
  const called = await google.models.generateContent({
    model: 'echo',
    contents: 'weather_now',
    config: { tools: [{ functionDeclarations: [declaration] }] },
  });
  assert.equal(called.functionCalls[0].name, 'weather_now');
  await assert.rejects(google.models.generateContent({ ...asked, model: 'echo/context' }));
});
