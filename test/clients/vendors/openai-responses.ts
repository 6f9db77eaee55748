import { reply, type SseFrame } from '@tapgate/test-kit';
import { openApiFaults } from './specification.ts';
import { cost, dataIn, type Heard, piecesOf, textIn, type Vendor, type Word } from './vendor.ts';

const answered = {
  type: 'object',
  properties: { type: { const: 'output_text' }, text: { type: 'string' } },
  required: ['type', 'text'],
};

/** The vendor takes an answer's text in this form, and thinking without an id, as its own command-line client sends them. */
const faults = openApiFaults('openai.openapi.json', 'CreateResponse', ({ EasyInputMessage, ReasoningItem }) => {
  EasyInputMessage.properties.content.oneOf.push({ type: 'array', items: answered, minItems: 1 });
  ReasoningItem.required = ReasoningItem.required.filter((member: string) => member !== 'id');
});

function heardIn(item: any): readonly Heard[] {
  const { type = 'message', role, content, call_id: id } = item;
  if (type === 'function_call') return [{ call: item.name, id, input: JSON.parse(item.arguments) }];
  if (type === 'function_call_output') {
    const image = Array.isArray(item.output) ? item.output.find((part: any) => part.type === 'input_image') : undefined;
    return [{ result: id, text: textIn(item.output), ...(image && { image: dataIn(image.image_url) }) }];
  }
  if (type === 'reasoning') {
    const thought = textIn(item.content?.length > 0 ? item.content : item.summary);
    return [{ thought, ...(item.encrypted_content && { seal: item.encrypted_content }) }];
  }
  if (role === 'system' || role === 'developer') return [];
  if (typeof content === 'string') return [{ by: role, text: content }];
  return content.map((part: any): Heard => {
    if (part.type === 'input_image') return { image: dataIn(part.image_url) };
    if (part.type === 'input_file') return { document: dataIn(part.file_data ?? part.file_url) };
    return { by: role, text: part.text ?? part.refusal };
  });
}

const usage = {
  input_tokens: cost.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: cost.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: cost.input + cost.output,
};

function response(status: string, output: readonly object[], more: object = {}): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'real',
    status,
    output,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    ...more,
  };
}

function itemOf(word: Word, at: number): any {
  if ('text' in word) {
    const part = { type: 'output_text', text: word.text, annotations: [], logprobs: [] };
    return { type: 'message', id: `msg_${at}`, role: 'assistant', status: 'completed', content: [part] };
  }
  if ('call' in word) {
    const { call: name, id, input } = word;
    return {
      type: 'function_call',
      id: `fc_${at}`,
      call_id: id,
      name,
      arguments: JSON.stringify(input),
      status: 'completed',
    };
  }
  const sealed = word.seal === undefined ? {} : { encrypted_content: word.seal };
  return { type: 'reasoning', id: `rs_${at}`, summary: [{ type: 'summary_text', text: word.thought }], ...sealed };
}

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The events of one item, from its beginning to its end. */
function eventsOf(word: Word, at: number): readonly Event[] {
  const item = itemOf(word, at);
  const place = { item_id: item.id, output_index: at };
  const added = (empty: object): Event => ({
    type: 'response.output_item.added',
    output_index: at,
    item: { ...item, ...empty },
  });
  const done: Event = { type: 'response.output_item.done', output_index: at, item };
  const deltas = (type: string, text: string, more: object): readonly Event[] =>
    piecesOf(text).map((delta) => ({ type, ...place, ...more, delta }));
  if ('text' in word) {
    const [part] = item.content;
    const where = { ...place, content_index: 0 };
    return [
      added({ status: 'in_progress', content: [] }),
      { type: 'response.content_part.added', ...where, part: { ...part, text: '' } },
      ...deltas('response.output_text.delta', word.text, { content_index: 0, logprobs: [] }),
      { type: 'response.output_text.done', ...where, text: word.text, logprobs: [] },
      { type: 'response.content_part.done', ...where, part },
      done,
    ];
  }
  if ('call' in word) {
    return [
      added({ status: 'in_progress', arguments: '' }),
      ...deltas('response.function_call_arguments.delta', item.arguments, {}),
      { type: 'response.function_call_arguments.done', ...place, name: item.name, arguments: item.arguments },
      done,
    ];
  }
  const [part] = item.summary;
  const where = { ...place, summary_index: 0 };
  return [
    added({ summary: [] }),
    { type: 'response.reasoning_summary_part.added', ...where, part: { ...part, text: '' } },
    ...deltas('response.reasoning_summary_text.delta', word.thought, { summary_index: 0 }),
    { type: 'response.reasoning_summary_text.done', ...where, text: word.thought },
    { type: 'response.reasoning_summary_part.done', ...where, part },
    done,
  ];
}

function stream(words: readonly Word[], ends: boolean): readonly SseFrame[] {
  const begun = response('in_progress', []);
  const events: readonly Event[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...words.flatMap(eventsOf),
    ...(ends ? [{ type: 'response.completed', response: response('completed', words.map(itemOf), { usage }) }] : []),
  ];
  return events.map((event, at) => ({ event: event.type, data: { ...event, sequence_number: at } }));
}

/** Responses. */
export const openaiResponses: Vendor = {
  dialect: 'openai-responses',
  // One that no other dialect serves.
  model: 'gpt-5.2-codex',
  seals: true,
  takes: { imageUrls: true, images: true, documents: true },
  faults,
  understand(request) {
    const { input, instructions, tools = [], stream: streamed, text, reasoning }: any = request.json();
    const items: any[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
    const heard = items.flatMap(heardIn);
    const told = items.filter(({ role }) => role === 'system' || role === 'developer');
    return {
      streamed: streamed === true,
      instructions: [instructions ?? '', ...told.map(({ content }) => textIn(content))]
        .filter((one) => one !== '')
        .join('\n'),
      heard,
      tools: tools.map(({ name, parameters }: any) => ({ name, parameters })),
      schema: text?.format?.schema,
      thinks: reasoning?.effort !== undefined && reasoning.effort !== 'none',
      seals: heard.flatMap((one) => ('thought' in one && one.seal !== undefined ? [one.seal] : [])),
    };
  },
  say(words, request) {
    const { stream: streamed, include = [] }: any = request.json();
    // It gives the seal only to those who ask for it.
    const asked = include.includes('reasoning.encrypted_content');
    const said = words.map((word): Word => ('thought' in word && !asked ? { thought: word.thought } : word));
    return streamed === true
      ? reply.sse([...stream(said, true)])
      : reply.json(200, response('completed', said.map(itemOf), { usage }));
  },
  breakOff: (words) => reply.sse([...stream(words, false)]),
  fail: (status, message) => {
    const types: Readonly<Record<number, string>> = {
      400: 'invalid_request_error',
      401: 'authentication_error',
      429: 'rate_limit_exceeded',
    };
    return reply.json(status, { error: { message, type: types[status] ?? 'server_error', code: null, param: null } });
  },
};
