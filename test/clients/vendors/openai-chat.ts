import { reply, type SseFrame } from '@tapgate/test-kit';
import { openApiFaults } from './specification.ts';
import { cost, dataIn, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

/**
 * Those who took this API over keep the thinking in a member that its inventor has not, and take one setting more. The name of a tool the inventor takes,
 * as LangChain sends it, though its description does not say so.
 */
const faults = openApiFaults('openai.openapi.json', 'CreateChatCompletionRequest', (schemas) => {
  schemas.ChatCompletionRequestAssistantMessage.properties.reasoning_content = { type: 'string' };
  schemas.CreateChatCompletionRequest.allOf[1].properties.top_k = { type: 'integer' };
  schemas.ChatCompletionRequestToolMessage.properties.name = { type: 'string' };
});

const usage = { prompt_tokens: cost.input, completion_tokens: cost.output, total_tokens: cost.input + cost.output };
const head = { id: 'chatcmpl-1', created: 1_700_000_000, model: 'real' };

function partsIn(content: any, by: 'user' | 'assistant'): readonly Heard[] {
  if (typeof content === 'string') return [{ by, text: content }];
  return (content ?? []).map((part: any): Heard => {
    if (part.type === 'image_url') return { image: dataIn(part.image_url.url) };
    if (part.type === 'file') return { document: dataIn(part.file.file_data) };
    return { by, text: part.text };
  });
}

function heardIn(message: any): readonly Heard[] {
  const { role, content, tool_calls: calls = [], tool_call_id: result, reasoning_content: thought } = message;
  if (role === 'system' || role === 'developer') return [];
  if (role === 'tool') return [{ result, text: textIn(content) }];
  return [
    ...(thought ? [{ thought }] : []),
    ...(content ? partsIn(content, role) : []),
    ...calls.map(({ id, function: called }: any) => ({ call: called.name, id, input: JSON.parse(called.arguments) })),
  ];
}

const callOf = (word: Word): any =>
  'call' in word
    ? [{ id: word.id, type: 'function', function: { name: word.call, arguments: JSON.stringify(word.input) } }]
    : [];

function whole(words: readonly Word[]): object {
  const calls = words.flatMap(callOf);
  const thought = words.map((word) => ('thought' in word ? word.thought : '')).join('');
  const message = {
    role: 'assistant',
    content: words.map((word) => ('text' in word ? word.text : '')).join('') || null,
    refusal: null,
    ...(thought && { reasoning_content: thought }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  const choice = { index: 0, message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop', logprobs: null };
  return { ...head, object: 'chat.completion', choices: [choice], usage };
}

const chunk = (delta: object, finish: string | null = null): SseFrame => ({
  data: { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] },
});

function chunks(words: readonly Word[]): readonly SseFrame[] {
  let calls = 0;
  const deltas = words.flatMap((word): readonly object[] => {
    if ('text' in word) return piecesOf(word.text).map((content) => ({ content }));
    if ('thought' in word) return piecesOf(word.thought).map((reasoning_content) => ({ reasoning_content }));
    const index = calls++;
    const begun = { index, id: word.id, type: 'function', function: { name: word.call, arguments: '' } };
    const pieces = piecesOf(JSON.stringify(word.input));
    return [begun, ...pieces.map((text) => ({ index, function: { arguments: text } }))].map((call) => ({
      tool_calls: [call],
    }));
  });
  return [{ role: 'assistant', content: '' }, ...deltas].map((delta) => chunk(delta));
}

/** Chat Completions. */
export const openaiChat: Vendor = {
  dialect: 'openai-chat',
  model: 'some-model',
  seals: false,
  takes: { imageUrls: true, images: true, documents: true },
  faults,
  understand(request) {
    const body: any = request.json();
    const { messages, tools = [], stream, response_format: format, reasoning_effort: effort } = body;
    return {
      streamed: stream === true,
      instructions: messages
        .filter(({ role }: any) => role === 'system' || role === 'developer')
        .map(({ content }: any) => textIn(content))
        .join('\n'),
      heard: messages.flatMap(heardIn),
      tools: tools.map(({ function: { name, parameters } }: any) => ({ name, parameters })),
      schema: format?.json_schema?.schema,
      thinks: effort !== undefined && effort !== 'none',
      seals: [],
    };
  },
  say(words, request) {
    const { stream, stream_options: options }: any = request.json();
    if (stream !== true) return reply.json(200, whole(words));
    const finish = words.some((word) => 'call' in word) ? 'tool_calls' : 'stop';
    const counted =
      options?.include_usage === true
        ? [{ data: { ...head, object: 'chat.completion.chunk', choices: [], usage } }]
        : [];
    return reply.sse([...chunks(words), chunk({}, finish), ...counted, '[DONE]']);
  },
  breakOff: (words) => reply.sse([...chunks(words)]),
  fail: (status, message) => {
    const types: Readonly<Record<number, string>> = {
      400: 'invalid_request_error',
      401: 'authentication_error',
      429: 'rate_limit_exceeded',
    };
    return reply.json(status, { error: { message, type: types[status] ?? 'server_error', code: null, param: null } });
  },
};
