import type { Capabilities } from '@tapgate/core';

/** What may be said of a model at a server of this dialect. */
export type ChatCapability =
  | 'systemRole'
  | 'midSystem'
  | 'alternates'
  | 'prefill'
  | 'prefillField'
  | 'contentForm'
  | 'toolContentForm'
  | 'nullContent'
  | 'images'
  | 'imageUrls'
  | 'toolImages'
  | 'files'
  | 'fileUrls'
  | 'fileIds'
  | 'audio'
  | 'video'
  | 'cacheMarks'
  | 'tools'
  | 'parallelTools'
  | 'strictTools'
  | 'customTools'
  | 'webSearch'
  | 'state'
  | 'toolChoice'
  | 'toolIdPattern'
  | 'jsonSchema'
  | 'jsonObject'
  | 'modalities'
  | 'n'
  | 'logprobs'
  | 'verbosity'
  | 'maxTokensField'
  | 'maxOutputTokens'
  | 'sampling'
  | 'temperatureMax'
  | 'topK'
  | 'minP'
  | 'repetitionPenalty'
  | 'penalties'
  | 'seed'
  | 'logitBias'
  | 'stop'
  | 'maxStop'
  | 'reasoningIn'
  | 'efforts'
  | 'reasoningReplay'
  | 'reasoningOut'
  | 'extraContent'
  | 'reasoningTokens'
  | 'streamOptions'
  | 'drops'
  | 'renames'
  | 'embeddingsEncoding'
  | 'normalise';

/** One line of the table: what a capability is, and what it means when it is there. */
export interface CapabilityRow {
  readonly type: 'boolean' | 'integer' | 'number' | 'string' | 'list';
  /** The values it may have, or its items where it is a list; absent is any. */
  readonly values?: readonly string[];
  readonly description: string;
}

const flag = (description: string): CapabilityRow => ({ type: 'boolean', description });
const oneOf = (values: readonly string[], description: string): CapabilityRow => ({
  type: 'string',
  values,
  description,
});

/**
 * Every capability and quirk this dialect consults, and what each means. One that is absent is taken as "can do it, the
 * usual way", unless its sentence says otherwise. The documentation and the options of the generic provider are made from it.
 */
export const chatCapabilities: Readonly<Record<ChatCapability, CapabilityRow>> = {
  systemRole: oneOf(
    ['system', 'developer', 'user'],
    'Role that instructions are sent under. Absent: the one the client used, or "system".',
  ),
  midSystem: flag('Whether instructions may stand after the beginning. False: they are wrapped into a user message.'),
  alternates: flag(
    'Whether user and assistant must alternate: neighbours of one role are then merged. Absent is false.',
  ),
  prefill: flag('Whether a last message of the assistant is continued.'),
  prefillField: {
    type: 'string',
    description: 'Field that marks a last message of the assistant as one to continue, such as "prefix".',
  },
  contentForm: oneOf(['parts', 'string'], 'Whether a content may be a list of parts. "string": texts are joined.'),
  toolContentForm: oneOf(['parts', 'string'], "The same for tools' results alone."),
  nullContent: flag('Whether a content may be null beside tool calls. False: it is an empty text.'),
  images: flag('Whether images are taken.'),
  imageUrls: flag('Whether images are taken by address. False: as data only.'),
  toolImages: flag("Whether images and files are taken in tools' results; by default they follow in a user message."),
  files: flag('Whether files such as PDFs are taken.'),
  fileUrls: flag('Whether files are taken by address. Absent is false.'),
  fileIds: flag('Whether files are taken by the id they were uploaded under.'),
  audio: flag('Whether audio is taken.'),
  video: flag('Whether video is taken.'),
  cacheMarks: oneOf(
    ['cache_control', 'prompt_cache_breakpoint', 'none'],
    'How the end of a cached prompt is marked. Absent: "cache_control".',
  ),
  tools: flag('Whether tools may be offered.'),
  parallelTools: flag('Whether calls in parallel can be switched off.'),
  strictTools: flag('Whether a tool may be strict.'),
  customTools: flag('Whether tools with free text as their argument are known. False: they are offered as functions.'),
  webSearch: flag(
    'Whether "web_search_options" is known, so that another dialect’s web search can be asked for by it. Absent is false.',
  ),
  state: flag('Whether earlier answers can be named instead of being sent again; the Responses dialect asks.'),
  toolChoice: {
    type: 'list',
    values: ['auto', 'none', 'required', 'any', 'named', 'allowed'],
    description: 'Which choices of a tool can be asked for. "any" is another word for "required".',
  },
  toolIdPattern: {
    type: 'string',
    description:
      'Regular expression that ids of tool calls must match; others are replaced, the same way in every turn.',
  },
  jsonSchema: oneOf(
    ['json_schema', 'json_object', 'guided_json', 'none'],
    'How an answer by a schema is asked for. "json_object": as JSON without the schema.',
  ),
  jsonObject: flag('Whether an answer in JSON can be asked for.'),
  modalities: flag('Whether answers other than text can be asked for.'),
  n: { type: 'integer', description: 'How many answers to one request may be asked for.' },
  logprobs: flag('Whether the probabilities of tokens can be asked for.'),
  verbosity: flag('Whether "verbosity" is known.'),
  maxTokensField: oneOf(
    ['max_tokens', 'max_completion_tokens'],
    'Field for the limit of tokens. Absent: the one the client used, or "max_tokens".',
  ),
  maxOutputTokens: {
    type: 'integer',
    description: 'The largest limit of tokens that is taken; a larger one is lowered.',
  },
  sampling: flag('Whether temperature and top_p are taken. False: models that reason.'),
  temperatureMax: { type: 'number', description: 'The highest temperature that is taken; a higher one is lowered.' },
  topK: flag('Whether "top_k" is known.'),
  minP: flag('Whether "min_p" is known.'),
  repetitionPenalty: flag('Whether "repetition_penalty" is known.'),
  penalties: flag('Whether presence and frequency penalties are taken.'),
  seed: flag('Whether a seed is taken.'),
  logitBias: flag('Whether biases of tokens are taken.'),
  stop: flag('Whether stop sequences are taken.'),
  maxStop: { type: 'integer', description: 'How many stop sequences are taken.' },
  reasoningIn: oneOf(
    [
      'effort',
      'reasoning-object',
      'thinking-type',
      'enable-thinking',
      'chat-template-kwargs',
      'chat-template-args',
      'prompt-mode',
      'none',
    ],
    'How a model is told to think. Absent: the way the client used, or "effort".',
  ),
  efforts: {
    type: 'list',
    description:
      'Which efforts of thinking are known, "none" among them if it can be switched off; others become the nearest.',
  },
  reasoningReplay: oneOf(
    ['required', 'accepted', 'rejected'],
    'Whether earlier thinking is sent back: "required" where a model needs it within a loop of tools.',
  ),
  reasoningOut: oneOf(
    ['reasoning_content', 'reasoning', 'reasoning_details', 'content-array', 'think-tags', 'think-tags-implied'],
    'Where thinking stands in answers and in the history. "think-tags" splits it off the text; "-implied" where the first tag is missing.',
  ),
  extraContent: flag(
    'Whether signatures of Gemini are taken, in "extra_content" beside a tool call; by default of models so named.',
  ),
  reasoningTokens: oneOf(
    ['included', 'extra'],
    'Whether the tokens of thinking are among the completion tokens. Absent: told by the sum.',
  ),
  streamOptions: flag('Whether "stream_options" is known.'),
  normalise: flag(
    'Whether answers are written anew for clients of this dialect too, because official clients do not take them as they are. Absent is false.',
  ),
  drops: { type: 'list', description: 'Top-level fields that are left out.' },
  renames: { type: 'list', description: 'Top-level fields that have another name, as "seed:random_seed".' },
  embeddingsEncoding: oneOf(
    ['float', 'both'],
    '"float" where embeddings come as numbers alone: base64 is then made by the gateway.',
  ),
};

/** False only where the target says that it cannot. */
export function can(able: Capabilities, name: ChatCapability): boolean {
  return able[name] !== false;
}

/** A capability that is a word. */
export function wordOf(able: Capabilities, name: ChatCapability): string | undefined {
  const value = able[name];
  return typeof value === 'string' ? value : undefined;
}

/** A capability that is a number. */
export function numberOf(able: Capabilities, name: ChatCapability): number | undefined {
  const value = able[name];
  return typeof value === 'number' ? value : undefined;
}

/** A capability that is a list. */
export function listOf(able: Capabilities, name: ChatCapability): readonly string[] | undefined {
  const value = able[name];
  return typeof value === 'object' ? value : undefined;
}
