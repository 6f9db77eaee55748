/** Which items an event speaks of, by how its type begins; the longest beginning counts. */
const itemTypes: readonly (readonly [beginning: string, ...items: string[]])[] = [
  ['response.content_part.', 'message', 'reasoning'],
  ['response.output_text.', 'message'],
  ['response.refusal.', 'message'],
  ['response.reasoning_text.', 'reasoning'],
  ['response.reasoning_summary_part.', 'reasoning'],
  ['response.reasoning_summary_text.', 'reasoning'],
  ['response.function_call_arguments.', 'function_call'],
  ['response.custom_tool_call_input.', 'custom_tool_call'],
  ['response.mcp_call_arguments.', 'mcp_call'],
  ['response.mcp_call.', 'mcp_call'],
  ['response.mcp_list_tools.', 'mcp_list_tools'],
  ['response.web_search_call.', 'web_search_call'],
  ['response.file_search_call.', 'file_search_call'],
  ['response.code_interpreter_call.', 'code_interpreter_call'],
  ['response.code_interpreter_call_code.', 'code_interpreter_call'],
  ['response.image_generation_call.', 'image_generation_call'],
  ['response.shell_call_command.', 'shell_call'],
  ['response.shell_call_output_content.', 'shell_call_output'],
];

/** Every type that the official clients know; they throw on any other. */
export const responsesEventTypes: ReadonlySet<string> = new Set([
  'error',
  'keepalive',
  ...['created', 'queued', 'in_progress', 'completed', 'incomplete', 'failed'].map((word) => `response.${word}`),
  ...['output_item', 'content_part', 'reasoning_summary_part'].flatMap((of) => [
    `response.${of}.added`,
    `response.${of}.done`,
  ]),
  ...[
    'output_text',
    'refusal',
    'reasoning_text',
    'reasoning_summary_text',
    'function_call_arguments',
    'custom_tool_call_input',
    'mcp_call_arguments',
    'code_interpreter_call_code',
    'audio',
    'audio.transcript',
  ].flatMap((of) => [`response.${of}.delta`, `response.${of}.done`]),
  'response.output_text.annotation.added',
  ...['in_progress', 'searching', 'completed'].flatMap((word) => [
    `response.web_search_call.${word}`,
    `response.file_search_call.${word}`,
  ]),
  ...['in_progress', 'interpreting', 'completed'].map((word) => `response.code_interpreter_call.${word}`),
  ...['in_progress', 'generating', 'partial_image', 'completed'].map(
    (word) => `response.image_generation_call.${word}`,
  ),
  ...['in_progress', 'completed', 'failed'].flatMap((word) => [
    `response.mcp_call.${word}`,
    `response.mcp_list_tools.${word}`,
  ]),
  ...['added', 'delta', 'done'].map((word) => `response.shell_call_command.${word}`),
  ...['delta', 'done'].map((word) => `response.shell_call_output_content.${word}`),
]);

/** The item types that an event may speak of; nothing for an event that speaks of no item. */
export function itemTypesOf(type: string): readonly string[] | undefined {
  return itemTypes.find(([beginning]) => type.startsWith(beginning))?.slice(1);
}

/** A text that comes in deltas: what tells its pieces apart, and where the done event has it whole. */
export interface StreamedText {
  readonly delta: string;
  readonly done: string;
  /** The field that numbers it within the item; absent where an item has but one. */
  readonly index?: 'content_index' | 'summary_index';
  readonly field: string;
  /** The part that must have been announced for it. */
  readonly part?: string;
}

const text = (of: string, field: string, more: Partial<StreamedText> = {}): StreamedText => ({
  delta: `response.${of}.delta`,
  done: `response.${of}.done`,
  field,
  ...more,
});

/** The texts of the dialect that come in deltas. */
export const streamedTexts: readonly StreamedText[] = [
  text('output_text', 'text', { index: 'content_index', part: 'output_text' }),
  text('refusal', 'refusal', { index: 'content_index', part: 'refusal' }),
  text('reasoning_text', 'text', { index: 'content_index' }),
  text('reasoning_summary_text', 'text', { index: 'summary_index', part: 'summary_text' }),
  text('function_call_arguments', 'arguments'),
  text('custom_tool_call_input', 'input'),
  text('mcp_call_arguments', 'arguments'),
  text('code_interpreter_call_code', 'code'),
];
