import { reply, type SseFrame } from '@tapgate/test-kit';
import { openApiFaults } from './specification.ts';
import { cost, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

const described = openApiFaults('anthropic.openapi.json', 'CreateMessageParams');

/** What the API refuses beyond its description. */
function faults(body: any): readonly string[] {
  const thinking = body.thinking?.type === 'enabled' ? body.thinking.budget_tokens : 0;
  return [
    ...described(body),
    ...(thinking >= body.max_tokens ? ['`max_tokens` must be greater than `thinking.budget_tokens`'] : []),
    ...body.messages.flatMap(({ content }: any, at: number) =>
      content.length === 0 && at < body.messages.length - 1
        ? [`messages.${at}: all messages must have non-empty content`]
        : [],
    ),
    ...body.messages.flatMap(({ role, content }: any, at: number) => {
      const types = typeof content === 'string' ? [] : content.map(({ type }: any) => type);
      const late =
        types.lastIndexOf('tool_result') > types.findIndex((type: string) => type !== 'tool_result') &&
        types.includes('tool_result') &&
        types.some((type: string) => type !== 'tool_result');
      const empty =
        typeof content !== 'string' && content.some(({ type, text }: any) => type === 'text' && text.trim() === '');
      return [
        ...(role === 'user' && late ? [`messages.${at}: tool_result blocks come first`] : []),
        ...(empty ? [`messages.${at}: text content blocks must be non-empty`] : []),
      ];
    }),
    ...(body.messages.at(-1).role === 'user' ? [] : ['the last message is not the user’s']),
  ];
}

function heardIn({ role, content }: any): readonly Heard[] {
  if (role === 'system') return [];
  if (typeof content === 'string') return [{ by: role, text: content }];
  return content.map((block: any): Heard => {
    const { type, source } = block;
    if (type === 'text') return { by: role, text: block.text };
    if (type === 'image') return { image: source.data ?? source.url };
    if (type === 'document') return { document: source.data ?? source.url };
    if (type === 'tool_use') return { call: block.name, id: block.id, input: block.input };
    if (type === 'tool_result') {
      const image = Array.isArray(block.content) ? block.content.find((part: any) => part.type === 'image') : undefined;
      return { result: block.tool_use_id, text: textIn(block.content), ...(image && { image: image.source.data }) };
    }
    if (type === 'thinking') return { thought: block.thinking, seal: block.signature };
    if (type === 'redacted_thinking') return { thought: '', seal: block.data };
    throw new Error(`no block is of the type ${type}`);
  });
}

const blockOf = (word: Word): any => {
  if ('text' in word) return { type: 'text', text: word.text, citations: null };
  if ('call' in word) return { type: 'tool_use', id: word.id, name: word.call, input: word.input };
  return { type: 'thinking', thinking: word.thought, signature: word.seal ?? '' };
};

function message(content: readonly object[], stop: string | null, output: number): object {
  const counted = {
    input_tokens: cost.input,
    output_tokens: output,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'real',
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage: counted,
  };
}

const stopOf = (words: readonly Word[]): string => (words.some((word) => 'call' in word) ? 'tool_use' : 'end_turn');

function eventsOf(word: Word, index: number): readonly any[] {
  const empty = 'text' in word ? { text: '' } : 'call' in word ? { input: {} } : { thinking: '', signature: '' };
  const pieces =
    'text' in word
      ? piecesOf(word.text).map((text) => ({ type: 'text_delta', text }))
      : 'call' in word
        ? piecesOf(JSON.stringify(word.input)).map((partial_json) => ({ type: 'input_json_delta', partial_json }))
        : piecesOf(word.thought).map((thinking) => ({ type: 'thinking_delta', thinking }));
  const sealed =
    'thought' in word && word.seal !== undefined ? [{ type: 'signature_delta', signature: word.seal }] : [];
  return [
    { type: 'content_block_start', index, content_block: { ...blockOf(word), ...empty } },
    ...[...pieces, ...sealed].map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}

function stream(words: readonly Word[], ends: boolean): readonly SseFrame[] {
  const events = [
    { type: 'message_start', message: message([], null, 0) },
    { type: 'ping' },
    ...words.flatMap(eventsOf),
    {
      type: 'message_delta',
      delta: { stop_reason: stopOf(words), stop_sequence: null },
      usage: { output_tokens: cost.output },
    },
    { type: 'message_stop' },
  ];
  return events.slice(0, ends ? undefined : -3).map((event) => ({ event: event.type, data: event }));
}

/** The Messages API. */
export const anthropicMessages: Vendor = {
  dialect: 'anthropic-messages',
  model: 'claude-sonnet-4-6',
  seals: true,
  takes: { imageUrls: true, images: true, documents: true },
  faults,
  understand(request) {
    const {
      system = '',
      messages,
      tools = [],
      stream: streamed,
      thinking,
      output_config: output,
    }: any = request.json();
    const heard = messages.flatMap(heardIn);
    return {
      streamed: streamed === true,
      instructions: (typeof system === 'string' ? [system] : system.map(({ text }: any) => text))
        .concat(messages.filter(({ role }: any) => role === 'system').map(({ content }: any) => textIn(content)))
        .filter((one: string) => one !== '')
        .join('\n'),
      heard,
      tools: tools.map(({ name, input_schema: parameters }: any) => ({ name, parameters })),
      schema: output?.format?.schema,
      thinks: thinking !== undefined && thinking.type !== 'disabled',
      seals: heard.flatMap((one: Heard) => ('thought' in one && one.seal !== undefined ? [one.seal] : [])),
    };
  },
  say(words, request) {
    const { stream: streamed }: any = request.json();
    return streamed === true
      ? reply.sse([...stream(words, true)])
      : reply.json(200, message(words.map(blockOf), stopOf(words), cost.output));
  },
  breakOff: (words) => reply.sse([...stream(words, false)]),
  fail: (status, text) => {
    const types: Readonly<Record<number, string>> = {
      400: 'invalid_request_error',
      401: 'authentication_error',
      429: 'rate_limit_error',
    };
    return reply.json(status, {
      type: 'error',
      error: { type: types[status] ?? 'api_error', message: text },
      request_id: null,
    });
  },
};
