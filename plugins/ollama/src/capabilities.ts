/** One line of the table: what a capability is, and what it means when it is there. */
export interface CapabilityRow {
  readonly type: 'boolean' | 'integer' | 'string' | 'list';
  /** The values it may have, or its items where it is a list; absent is any. */
  readonly values?: readonly string[];
  readonly description: string;
}

/** Every capability this dialect consults when it writes a request. One that is absent is taken as "can do it". */
export const ollamaCapabilities: Readonly<Record<string, CapabilityRow>> = {
  reasoning: { type: 'boolean', description: 'Whether the model can think.' },
  images: { type: 'boolean', description: 'Whether images are taken.' },
  tools: { type: 'boolean', description: 'Whether tools may be offered.' },
  think: {
    type: 'string',
    values: ['true', 'false', 'low', 'medium', 'high', 'max'],
    description: 'How it thinks where a request does not say so.',
  },
  numCtx: { type: 'integer', description: 'Length of the context, tokens, where a request does not say so.' },
  keepAlive: { type: 'string', description: 'How long it stays in memory where a request does not say so.' },
};
