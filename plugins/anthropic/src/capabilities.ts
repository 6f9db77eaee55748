/** One line of the table: what a capability is, and what it means when it is there. */
export interface CapabilityRow {
  readonly type: 'boolean' | 'integer' | 'string' | 'list';
  /** The values it may have, or its items where it is a list; absent is any. */
  readonly values?: readonly string[];
  readonly description: string;
}

/**
 * Every capability this dialect consults when it writes a request, and what each means. One that is absent is taken as
 * "can do it", unless its sentence says otherwise; of a Claude model the table `claudeAbilities` knows it by its name.
 */
export const messagesCapabilities: Readonly<Record<string, CapabilityRow>> = {
  maxOutputTokens: {
    type: 'integer',
    description: 'The largest limit of tokens that is taken, and the one that is sent where the client names none.',
  },
  reasoning: { type: 'boolean', description: 'Whether the model can think.' },
  thinkingModes: {
    type: 'list',
    values: ['enabled', 'adaptive', 'disabled'],
    description: 'Types of `thinking` that are taken: by a budget, by the model’s own choice, none.',
  },
  thinkingDefault: {
    type: 'string',
    values: ['on', 'off'],
    description: 'What a model does that is not told whether to think.',
  },
  efforts: {
    type: 'list',
    description: 'Efforts that are known; others become the nearest. Absent: low, medium, high.',
  },
  sampling: { type: 'boolean', description: 'Whether temperature, top_p and top_k are taken.' },
  temperatureAndTopP: { type: 'boolean', description: 'Whether the two are taken together.' },
  midSystem: {
    type: 'boolean',
    description:
      'Whether a system message may stand behind a user’s. Absent is false: it is marked text in a user message.',
  },
  prefill: { type: 'boolean', description: 'Whether a last message of the assistant is continued.' },
  jsonSchema: { type: 'boolean', description: 'Whether an answer can be held to a schema, and a tool be strict.' },
  webSearch: { type: 'boolean', description: 'Whether the vendor’s own web search can stand for another one.' },
  images: { type: 'boolean', description: 'Whether images are taken.' },
  files: { type: 'boolean', description: 'Whether PDFs are taken.' },
  anthropicVersion: { type: 'string', description: 'API version for clients that name none. Absent: 2023-06-01.' },
  betas: { type: 'list', description: 'Betas of every request, beside the client’s.' },
  betasAllowed: {
    type: 'list',
    description: 'The only betas that are sent, `*` at the end for any ending. Absent: all.',
  },
};
