import type { Timeouts } from '@tapgate/core';

/** Options of the plugin `ai-sdk`. */
export interface AiSdkOptions {
  readonly package: string;
  readonly factory?: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly providerOptions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly origins?: readonly string[];
  readonly models?: readonly string[];
  readonly allowPrivate: readonly string[];
  readonly timeouts: Partial<Timeouts>;
}

/** Settings by which packages of the AI SDK are given a credential. */
const secretSettings: Readonly<Record<string, string>> = {
  apiKey: 'The key. Absent: the package looks for its usual variable itself.',
  authToken: 'A bearer token, where the package takes one instead of a key.',
  accessKeyId: 'The name of an access key.',
  secretAccessKey: 'The secret of an access key.',
  sessionToken: 'The token of a temporary access key.',
};

const milliseconds = { type: 'number', minimum: 0 };

/** Its JSON Schema. */
export const schema: object = {
  type: 'object',
  properties: {
    package: {
      type: 'string',
      minLength: 1,
      description: 'The installed package, such as `@ai-sdk/mistral`, found from the folder of the config.',
    },
    factory: {
      type: 'string',
      minLength: 1,
      description: "The export that makes the provider. By default the package's only export `create…`.",
    },
    settings: {
      type: 'object',
      properties: {
        baseURL: { type: 'string', minLength: 1, description: "The address, where it is not the package's own." },
        headers: {
          type: 'object',
          additionalProperties: { type: 'string', secret: true },
          description: 'Headers of every request, by name.',
        },
        ...Object.fromEntries(
          Object.entries(secretSettings).map(([name, description]) => [
            name,
            { type: 'string', minLength: 1, secret: true, description },
          ]),
        ),
      },
      additionalProperties: { description: 'Any other setting that the package takes.' },
      default: {},
      description: 'What the factory is given: `apiKey`, `baseURL`, `headers` and whatever else it takes.',
    },
    providerOptions: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: { description: 'An option of that package.' },
      },
      default: {},
      description: "The AI SDK's `providerOptions` of every request, by the name that the package calls itself.",
    },
    origins: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      minItems: 1,
      description:
        'The origins that the package may ask, such as `https://api.example.com`. By default the one that it would ask first.',
    },
    models: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: 'Models to list. Others are served as well.',
    },
    allowPrivate: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description:
        'CIDR blocks or host names in private address space that it may reach, beside the host of `baseURL`.',
    },
    timeouts: {
      type: 'object',
      properties: {
        connectMs: { ...milliseconds, description: 'To have a connection, milliseconds.' },
        firstEventMs: { ...milliseconds, description: "To the answer's first byte, milliseconds." },
        idleMs: { ...milliseconds, description: 'Between two chunks of the answer, milliseconds.' },
        totalMs: { ...milliseconds, description: 'For the whole answer, milliseconds.' },
      },
      additionalProperties: false,
      default: {},
      description: "Times that differ from the gateway's own.",
    },
  },
  required: ['package'],
  additionalProperties: false,
};
