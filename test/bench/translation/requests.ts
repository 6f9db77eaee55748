/** What is asked, by dialect: a short question that is streamed, and conversations of any length with tools in them. */
export interface Asked {
  readonly path: string;
  readonly body: Buffer;
}

type Json = Record<string, unknown>;

/** One round of a conversation: asked, looked up, answered. */
interface Round {
  readonly question: string;
  readonly id: string;
  readonly args: Json;
  readonly result: string;
  readonly answer: string;
}

const words = 'the quick "brown" fox jumps over the lazy dog\nwhile many quiet rivers run to the sea — ';
const long = words.repeat(4000);

/** So many turns, four a round, with so many bytes together. */
function rounds(turns: number, bytes: number): readonly Round[] {
  const count = Math.ceil(turns / 4);
  const each = Math.floor(bytes / count);
  const piece = (share: number, at: number): string => long.slice(at % 80, (at % 80) + Math.floor(each * share));
  return Array.from({ length: count }, (_, at) => ({
    question: `Question ${at}: ${piece(0.1, at)}`,
    id: `call_${at}`,
    args: { path: `src/file-${at}.ts`, from: at, to: at + 200 },
    result: piece(0.6, at),
    answer: `Answer ${at}: ${piece(0.15, at)}`,
  }));
}

const parameters = {
  type: 'object',
  properties: { path: { type: 'string' }, from: { type: 'integer' }, to: { type: 'integer' } },
  required: ['path'],
};
const last = 'And what is the sum of it?';

type Build = (rounds: readonly Round[], streamed: boolean) => Json;

const chat: Build = (all, stream) => ({
  stream,
  ...(stream && { stream_options: { include_usage: true } }),
  tools: [{ type: 'function', function: { name: 'read', description: 'Reads a file.', parameters } }],
  messages: [
    { role: 'system', content: 'You are a careful assistant.' },
    ...all.flatMap(({ question, id, args, result, answer }) => [
      { role: 'user', content: question },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id, type: 'function', function: { name: 'read', arguments: JSON.stringify(args) } }],
      },
      { role: 'tool', tool_call_id: id, content: result },
      { role: 'assistant', content: answer },
    ]),
    { role: 'user', content: last },
  ],
});

const responses: Build = (all, stream) => ({
  stream,
  store: false,
  instructions: 'You are a careful assistant.',
  tools: [{ type: 'function', name: 'read', description: 'Reads a file.', parameters, strict: false }],
  input: [
    ...all.flatMap(({ question, id, args, result, answer }) => [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: question }] },
      { type: 'function_call', call_id: id, name: 'read', arguments: JSON.stringify(args) },
      { type: 'function_call_output', call_id: id, output: result },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: answer, annotations: [] }] },
    ]),
    { role: 'user', content: last },
  ],
});

const messages: Build = (all, stream) => ({
  stream,
  max_tokens: 4096,
  system: 'You are a careful assistant.',
  tools: [{ name: 'read', description: 'Reads a file.', input_schema: parameters }],
  messages: [
    ...all.flatMap(({ question, id, args, result, answer }) => [
      { role: 'user', content: [{ type: 'text', text: question }] },
      { role: 'assistant', content: [{ type: 'tool_use', id, name: 'read', input: args }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: result }] },
      { role: 'assistant', content: [{ type: 'text', text: answer }] },
    ]),
    { role: 'user', content: last },
  ],
});

const generate: Build = (all) => ({
  systemInstruction: { parts: [{ text: 'You are a careful assistant.' }] },
  tools: [{ functionDeclarations: [{ name: 'read', description: 'Reads a file.', parametersJsonSchema: parameters }] }],
  contents: [
    ...all.flatMap(({ question, id, args, result, answer }) => [
      { role: 'user', parts: [{ text: question }] },
      { role: 'model', parts: [{ functionCall: { id, name: 'read', args } }] },
      { role: 'user', parts: [{ functionResponse: { id, name: 'read', response: { output: result } } }] },
      { role: 'model', parts: [{ text: answer }] },
    ]),
    { role: 'user', parts: [{ text: last }] },
  ],
});

const builds: Readonly<Record<string, Build>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  'anthropic-messages': messages,
  'google-generate': generate,
};

const paths: Readonly<Record<string, string>> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
};

/** Where a client of the dialect asks for a model. */
export function pathOf(dialect: string, model: string, streamed: boolean): string {
  return paths[dialect] ?? `/v1beta/models/${model}:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`;
}

function asked(dialect: string, model: string, all: readonly Round[], streamed: boolean): Asked {
  const json = builds[dialect]?.(all, streamed) ?? {};
  const named = dialect === 'google-generate' ? json : { model, ...json };
  return { path: pathOf(dialect, model, streamed), body: Buffer.from(JSON.stringify(named)) };
}

/** A short question whose answer is streamed. */
export function shortQuestion(dialect: string, model: string): Asked {
  return asked(dialect, model, [], true);
}

/** A conversation of so many turns and bytes, whose answer is short and whole. */
export function conversation(dialect: string, model: string, size: { turns: number; bytes: number }): Asked {
  return asked(dialect, model, rounds(size.turns, size.bytes), false);
}
