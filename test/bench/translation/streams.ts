/** What a provider of each dialect streams: 298 pieces of text between a beginning and an end, 300 events in all or a few more. */
const words = Array.from({ length: 298 }, (_, at) => ` word${at}`);
const text = words.join('');

const data = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;
const event = (json: { readonly type: string }): string => `event: ${json.type}\n${data(json)}`;

function chat(): readonly string[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'upstream-model' };
  const chunk = (delta: object, finish: string | null): string =>
    data({ ...head, choices: [{ index: 0, delta, finish_reason: finish }] });
  const usage = { prompt_tokens: 12, completion_tokens: 298, total_tokens: 310 };
  return [
    chunk({ role: 'assistant', content: '' }, null),
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, 'stop'),
    `${data({ ...head, choices: [], usage })}data: [DONE]\n\n`,
  ];
}

function responses(): readonly string[] {
  let sequence = 0;
  const say = (type: string, more: object): string => {
    const json = { type, sequence_number: sequence, ...more };
    sequence += 1;
    return event(json);
  };
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  const message = { id: 'msg_1', type: 'message', status: 'completed', content: [part], role: 'assistant' };
  const response = (status: string, output: readonly object[], usage: object | null): object => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1_760_000_000,
    status,
    error: null,
    model: 'upstream-model',
    output,
    usage,
  });
  const usage = {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 298,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 310,
  };
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  return [
    say('response.created', { response: response('in_progress', [], null) }),
    say('response.output_item.added', {
      output_index: 0,
      item: { ...message, status: 'in_progress', content: [] },
    }) + say('response.content_part.added', { ...at, part: { ...part, text: '' } }),
    ...words.map((delta) => say('response.output_text.delta', { ...at, delta, logprobs: [] })),
    say('response.output_text.done', { ...at, text, logprobs: [] }) +
      say('response.content_part.done', { ...at, part }) +
      say('response.output_item.done', { output_index: 0, item: message }) +
      say('response.completed', { response: response('completed', [message], usage) }),
  ];
}

function messages(): readonly string[] {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 1 },
  };
  return [
    event({ type: 'message_start', message } as { type: string }),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
    ...words.map((said) =>
      event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } } as { type: string }),
    ),
    event({ type: 'content_block_stop', index: 0 } as { type: string }) +
      event({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 298 },
      } as { type: string }) +
      event({ type: 'message_stop' }),
  ];
}

function generate(): readonly string[] {
  const chunk = (said: string, more: object = {}): string =>
    `data: ${JSON.stringify({
      candidates: [{ content: { parts: [{ text: said }], role: 'model' }, index: 0, ...more }],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 298, totalTokenCount: 310 },
      modelVersion: 'upstream-model',
      responseId: 'r',
    })}\r\n\r\n`;
  return [...words.map((said) => chunk(said)), chunk('', { finishReason: 'STOP' })];
}

/** The events by dialect, one a write. */
export const streams: Readonly<Record<string, readonly string[]>> = {
  'openai-chat': chat(),
  'openai-responses': responses(),
  'anthropic-messages': messages(),
  'google-generate': generate(),
};

/** A short whole answer, by dialect. */
export const answers: Readonly<Record<string, string>> = {
  'openai-chat': JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'upstream-model',
    choices: [{ index: 0, message: { role: 'assistant', content: 'A short answer.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
  }),
  'openai-responses': JSON.stringify({
    id: 'resp_1',
    object: 'response',
    created_at: 1_760_000_000,
    status: 'completed',
    model: 'upstream-model',
    output: [
      {
        id: 'msg_1',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', annotations: [], text: 'A short answer.' }],
      },
    ],
    usage: { input_tokens: 12, output_tokens: 8, total_tokens: 20 },
  }),
  'anthropic-messages': JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: [{ type: 'text', text: 'A short answer.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 8 },
  }),
  'google-generate': JSON.stringify({
    candidates: [{ content: { parts: [{ text: 'A short answer.' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 8, totalTokenCount: 20 },
    modelVersion: 'upstream-model',
  }),
};
