import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import { bedrock } from '@tapgate/bedrock';
import { cohere } from '@tapgate/cohere';
import { collectBytes, createGateway, type LiveGateway } from '@tapgate/core';
import { google } from '@tapgate/google';
import { ollama } from '@tapgate/ollama';
import { openai } from '@tapgate/openai';
import openaiCompatible from '@tapgate/openai-compatible';
import { fakeUpstream, reply, type Script, sseText } from '@tapgate/test-kit';
import { pino } from 'pino';

type Json = Record<string, any>;

/** What the model writes: quotes, line ends, a backslash and a sign of two units, cut anywhere. */
const input = '*** Begin "patch"\n+\tC:\\new 😀\n*** End';
const args = JSON.stringify({ input });
const pieces = [args.slice(0, 4), ...(args.slice(4).match(/[\s\S]{1,7}/g) ?? [])];
const definition = 'start: "*** Begin" LINE+ "*** End"';

const named = (events: readonly Json[]): string =>
  sseText(events.map((event) => ({ event: String(event['type']), data: JSON.stringify(event) })));

/** A place that knows no tools but functions, and how it calls one. */
interface Place {
  readonly use: (gateway: LiveGateway, url: string) => void;
  readonly model?: string;
  readonly answer: (streamed: boolean) => Script;
}

const chatCall = { index: 0, id: 'call_1', type: 'function', function: { name: 'patch', arguments: '' } };
const places: Readonly<Record<string, Place>> = {
  'openai-chat': {
    use: (gateway, url) => gateway.use(openaiCompatible, { baseUrl: `${url}/v1` }, { id: 'p' }),
    answer: (streamed) => {
      const head = { id: 'c', created: 1, model: 'm' };
      const call = { ...chatCall, function: { name: 'patch', arguments: args } };
      if (!streamed) {
        const message = { role: 'assistant', content: null, tool_calls: [call] };
        return reply.json(200, { ...head, choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
      }
      const chunk = (delta: object, finish: string | null = null): string =>
        JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] });
      const more = pieces.map((text) => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] }));
      return reply.sse(
        [chunk({ tool_calls: [chatCall] }), ...more, chunk({}, 'tool_calls'), '[DONE]'].map((data) => ({ data })),
      );
    },
  },
  'openai-responses': {
    use: (gateway, url) =>
      gateway.use(
        openaiCompatible,
        { baseUrl: `${url}/v1`, dialects: ['openai-responses'], quirks: { customTools: false } },
        { id: 'p' },
      ),
    answer: (streamed) => {
      const item = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'patch', arguments: args };
      const response = { id: 'r', object: 'response', created_at: 1, model: 'm', status: 'completed', output: [item] };
      if (!streamed) return reply.json(200, response);
      const at = { output_index: 0, item_id: 'fc_1' };
      const events: Json[] = [
        { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
        { type: 'response.output_item.added', output_index: 0, item: { ...item, arguments: '' } },
        ...pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, arguments: args },
        { type: 'response.output_item.done', output_index: 0, item },
        { type: 'response.completed', response },
      ];
      return reply.sse(named(events.map((event, index) => ({ ...event, sequence_number: index }))));
    },
  },
  'anthropic-messages': {
    use: (gateway, url) => gateway.use(anthropic, { baseUrl: url, apiKey: 'k' }, { id: 'p' }),
    answer: (streamed) => {
      const block = { type: 'tool_use', id: 'toolu_1', name: 'patch', input: { input } };
      const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', stop_sequence: null };
      const usage = { input_tokens: 1, output_tokens: 1 };
      if (!streamed) return reply.json(200, { ...message, content: [block], stop_reason: 'tool_use', usage });
      return reply.sse(
        named([
          { type: 'message_start', message: { ...message, content: [], stop_reason: null, usage } },
          { type: 'content_block_start', index: 0, content_block: { ...block, input: {} } },
          ...pieces.map((text) => ({
            type: 'content_block_delta',
            index: 0,
            delta: { type: 'input_json_delta', partial_json: text },
          })),
          { type: 'content_block_stop', index: 0 },
          { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 2 } },
          { type: 'message_stop' },
        ]),
      );
    },
  },
  'google-generate': {
    use: (gateway, url) => gateway.use(google, { baseUrl: `${url}/v1beta`, apiKey: 'k' }, { id: 'p' }),
    answer: (streamed) => {
      const parts = [{ functionCall: { name: 'patch', args: { input } } }];
      const whole = { candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }] };
      return streamed ? reply.sse([{ data: JSON.stringify(whole) }]) : reply.json(200, whole);
    },
  },
  'cohere-chat': {
    use: (gateway, url) => gateway.use(cohere, { baseUrl: url, apiKey: 'k' }, { id: 'p' }),
    answer: (streamed) => {
      const call = { id: 'call_1', type: 'function', function: { name: 'patch', arguments: args } };
      if (!streamed)
        return reply.json(200, {
          id: 'c',
          finish_reason: 'TOOL_CALL',
          message: { role: 'assistant', tool_calls: [call] },
        });
      const begun = { ...call, function: { name: 'patch', arguments: '' } };
      return reply.sse(
        named([
          { type: 'message-start', id: 'c', delta: { message: { role: 'assistant' } } },
          { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: begun } } },
          ...pieces.map((text) => ({
            type: 'tool-call-delta',
            index: 0,
            delta: { message: { tool_calls: { function: { arguments: text } } } },
          })),
          { type: 'tool-call-end', index: 0 },
          { type: 'message-end', delta: { finish_reason: 'TOOL_CALL', usage: {} } },
        ]),
      );
    },
  },
  'ollama-chat': {
    use: (gateway, url) => gateway.use(ollama, { baseUrl: url }, { id: 'p' }),
    answer: (streamed) => {
      const message = {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'patch', arguments: { input } } }],
      };
      const said = { model: 'm', created_at: '2026-01-01T00:00:00Z', message, done: true, done_reason: 'stop' };
      if (!streamed) return reply.json(200, said);
      return reply.bytes(200, Buffer.from(`${JSON.stringify(said)}\n`), { 'content-type': 'application/x-ndjson' });
    },
  },
  'bedrock-converse': {
    use: (gateway, url) =>
      gateway.use(bedrock, { region: 'us-east-1', apiKey: 'k', baseUrl: url, anthropic: 'converse' }, { id: 'p' }),
    model: 'amazon.nova-pro-v1:0',
    answer: () =>
      reply.json(200, {
        output: {
          message: {
            role: 'assistant',
            content: [{ toolUse: { toolUseId: 'call_1', name: 'patch', input: { input } } }],
          },
        },
        stopReason: 'tool_use',
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
      }),
  },
};

/** A client with a tool of free text: how it asks, and what it makes of the answer. */
interface Client {
  readonly path: string;
  readonly first: (stream: boolean) => Json;
  /** The call as the client got it. */
  readonly called: (answer: string, streamed: boolean) => Json;
  readonly inputOf: (call: Json) => unknown;
  readonly second: (call: Json, stream: boolean) => Json;
}

const format = { type: 'grammar', syntax: 'lark', definition };
const dataOf = (stream: string): Json[] =>
  stream.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice('data: '.length))] : []));

const clients: Readonly<Record<string, Client>> = {
  'openai-responses': {
    path: '/v1/responses',
    first: (stream) => ({
      model: 'smart',
      stream,
      tools: [{ type: 'custom', name: 'patch', description: 'Edits a file.', format }],
      tool_choice: { type: 'custom', name: 'patch' },
      input: 'Edit it.',
    }),
    called: (answer, streamed) => {
      const completed = streamed ? dataOf(answer).find(({ type }) => type === 'response.completed') : undefined;
      const [call] = (completed?.['response'] ?? JSON.parse(answer)).output;
      if (streamed) {
        const deltas = dataOf(answer).filter(({ type }) => type === 'response.custom_tool_call_input.delta');
        assert.equal(deltas.map(({ delta }) => delta).join(''), call.input);
        assert.ok(deltas.every(({ delta }) => delta.isWellFormed()));
      }
      return call;
    },
    inputOf: ({ type, input: text }) => (type === 'custom_tool_call' ? text : undefined),
    second: (call, stream) => ({
      model: 'smart',
      stream,
      tools: [{ type: 'custom', name: 'patch', description: 'Edits a file.', format }],
      input: [
        { role: 'user', content: 'Edit it.' },
        call,
        { type: 'custom_tool_call_output', call_id: call['call_id'], output: 'Edited.' },
      ],
    }),
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    first: (stream) => ({
      model: 'smart',
      stream,
      tools: [{ type: 'custom', custom: { name: 'patch', description: 'Edits a file.', format: grammarOfChat } }],
      tool_choice: { type: 'custom', custom: { name: 'patch' } },
      messages: [{ role: 'user', content: 'Edit it.' }],
    }),
    called: (answer, streamed) => {
      if (!streamed) return JSON.parse(answer).choices[0].message.tool_calls[0];
      const call: Json = {};
      for (const { choices } of dataOf(answer)) {
        for (const { custom, index: _, ...more } of choices[0]?.delta?.tool_calls ?? []) {
          Object.assign(call, more);
          call['custom'] = {
            ...call['custom'],
            ...custom,
            input: (call['custom']?.input ?? '') + (custom?.input ?? ''),
          };
        }
      }
      return call;
    },
    inputOf: ({ type, custom }) => (type === 'custom' ? custom.input : undefined),
    second: (call, stream) => ({
      model: 'smart',
      stream,
      tools: [{ type: 'custom', custom: { name: 'patch', description: 'Edits a file.', format: grammarOfChat } }],
      messages: [
        { role: 'user', content: 'Edit it.' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call['id'], content: 'Edited.' },
      ],
    }),
  },
};

const grammarOfChat = { type: 'grammar', grammar: { syntax: 'lark', definition } };

async function tell(gateway: LiveGateway, dialect: string, path: string, body: Json): Promise<string> {
  const handled = await gateway.handle({ dialect, path, body: Buffer.from(JSON.stringify(body)) });
  const text = Buffer.from(await collectBytes(handled.bytes)).toString();
  assert.equal(handled.status, 200, text);
  return text;
}

for (const [spoken, client] of Object.entries(clients)) {
  for (const [dialect, { use, model = 'm', answer }] of Object.entries(places)) {
    // The same dialect takes the client's bytes; what its server cannot do it says itself.
    if (dialect === spoken) continue;
    for (const streamed of [true, false]) {
      if (dialect === 'bedrock-converse' && streamed) continue;
      test(`a tool of free text is a function for ${dialect}, and a tool of free text again for ${spoken}, ${streamed ? 'streamed' : 'whole'}`, async () => {
        await using upstream = await fakeUpstream(answer(streamed));
        const models = { smart: { targets: [{ provider: 'p', model }], unsupported: 'refuse' as const } };
        const gateway = createGateway({ models }, { log: pino({ level: 'silent' }) }).use(openai, {});
        use(gateway, upstream.url);
        const { tool_choice: choice, ...free } = client.first(streamed);
        // No model there can be made to call a tool.
        const first = dialect === 'ollama-chat' ? free : { ...free, tool_choice: choice };
        const call = client.called(await tell(gateway, spoken, client.path, first), streamed);
        assert.equal(client.inputOf(call), input);
        const offered = (await upstream.request(0)).body.toString();
        assert.ok(offered.includes(JSON.stringify(definition).slice(1, -1)), offered);
        assert.ok(!offered.includes('"custom"'), offered);
        await tell(gateway, spoken, client.path, client.second(call, streamed));
        const again = (await upstream.request(1)).body.toString();
        assert.ok(again.includes('Edited.') && !again.includes('custom'), again);
        assert.ok(again.includes(args) || again.includes(JSON.stringify(args)), again);
        await gateway.close();
      });
    }
  }
}
