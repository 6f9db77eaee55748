import { reply, step } from '@tapgate/test-kit';
import { faultsBy } from './specification.ts';
import { cost, type Heard, piecesOf, type Vendor, type Word } from './vendor.ts';

const object = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };
const base64 = { type: 'string', pattern: '^[A-Za-z0-9+/]+={0,2}$' };
const call = object(
  {
    id: text,
    type: { const: 'function' },
    function: object({ index: { type: 'integer' }, name: text, arguments: { type: 'object' } }, ['name', 'arguments']),
  },
  ['function'],
);
const message = object(
  {
    role: { enum: ['system', 'user', 'assistant', 'tool'] },
    content: text,
    thinking: text,
    images: { type: 'array', items: base64 },
    tool_calls: { type: 'array', items: call },
    tool_name: text,
    tool_call_id: text,
  },
  ['role', 'content'],
);
const tool = object(
  {
    type: { const: 'function' },
    function: object({ name: text, description: text, parameters: { type: 'object' } }, ['name']),
  },
  ['type', 'function'],
);

/** The server's documentation in a schema: it publishes none that is here. @see https://docs.ollama.com/api/chat */
const faults = faultsBy(
  object(
    {
      model: text,
      messages: { type: 'array', items: message, minItems: 1 },
      tools: { type: 'array', items: tool },
      format: { anyOf: [{ const: 'json' }, { type: 'object' }] },
      options: { type: 'object' },
      stream: { type: 'boolean' },
      think: { anyOf: [{ type: 'boolean' }, { enum: ['low', 'medium', 'high', 'max'] }] },
      keep_alive: { type: ['string', 'integer'] },
      logprobs: { type: 'boolean' },
      top_logprobs: { type: 'integer' },
    },
    ['model', 'messages'],
  ),
);

/** Calls and results have the ids they were given, or those of their places. */
function heardIn(messages: readonly any[]): readonly Heard[] {
  let calls = 0;
  let results = 0;
  return messages.flatMap(
    ({ role, content, thinking, images = [], tool_calls: called = [], tool_call_id: id }): readonly Heard[] => {
      if (role === 'system') return [];
      if (role === 'tool')
        return [{ result: id ?? `#${results++}`, text: content, ...(images[0] && { image: images[0] }) }];
      return [
        ...(thinking ? [{ thought: thinking }] : []),
        ...(content ? [{ by: role, text: content }] : []),
        ...images.map((image: string) => ({ image })),
        ...called.map((one: any) => ({
          call: one.function.name,
          id: one.id ?? `#${calls++}`,
          input: one.function.arguments,
        })),
      ];
    },
  );
}

const line = (said: object, more: object = {}): object => ({
  model: 'real',
  created_at: '2026-01-01T00:00:00.000000Z',
  message: { role: 'assistant', content: '', ...said },
  done: false,
  ...more,
});
const last = {
  done: true,
  done_reason: 'stop',
  total_duration: 1,
  load_duration: 1,
  prompt_eval_count: cost.input,
  prompt_eval_duration: 1,
  eval_count: cost.output,
  eval_duration: 1,
};
const callOf = (word: Word, at: number): any[] =>
  'call' in word ? [{ id: word.id, function: { index: at, name: word.call, arguments: word.input } }] : [];

function whole(words: readonly Word[]): object {
  const calls = words.filter((word) => 'call' in word).flatMap(callOf);
  const thinking = words.map((word) => ('thought' in word ? word.thought : '')).join('');
  const content = words.map((word) => ('text' in word ? word.text : '')).join('');
  return line({ content, ...(thinking && { thinking }), ...(calls.length > 0 && { tool_calls: calls }) }, last);
}

function lines(words: readonly Word[]): readonly object[] {
  let calls = 0;
  return words.flatMap((word) => {
    if ('call' in word) return [line({ tool_calls: callOf(word, calls++) })];
    return piecesOf('text' in word ? word.text : word.thought).map((piece) =>
      line('text' in word ? { content: piece } : { thinking: piece }),
    );
  });
}

const written = (documents: readonly object[]): readonly any[] => [
  step.head(200, { 'content-type': 'application/x-ndjson' }),
  ...documents.map((one) => step.write(`${JSON.stringify(one)}\n`)),
];

/** A server of Ollama. */
export const ollamaChat: Vendor = {
  dialect: 'ollama-chat',
  model: 'qwen3.5',
  seals: false,
  takes: { imageUrls: false, images: true, documents: false },
  faults,
  understand(request) {
    const { messages, tools = [], stream, format, think }: any = request.json();
    return {
      streamed: stream !== false,
      instructions: messages
        .filter(({ role }: any) => role === 'system')
        .map(({ content }: any) => content)
        .join('\n'),
      heard: heardIn(messages),
      tools: tools.map(({ function: { name, parameters } }: any) => ({ name, parameters })),
      schema: typeof format === 'object' ? format : undefined,
      thinks: think !== undefined && think !== false,
      seals: [],
    };
  },
  say: (words, request) =>
    (request.json() as any).stream === false
      ? reply.json(200, whole(words))
      : written([...lines(words), line({}, last)]),
  breakOff: (words) => written(lines(words)),
  fail: (status, error) => reply.json(status, { error }),
};
