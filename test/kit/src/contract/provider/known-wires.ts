import { sseText, type SseFrame } from '../../sse.ts';
import { validateChatStream } from '../../validate/chat-stream.ts';
import { validateError } from '../../validate/error-reply.ts';
import { validateGenerateStream } from '../../validate/generate-stream.ts';
import { validateMessagesStream } from '../../validate/messages-stream.ts';
import { validateResponsesStream } from '../../validate/responses-stream.ts';
import type { Wire } from './wire.ts';

const text = 'Grüße 🙂';
const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
const named = (events: readonly { readonly type: string }[]): Uint8Array =>
  Buffer.from(sseText(events.map((data): SseFrame => ({ event: data.type, data }))));

type Said = Readonly<Record<string, unknown>>;

/** Where the model and the streaming stand in the body. */
const inBody: Wire['wishIn'] = (request) => {
  const { model, stream } = request.json() as Said;
  return { model: String(model), streamed: stream === true };
};

const openaiTypes: Readonly<Record<number, string>> = { 401: 'authentication_error', 429: 'rate_limit_error' };
const openaiError: Wire['error'] = (status, message) => ({
  error: {
    message,
    type: openaiTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error'),
    param: null,
    code: null,
  },
});

const chatHead = { id: 'chatcmpl-kit', created: 1_700_000_000, model: 'kit-model' };
const chatUsage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
const chunk = (delta: object, finish_reason: string | null = null): object => ({
  ...chatHead,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason }],
});

const openaiChat: Wire = {
  dialect: 'openai-chat',
  question: ({ model, streamed }) => ({
    path: '/v1/chat/completions',
    body: { model, stream: streamed, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  endOfPath: () => '/chat/completions',
  wishIn: inBody,
  text,
  whole: json({
    ...chatHead,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop' }],
    usage: chatUsage,
  }),
  streamed: Buffer.from(
    sseText([
      { data: chunk({ role: 'assistant', content: '' }) },
      { data: chunk({ content: text }) },
      { data: chunk({}, 'stop') },
      { data: { ...chatHead, object: 'chat.completion.chunk', choices: [], usage: chatUsage } },
      '[DONE]',
    ]),
  ),
  error: openaiError,
  faultsOfError: (status, body) => validateError('openai-chat', status, body),
  faultsOfStream: validateChatStream,
};

const part = { type: 'output_text', text, annotations: [] };
const message = { type: 'message', id: 'msg_kit', role: 'assistant', status: 'completed', content: [part] };
const response = (status: string, more: object): object => ({
  id: 'resp_kit',
  object: 'response',
  created_at: 1_700_000_000,
  model: 'kit-model',
  status,
  output: [],
  ...more,
});
const finished = response('completed', {
  output: [message],
  usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8 },
});
const at = { item_id: 'msg_kit', output_index: 0, content_index: 0 };
const emptyPart = { ...part, text: '' };
const emptyMessage = { ...message, status: 'in_progress', content: [] };

const openaiResponses: Wire = {
  dialect: 'openai-responses',
  question: ({ model, streamed }) => ({ path: '/v1/responses', body: { model, stream: streamed, input: 'Hello' } }),
  endOfPath: () => '/responses',
  wishIn: inBody,
  text,
  whole: json(finished),
  streamed: named(
    [
      { type: 'response.created', response: response('in_progress', {}) },
      { type: 'response.in_progress', response: response('in_progress', {}) },
      { type: 'response.output_item.added', output_index: 0, item: emptyMessage },
      { type: 'response.content_part.added', ...at, part: emptyPart },
      { type: 'response.output_text.delta', ...at, delta: text },
      { type: 'response.output_text.done', ...at, text },
      { type: 'response.content_part.done', ...at, part },
      { type: 'response.output_item.done', output_index: 0, item: message },
      { type: 'response.completed', response: finished },
    ].map((event, sequence_number) => ({ ...event, sequence_number })),
  ),
  error: openaiError,
  faultsOfError: (status, body) => validateError('openai-responses', status, body),
  faultsOfStream: validateResponsesStream,
};

const messagesTypes: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};
const messagesHead = { id: 'msg_kit', type: 'message', role: 'assistant', model: 'kit-model', stop_sequence: null };

const anthropicMessages: Wire = {
  dialect: 'anthropic-messages',
  question: ({ model, streamed }) => ({
    path: '/v1/messages',
    body: { model, stream: streamed, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  endOfPath: () => '/messages',
  wishIn: inBody,
  text,
  whole: json({
    ...messagesHead,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 5, output_tokens: 3 },
  }),
  streamed: named([
    {
      type: 'message_start',
      message: { ...messagesHead, content: [], stop_reason: null, usage: { input_tokens: 5, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ] as { type: string }[]),
  error: (status, said) => ({
    type: 'error',
    error: { type: messagesTypes[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error'), message: said },
  }),
  faultsOfError: (status, body) => validateError('anthropic-messages', status, body),
  faultsOfStream: validateMessagesStream,
};

const googleWords: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  529: 'UNAVAILABLE',
};
const generated = {
  candidates: [{ content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, totalTokenCount: 8 },
  modelVersion: 'kit-model',
  responseId: 'kit',
};
const verb = (streamed: boolean): string => (streamed ? 'streamGenerateContent' : 'generateContent');

const googleGenerate: Wire = {
  dialect: 'google-generate',
  question: ({ model, streamed }) => ({
    path: `/v1beta/models/${model}:${verb(streamed)}${streamed ? '?alt=sse' : ''}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  }),
  endOfPath: ({ model, streamed }) => `/models/${encodeURIComponent(model)}:${verb(streamed)}`,
  wishIn: ({ path }) => {
    const [, model = '', word] = /\/models\/([^:]+):(\w+)/.exec(path) ?? [];
    return { model: decodeURIComponent(model), streamed: word === verb(true) };
  },
  text,
  whole: json(generated),
  streamed: Buffer.from(
    sseText(
      [
        { data: { ...generated, candidates: [{ content: { role: 'model', parts: [{ text }] }, index: 0 }] } },
        {
          data: {
            ...generated,
            candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP', index: 0 }],
          },
        },
      ],
      '\r\n',
    ),
  ),
  error: (status, said) => ({ error: { code: status, message: said, status: googleWords[status] ?? 'INTERNAL' } }),
  faultsOfError: (status, body) => validateError('google-generate', status, body),
  faultsOfStream: validateGenerateStream,
};

/** The dialects that the kit itself can speak. */
export const knownWires: Readonly<Record<string, Wire>> = Object.fromEntries(
  [openaiChat, openaiResponses, anthropicMessages, googleGenerate].map((wire) => [wire.dialect, wire]),
);
