import {
  readSse,
  type StreamOptions,
  type SseFrame,
  validateChatReply,
  validateChatStream,
  validateError,
  validateGenerateReply,
  validateGenerateStream,
  validateMessagesReply,
  validateMessagesStream,
  validateResponsesReply,
  validateResponsesStream,
} from '@tapgate/test-kit';

/** What a good answer says, delta by delta. */
export const pieces: readonly string[] = ['Grüße 🙂, ', 'dies ', 'ist ', 'die ', 'ganze ', 'Antwort.'];
/** The whole of it. */
export const text: string = pieces.join('');

/** A stream in three runs, so that it can be cut, or go wrong, between any two of its events. */
export interface Stream {
  /** Shows nothing of the answer yet. */
  readonly beginning: readonly SseFrame[];
  readonly content: readonly SseFrame[];
  readonly ending: readonly (SseFrame | string)[];
}

/** A dialect as both ends speak it, by nothing of the gateway's own. */
export interface Tongue {
  readonly dialect: string;
  /** What of an upstream's path tells that it is asked in this dialect. */
  readonly path: RegExp;
  /** How its servers end a line. */
  readonly lineEnd: '\n' | '\r\n';
  readonly question: (streamed: boolean) => { readonly path: string; readonly body: object };
  readonly stream: Stream;
  readonly whole: object;
  readonly error: (status: number, message: string) => object;
  /** An error in the middle of a stream. */
  readonly errorFrame: (message: string) => SseFrame;
  /** All that an answer says in text, however far it came. */
  readonly said: (body: string, streamed: boolean) => string;
  /** What is wrong with what a client got: a stream, a whole answer, an error. */
  readonly faultsOfStream: (bytes: Uint8Array, options: StreamOptions) => readonly string[];
  readonly faultsOfWhole: (body: string) => readonly string[];
}

type Said = any;
const jsons = (body: string): readonly Said[] =>
  readSse(body).flatMap(({ data }) => (data.startsWith('{') ? [JSON.parse(data)] : []));
const usage = { prompt_tokens: 5, completion_tokens: 6, total_tokens: 11 };
interface Named {
  readonly type: string;
  readonly [field: string]: unknown;
}
const named = (events: readonly Named[]): readonly SseFrame[] => events.map((data) => ({ event: data.type, data }));
const openaiError = (status: number, message: string): object => ({
  error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code: null },
});

const chatHead = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'real' };
const chunk = (delta: object, finish: string | null = null): SseFrame => ({
  data: { ...chatHead, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] },
});

const chat: Tongue = {
  dialect: 'openai-chat',
  lineEnd: '\n',
  path: /\/chat\/completions$/,
  question: (stream) => ({
    path: '/v1/chat/completions',
    body: { model: 'm', stream, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  stream: {
    beginning: [chunk({ role: 'assistant', content: '' })],
    content: pieces.map((content) => chunk({ content })),
    ending: [
      chunk({}, 'stop'),
      { data: { ...chatHead, object: 'chat.completion.chunk', choices: [], usage } },
      '[DONE]',
    ],
  },
  whole: {
    ...chatHead,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop' }],
    usage,
  },
  error: openaiError,
  errorFrame: (message) => ({ data: openaiError(500, message) }),
  said: (body, streamed) =>
    (streamed ? jsons(body) : [JSON.parse(body)])
      .map(({ choices }: Said) => choices?.[0]?.[streamed ? 'delta' : 'message']?.content ?? '')
      .join(''),
  faultsOfStream: (bytes, options) => validateChatStream(bytes, options),
  faultsOfWhole: (body) => validateChatReply(JSON.parse(body)),
};

const message = (of: string, status: string): object => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status,
  content: of === '' ? [] : [{ type: 'output_text', text: of, annotations: [] }],
});
const response = (status: string, more: object = {}): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_700_000_000,
  model: 'real',
  status,
  output: [],
  ...more,
});
const responded = response('completed', {
  output: [message(text, 'completed')],
  usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 },
});
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const numbered = (first: number, events: readonly Named[]): readonly SseFrame[] =>
  named(events.map((event, index) => ({ ...event, sequence_number: first + index })));

const responses: Tongue = {
  dialect: 'openai-responses',
  lineEnd: '\n',
  path: /\/responses$/,
  question: (stream) => ({ path: '/v1/responses', body: { model: 'm', stream, input: 'Hello' } }),
  stream: {
    beginning: numbered(0, [
      { type: 'response.created', response: response('in_progress') },
      { type: 'response.in_progress', response: response('in_progress') },
      { type: 'response.output_item.added', output_index: 0, item: message('', 'in_progress') },
      { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
    ]),
    content: numbered(
      4,
      pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
    ),
    ending: numbered(10, [
      { type: 'response.output_text.done', ...at, text },
      { type: 'response.content_part.done', ...at, part: { type: 'output_text', text, annotations: [] } },
      { type: 'response.output_item.done', output_index: 0, item: message(text, 'completed') },
      { type: 'response.completed', response: responded },
    ]),
  },
  whole: responded,
  error: openaiError,
  errorFrame: (said) => ({
    event: 'error',
    data: { type: 'error', sequence_number: 7, code: 'server_error', message: said, param: null },
  }),
  said: (body, streamed) =>
    streamed
      ? jsons(body)
          .filter(({ type }: Said) => type === 'response.output_text.delta')
          .map(({ delta }: Said) => delta)
          .join('')
      : JSON.parse(body)
          .output.flatMap(({ content }: Said) => content ?? [])
          .map(({ text: part }: Said) => part ?? '')
          .join(''),
  faultsOfStream: (bytes, options) => validateResponsesStream(bytes, options),
  faultsOfWhole: (body) => validateResponsesReply(JSON.parse(body)),
};

const messagesHead = { id: 'msg_1', type: 'message', role: 'assistant', model: 'real', stop_sequence: null };
const messagesTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const messagesType = (status: number): string =>
  messagesTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');

const messages: Tongue = {
  dialect: 'anthropic-messages',
  lineEnd: '\n',
  path: /\/messages$/,
  question: (stream) => ({
    path: '/v1/messages',
    body: { model: 'm', stream, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  stream: {
    beginning: named([
      {
        type: 'message_start',
        message: { ...messagesHead, content: [], stop_reason: null, usage: { input_tokens: 5, output_tokens: 1 } },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'ping' },
    ]),
    content: named(
      pieces.map((piece) => ({
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text: piece },
      })),
    ),
    ending: named([
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 6 } },
      { type: 'message_stop' },
    ]),
  },
  whole: {
    ...messagesHead,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 5, output_tokens: 6 },
  },
  error: (status, said) => ({ type: 'error', error: { type: messagesType(status), message: said } }),
  errorFrame: (said) => ({
    event: 'error',
    data: { type: 'error', error: { type: 'api_error', message: said } },
  }),
  said: (body, streamed) =>
    streamed
      ? jsons(body)
          .map(({ delta }: Said) => delta?.text ?? '')
          .join('')
      : JSON.parse(body)
          .content.map(({ text: part }: Said) => part ?? '')
          .join(''),
  faultsOfStream: (bytes, options) => validateMessagesStream(bytes, options),
  faultsOfWhole: (body) => validateMessagesReply(JSON.parse(body)),
};

const googleWords: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'PERMISSION_DENIED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const generated = (said: string, finishReason?: string): object => ({
  candidates: [
    { content: { role: 'model', parts: [{ text: said }] }, index: 0, ...(finishReason && { finishReason }) },
  ],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 6, totalTokenCount: 11 },
  modelVersion: 'real',
  responseId: '1',
});
const googleError = (status: number, said: string): object => ({
  error: { code: status, message: said, status: googleWords[status] ?? 'INTERNAL' },
});

const generate: Tongue = {
  dialect: 'google-generate',
  lineEnd: '\r\n',
  path: /:(stream)?[gG]enerateContent$/,
  question: (streamed) => ({
    path: `/v1beta/models/m:${streamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  }),
  stream: {
    beginning: [],
    content: pieces.map((piece) => ({ data: generated(piece) })),
    ending: [{ data: generated('', 'STOP') }],
  },
  whole: generated(text, 'STOP'),
  error: googleError,
  errorFrame: (said) => ({ data: googleError(500, said) }),
  said: (body, streamed) =>
    (streamed ? jsons(body) : [JSON.parse(body)])
      .flatMap(({ candidates }: Said) => candidates?.[0]?.content?.parts ?? [])
      .map(({ text: part }: Said) => part ?? '')
      .join(''),
  faultsOfStream: (bytes, options) => validateGenerateStream(bytes, options),
  faultsOfWhole: (body) => validateGenerateReply(JSON.parse(body)),
};

/** The dialects that clients speak. */
export const tongues: readonly Tongue[] = [chat, responses, messages, generate];

/** The dialect that an upstream is asked in, by its path without the query. */
export function tongueAt(path: string): Tongue {
  const [bare = ''] = path.split('?');
  const tongue = tongues.find((one) => one.path.test(bare));
  if (tongue === undefined) throw new Error(`Nobody is asked at ${path}.`);
  return tongue;
}

/** What is wrong with an error that a client got. */
export function faultsOfError(tongue: Tongue, status: number, body: string): readonly string[] {
  return validateError(tongue.dialect, status, body);
}
