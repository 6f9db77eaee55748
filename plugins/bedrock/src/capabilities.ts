/** One line of the table: what a capability is, and what it means when it is there. */
export interface CapabilityRow {
  readonly type: 'boolean' | 'integer' | 'string' | 'list';
  /** The values it may have, or its items where it is a list; absent is any. */
  readonly values?: readonly string[];
  readonly description: string;
}

const flag = (description: string): CapabilityRow => ({ type: 'boolean', description });

/**
 * Every capability this dialect consults when it writes a request, and what each means. One that is absent is taken as
 * "can do it", unless its sentence says otherwise; of the models of Bedrock the table `modelAbilities` knows it by their ids.
 */
export const converseCapabilities: Readonly<Record<string, CapabilityRow>> = {
  model: { type: 'string', description: 'The model’s id, for the origin of what it signs: answers do not name it.' },
  vendor: { type: 'string', description: 'Who made the model: what it signs goes back to models of the same maker.' },
  system: flag('Whether there is a system prompt. False: it is marked text in the first message.'),
  tools: flag('Whether tools may be offered.'),
  toolChoice: {
    type: 'list',
    values: ['auto', 'any', 'tool'],
    description: 'Which choices of a tool can be asked for.',
  },
  parallelTools: flag('Whether calls in parallel can be switched off, in Claude’s words. Absent is false.'),
  noneChoice: flag('Whether calls can be forbidden, in Claude’s words. Absent is false: calls are then told as text.'),
  toolIdPattern: {
    type: 'string',
    description: 'Regular expression that ids of calls must match; others are replaced, the same way in every turn.',
  },
  images: flag('Whether images are taken.'),
  files: flag('Whether documents are taken.'),
  video: flag('Whether video is taken.'),
  audio: flag('Whether audio is taken.'),
  caching: flag('Whether the end of a cached prompt can be marked. Absent is false.'),
  cachedTools: flag('Whether tools can be.'),
  cacheHour: flag('Whether a mark can live an hour. Absent is false.'),
  prefill: flag('Whether a last message of the assistant is continued. Absent is false.'),
  jsonSchema: flag('Whether an answer can be held to a schema, and a tool be strict.'),
  maxOutputTokens: { type: 'integer', description: 'The largest limit of tokens that is taken.' },
  sampling: flag('Whether temperature, top_p and top_k are taken.'),
  temperatureAndTopP: flag('Whether the two are taken together.'),
  topKField: {
    type: 'string',
    description: 'The model’s own field for top_k. Absent: it has none.',
  },
  stopField: flag('Whether the model tells in a field of its own which stop sequence it was. Absent is false.'),
  reasoningIn: {
    type: 'string',
    values: ['thinking', 'adaptive', 'reasoning-config', 'effort', 'none'],
    description: 'How the model is told to think. Absent: it is not known.',
  },
  efforts: { type: 'list', description: 'Efforts that are known; others become the nearest.' },
  betas: { type: 'list', description: 'Betas of every request to Claude, beside the client’s.' },
  betasAllowed: {
    type: 'list',
    description: 'The only betas that are sent, `*` at the end for any ending. Absent: those Bedrock is known to take.',
  },
};
