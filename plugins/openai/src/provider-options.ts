import type { Secret, Timeouts } from '@tapgate/core';

/** Options that every provider of this API has. */
export interface ApiProviderOptions {
  readonly apiKey?: Secret;
  readonly credentials?: Readonly<Record<string, Secret>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sealRealm?: string;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });

/** Their schema, without `apiKey`, whose default each provider has of its own. */
export const providerProperties: {
  readonly credentials: object;
  readonly headers: object;
  readonly sealRealm: object;
  readonly models: object;
  readonly timeouts: object;
} = {
  credentials: {
    type: 'object',
    additionalProperties: { type: 'string', secret: true, minLength: 1 },
    description: 'Further keys by name, each a target of its own: `provider/model#name`.',
  },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Headers of every request.',
  },
  sealRealm: {
    type: 'string',
    minLength: 1,
    description:
      'Providers with the same word here take one another’s encrypted thinking, such as two of one organisation; by default none does, and no other key of this one.',
  },
  models: {
    type: 'array',
    items: { type: 'string' },
    description: 'Models to list to clients. Others can be asked for as well.',
  },
  timeouts: {
    type: 'object',
    properties: {
      connectMs: milliseconds('Until the connection is there.'),
      firstEventMs: milliseconds('From the request to the first byte of the answer.'),
      idleMs: milliseconds('Between two chunks of an answer.'),
      totalMs: milliseconds('For the whole answer.'),
    },
    additionalProperties: false,
    description: 'How long to wait, milliseconds, 0 for ever; by default as the gateway does.',
  },
};

/** The schema of an API key that is in the environment under this name, unless the options say another. */
export function apiKeySchema(variable: string | undefined): object {
  return {
    type: 'string',
    secret: true,
    minLength: 1,
    ...(variable !== undefined && { default: `\${${variable}:-}` }),
    description: 'API key, sent as `authorization: Bearer …`.',
  };
}

/** All keys by name, the first one first. */
export function credentialsOf({ apiKey, credentials }: ApiProviderOptions): Readonly<Record<string, Secret>> {
  return { ...(apiKey && { default: apiKey }), ...credentials };
}
