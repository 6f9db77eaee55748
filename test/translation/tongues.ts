import { sseText, type SseFrame } from '@tapgate/test-kit';

/** What a vendor sealed in an answer: over what it thought, and over the call that it made. */
export interface Seals {
  readonly thought: string;
  readonly call: string;
}

/** A conversation's first question, or its second one with all that was said before. */
export interface Asked {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** A dialect as a vendor speaks it, and as a client that keeps what it is given and sends it back unseen. */
export interface Tongue {
  /** A vendor's answer: it thinks, and calls the tool `look`. Which seals it has is the dialect's affair. */
  readonly answer: (seals: Seals, streamed: boolean) => string;
  /** Which of the two a vendor of this dialect gives. */
  readonly sealed: readonly (keyof Seals)[];
  readonly first: (streamed: boolean) => Asked;
  /** The next question, with the answer in the client's own words and what the tool said. */
  readonly second: (answer: string, streamed: boolean) => Asked;
}

type Json = Record<string, any>;

const dataOf = (stream: string): Json[] =>
  stream
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as Json);

const frames = (events: readonly Json[]): SseFrame[] => events.map((event) => ({ data: JSON.stringify(event) }));
const named = (events: readonly Json[]): SseFrame[] =>
  events.map((event) => ({ event: String(event['type']), data: JSON.stringify(event) }));

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const chatTools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];

const chat: Tongue = {
  sealed: ['thought', 'call'],
  answer({ thought, call }, streamed) {
    const message = {
      role: 'assistant',
      content: 'Let me look.',
      reasoning: 'Hm.',
      reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'Hm.', signature: thought, format: 'acme-v1' }],
      tool_calls: [
        {
          index: 0,
          id: 'call_1',
          type: 'function',
          function: { name: 'look', arguments: '{"at":1}' },
          extra_content: { google: { thought_signature: call } },
        },
      ],
    };
    const head = { id: 'c', created: 1, model: 'm' };
    if (!streamed) {
      const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
      return JSON.stringify({ ...head, object: 'chat.completion', choices, usage });
    }
    const chunk = (delta: object, finish: string | null): Json => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const { reasoning, reasoning_details: details, content, tool_calls: calls } = message;
    const events = [
      chunk({ role: 'assistant', reasoning, reasoning_details: details }, null),
      chunk({ content }, null),
      chunk({ tool_calls: calls }, null),
      chunk({}, 'tool_calls'),
      { ...chunk({}, null), choices: [], usage },
    ];
    return `${sseText(frames(events))}data: [DONE]\n\n`;
  },
  first: (stream) => ({
    path: '/v1/chat/completions',
    body: { model: 'smart', stream, tools: chatTools, messages: [{ role: 'user', content: 'What is there?' }] },
  }),
  second(answer, stream) {
    const message = stream ? streamedMessage(answer) : JSON.parse(answer).choices[0].message;
    const id = message.tool_calls[0].id;
    const messages = [
      { role: 'user', content: 'What is there?' },
      message,
      { role: 'tool', tool_call_id: id, content: 'A tree.' },
    ];
    return { path: '/v1/chat/completions', body: { model: 'smart', stream, tools: chatTools, messages } };
  },
};

function streamedMessage(stream: string): Json {
  const message: Json = { role: 'assistant', content: null };
  for (const { choices } of dataOf(stream)) {
    const delta: Json = choices?.[0]?.delta ?? {};
    for (const name of ['content', 'reasoning', 'reasoning_content'])
      if (typeof delta[name] === 'string') message[name] = (message[name] ?? '') + delta[name];
    if (delta['extra_content'] !== undefined) message['extra_content'] = delta['extra_content'];
    for (const detail of delta['reasoning_details'] ?? []) (message['reasoning_details'] ??= []).push(detail);
    for (const { index, function: said, ...call } of delta['tool_calls'] ?? []) {
      const calls = (message['tool_calls'] ??= []);
      const known = (calls[index] ??= { function: { name: '', arguments: '' } });
      Object.assign(known, call);
      known.function.name += said?.name ?? '';
      known.function.arguments += said?.arguments ?? '';
    }
  }
  return message;
}

const responsesTools = [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: false }];
const include = ['reasoning.encrypted_content'];

const responses: Tongue = {
  sealed: ['thought'],
  answer({ thought }, streamed) {
    const output = [
      { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: thought },
      {
        id: 'fc_1',
        type: 'function_call',
        call_id: 'call_1',
        name: 'look',
        arguments: '{"at":1}',
        status: 'completed',
      },
    ];
    const response = (status: string, items: readonly Json[]): Json => ({
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      model: 'm',
      status,
      output: items,
      usage: {
        input_tokens: 3,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 4,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 7,
      },
    });
    if (!streamed) return JSON.stringify(response('completed', output));
    const events: Json[] = [{ type: 'response.created', response: response('in_progress', []) }];
    for (const [output_index, item] of output.entries()) {
      events.push(
        { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress' } },
        { type: 'response.output_item.done', output_index, item },
      );
    }
    events.push({ type: 'response.completed', response: response('completed', output) });
    return sseText(named(events.map((event, sequence_number) => ({ ...event, sequence_number }))));
  },
  first: (stream) => ({
    path: '/v1/responses',
    body: { model: 'smart', stream, store: false, include, tools: responsesTools, input: 'What is there?' },
  }),
  second(answer, stream) {
    const response = stream
      ? dataOf(answer).find(({ type }) => type === 'response.completed')?.['response']
      : JSON.parse(answer);
    const { call_id: id } = response.output.find(({ type }: Json) => type === 'function_call');
    const input = [
      { role: 'user', content: 'What is there?' },
      ...response.output,
      { type: 'function_call_output', call_id: id, output: 'A tree.' },
    ];
    return {
      path: '/v1/responses',
      body: { model: 'smart', stream, store: false, include, tools: responsesTools, input },
    };
  },
};

const messagesTools = [{ name: 'look', input_schema: { type: 'object' } }];
const thinking = { type: 'enabled', budget_tokens: 1024 };

const messages: Tongue = {
  sealed: ['thought', 'call'],
  answer({ thought, call }, streamed) {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: thought },
      { type: 'redacted_thinking', data: call },
      { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
    ];
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content, stop_reason: 'tool_use' };
    const spent = { input_tokens: 3, output_tokens: 4 };
    if (!streamed) return JSON.stringify({ ...message, stop_sequence: null, usage: spent });
    const events: Json[] = [
      {
        type: 'message_start',
        message: { ...message, content: [], stop_reason: null, usage: { ...spent, output_tokens: 1 } },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: thought } },
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: content[1] },
      { type: 'content_block_stop', index: 1 },
      { type: 'content_block_start', index: 2, content_block: { ...content[2], input: {} } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"at":1}' } },
      { type: 'content_block_stop', index: 2 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 4 } },
      { type: 'message_stop' },
    ];
    return sseText(named(events));
  },
  first: (stream) => ({
    path: '/v1/messages',
    body: {
      model: 'smart',
      max_tokens: 2048,
      stream,
      thinking,
      tools: messagesTools,
      messages: [{ role: 'user', content: 'What is there?' }],
    },
  }),
  second(answer, stream) {
    const content = stream ? streamedBlocks(answer) : JSON.parse(answer).content;
    const { id } = content.find(({ type }: Json) => type === 'tool_use');
    const said = [
      { role: 'user', content: 'What is there?' },
      { role: 'assistant', content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'A tree.' }] },
    ];
    return {
      path: '/v1/messages',
      body: { model: 'smart', max_tokens: 2048, stream, thinking, tools: messagesTools, messages: said },
    };
  },
};

function streamedBlocks(stream: string): Json[] {
  const blocks: Json[] = [];
  const texts: string[] = [];
  for (const { type, index, content_block: block, delta } of dataOf(stream)) {
    if (type === 'content_block_start') blocks[index] = { ...block };
    if (type !== 'content_block_delta') continue;
    const open = blocks[index] as Json;
    if (delta.type === 'text_delta') open['text'] += delta.text;
    if (delta.type === 'thinking_delta') open['thinking'] += delta.thinking;
    if (delta.type === 'signature_delta') open['signature'] = delta.signature;
    if (delta.type === 'input_json_delta') texts[index] = (texts[index] ?? '') + delta.partial_json;
  }
  for (const [index, text] of texts.entries())
    if (text !== undefined) (blocks[index] as Json)['input'] = JSON.parse(text);
  return blocks;
}

const googleTools = [{ functionDeclarations: [{ name: 'look', parametersJsonSchema: { type: 'object' } }] }];

const generate: Tongue = {
  sealed: ['thought', 'call'],
  answer({ thought, call }, streamed) {
    const parts: Json[] = [
      { text: 'Hm.', thought: true },
      { text: 'Let me look.', thoughtSignature: thought },
      { functionCall: { name: 'look', args: { at: 1 } }, thoughtSignature: call },
    ];
    const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 };
    const whole = (some: readonly Json[], more: Json = {}): Json => ({
      candidates: [{ index: 0, content: { role: 'model', parts: some }, ...more }],
      usageMetadata,
      modelVersion: 'm',
      responseId: 'r',
    });
    if (!streamed) return JSON.stringify(whole(parts, { finishReason: 'STOP' }));
    const events = [...parts.map((part) => whole([part])), whole([{ text: '' }], { finishReason: 'STOP' })];
    return sseText(frames(events));
  },
  first: (stream) => ({
    path: googlePath(stream),
    body: { tools: googleTools, contents: [{ role: 'user', parts: [{ text: 'What is there?' }] }] },
  }),
  second(answer, stream) {
    const answers = stream ? dataOf(answer) : [JSON.parse(answer)];
    const parts = answers.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    const { id } = parts.find(({ functionCall }) => functionCall !== undefined).functionCall;
    const contents = [
      { role: 'user', parts: [{ text: 'What is there?' }] },
      { role: 'model', parts },
      {
        role: 'user',
        parts: [{ functionResponse: { ...(id && { id }), name: 'look', response: { output: 'A tree.' } } }],
      },
    ];
    return { path: googlePath(stream), body: { tools: googleTools, contents } };
  },
};

const googlePath = (streamed: boolean): string =>
  `/v1beta/models/smart:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;

/** The four dialects that clients speak. */
export const tongues: Readonly<Record<string, Tongue>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  'google-generate': generate,
};
