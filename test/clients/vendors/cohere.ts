import { reply } from '@tapgate/test-kit';
import { faultsBy } from './specification.ts';
import { cost, dataIn, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

const object = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const text = { type: 'string' };
const contents = (...parts: readonly object[]): object => ({
  anyOf: [text, { type: 'array', items: { anyOf: parts }, minItems: 1 }],
});
const textPart = object({ type: { const: 'text' }, text }, ['type', 'text']);
const image = object(
  {
    type: { const: 'image_url' },
    image_url: object({ url: text, detail: { enum: ['auto', 'low', 'high'] } }, ['url']),
  },
  ['type', 'image_url'],
);
const thinking = object({ type: { const: 'thinking' }, thinking: text }, ['type', 'thinking']);
const document = object(
  { type: { const: 'document' }, document: object({ data: { type: 'object' }, id: text }, ['data']) },
  ['type', 'document'],
);
const call = object(
  { id: text, type: { const: 'function' }, function: object({ name: text, arguments: text }, ['name', 'arguments']) },
  ['id', 'type', 'function'],
);
const tool = object(
  {
    type: { const: 'function' },
    function: object({ name: text, description: text, parameters: { type: 'object' } }, ['name', 'parameters']),
  },
  ['type', 'function'],
);
const number = { type: 'number' };

/** The vendor's reference in a schema: it publishes none that is here. @see https://docs.cohere.com/reference/chat */
const faults = faultsBy(
  object(
    {
      model: text,
      stream: { type: 'boolean' },
      messages: {
        type: 'array',
        minItems: 1,
        items: {
          anyOf: [
            object({ role: { const: 'system' }, content: contents(textPart) }, ['role', 'content']),
            object({ role: { const: 'user' }, content: contents(textPart, image) }, ['role', 'content']),
            object(
              {
                role: { const: 'assistant' },
                content: contents(textPart, thinking),
                tool_calls: { type: 'array', items: call, minItems: 1 },
                tool_plan: text,
              },
              ['role'],
            ),
            object({ role: { const: 'tool' }, tool_call_id: text, content: contents(textPart, document) }, [
              'role',
              'tool_call_id',
              'content',
            ]),
          ],
        },
      },
      tools: { type: 'array', items: tool },
      strict_tools: { type: 'boolean' },
      tool_choice: { enum: ['REQUIRED', 'NONE'] },
      response_format: object({ type: { enum: ['text', 'json_object'] }, json_schema: { type: 'object' } }, ['type']),
      thinking: object({ type: { enum: ['enabled', 'disabled'] }, token_budget: { type: 'integer', minimum: 1 } }, [
        'type',
      ]),
      safety_mode: { enum: ['CONTEXTUAL', 'STRICT', 'OFF'] },
      citation_options: { type: 'object' },
      documents: { type: 'array' },
      max_tokens: { type: 'integer', minimum: 1 },
      stop_sequences: { type: 'array', items: text, maxItems: 5 },
      temperature: number,
      seed: { type: 'integer' },
      frequency_penalty: { type: 'number', minimum: 0, maximum: 1 },
      presence_penalty: { type: 'number', minimum: 0, maximum: 1 },
      k: { type: 'integer', minimum: 0, maximum: 500 },
      p: { type: 'number', minimum: 0.01, maximum: 0.99 },
      logprobs: { type: 'boolean' },
      priority: { type: 'integer' },
    },
    ['model', 'messages'],
  ),
);

function heardIn({
  role,
  content,
  tool_calls: calls = [],
  tool_call_id: result,
  tool_plan: plan,
}: any): readonly Heard[] {
  if (role === 'system') return [];
  if (role === 'tool')
    return [{ result, text: typeof content === 'string' ? content : content.map(resultIn).join('') }];
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);
  return [
    ...(plan ? [{ thought: plan }] : []),
    ...parts.map((part: any): Heard => {
      if (part.type === 'image_url') return { image: dataIn(part.image_url.url) };
      return part.type === 'thinking' ? { thought: part.thinking } : { by: role, text: part.text };
    }),
    ...calls.map(({ id, function: called }: any) => ({ call: called.name, id, input: JSON.parse(called.arguments) })),
  ];
}

const resultIn = (part: any): string => part.text ?? Object.values(part.document.data).join('');

const callOf = (word: Word): any[] =>
  'call' in word
    ? [{ id: word.id, type: 'function', function: { name: word.call, arguments: JSON.stringify(word.input) } }]
    : [];
const contentOf = (word: Word): any[] => {
  if ('text' in word) return [{ type: 'text', text: word.text }];
  return 'thought' in word ? [{ type: 'thinking', thinking: word.thought }] : [];
};
const tokens = { input_tokens: cost.input, output_tokens: cost.output };
const usage = { billed_units: tokens, tokens };
const finishOf = (words: readonly Word[]): string => (words.some((word) => 'call' in word) ? 'TOOL_CALL' : 'COMPLETE');

function whole(words: readonly Word[]): object {
  const calls = words.flatMap(callOf);
  const content = words.flatMap(contentOf);
  const message = {
    role: 'assistant',
    ...(content.length > 0 && { content }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return { id: 'c1', finish_reason: finishOf(words), message, usage };
}

function stream(words: readonly Word[], ends: boolean): readonly { event: string; data: object }[] {
  let calls = 0;
  let parts = 0;
  const events: any[] = [
    {
      id: 'c1',
      type: 'message-start',
      delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
    },
  ];
  const add = (type: string, index: number, message?: object): void => {
    events.push({ type, index, ...(message && { delta: { message } }) });
  };
  for (const word of words) {
    const [called] = callOf(word);
    const [part] = contentOf(word);
    const index = called === undefined ? parts++ : calls++;
    if (called === undefined) {
      const [member, said] =
        part.type === 'text' ? (['text', part.text] as const) : (['thinking', part.thinking] as const);
      add('content-start', index, { content: { type: part.type, [member]: '' } });
      for (const piece of piecesOf(said)) add('content-delta', index, { content: { [member]: piece } });
      add('content-end', index);
    } else {
      add('tool-call-start', index, { tool_calls: { ...called, function: { ...called.function, arguments: '' } } });
      for (const piece of piecesOf(called.function.arguments))
        add('tool-call-delta', index, { tool_calls: { function: { arguments: piece } } });
      add('tool-call-end', index);
    }
  }
  const end = { type: 'message-end', delta: { finish_reason: finishOf(words), usage } };
  return (ends ? [...events, end] : events.slice(0, -1)).map((data) => ({ event: data.type, data }));
}

/** The second version of Chat, of the model that thinks; images are taken by another one. */
export const cohereChat: Vendor = {
  dialect: 'cohere-chat',
  model: 'command-b-2026',
  seals: false,
  takes: { imageUrls: true, images: true, documents: false },
  faults,
  understand(request) {
    const { messages, tools = [], stream: streamed, response_format: format, thinking: thought }: any = request.json();
    return {
      streamed,
      instructions: messages
        .filter(({ role }: any) => role === 'system')
        .map(({ content }: any) => textIn(content))
        .join('\n'),
      heard: messages.flatMap(heardIn),
      tools: tools.map(({ function: { name, parameters } }: any) => ({ name, parameters })),
      schema: format?.json_schema,
      thinks: thought?.type === 'enabled',
      seals: [],
    };
  },
  say: (words, request) =>
    (request.json() as any).stream === true ? reply.sse([...stream(words, true)]) : reply.json(200, whole(words)),
  breakOff: (words) => reply.sse([...stream(words, false)]),
  fail: (status, message) => reply.json(status, { id: 'e1', message }),
};
