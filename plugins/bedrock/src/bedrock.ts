import { defined, definePlugin, type Plugin, type Secret, type Timeouts } from '@tapgate/core';
import { bedrockConverse } from './bedrock-converse.ts';
import { knownBetas } from './betas.ts';
import { createBedrockProvider, type Guardrail } from './provider/bedrock-provider.ts';
import type { AccessKey } from './provider/sign-request.ts';

/** A credential: an API key, or an access key that requests are signed with. */
export interface BedrockCredential {
  readonly apiKey?: Secret;
  readonly accessKeyId?: Secret;
  readonly secretAccessKey?: Secret;
  readonly sessionToken?: Secret;
}

/** Options of the plugin `bedrock`. */
export interface BedrockOptions extends BedrockCredential {
  readonly region: string;
  readonly credentials?: Readonly<Record<string, BedrockCredential>>;
  readonly baseUrl?: string;
  readonly anthropic: 'invoke' | 'converse';
  readonly standsFor?: Readonly<Record<string, string>>;
  readonly betas?: readonly string[];
  readonly betasAllowed?: readonly string[];
  readonly guardrail?: Guardrail;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

/** A credential as it may be written in code. */
type Written = { readonly [Key in keyof BedrockCredential]: string | Secret };

declare module '@tapgate/core' {
  interface PluginOptions {
    bedrock: Partial<Omit<BedrockOptions, keyof BedrockCredential | 'credentials'>> &
      Written & { readonly credentials?: Readonly<Record<string, Written>> };
  }
}

const milliseconds = (description: string): object => ({ type: 'integer', minimum: 0, description });
const secret = (description: string, variable?: string): object => ({
  type: 'string',
  secret: true,
  minLength: 1,
  ...(variable !== undefined && { default: `\${${variable}:-}` }),
  description,
});

const schema = {
  type: 'object',
  properties: {
    region: {
      type: 'string',
      pattern: '^[a-z0-9-]+$',
      default: '${AWS_REGION:-us-east-1}',
      description: 'Region that is asked, and that signatures are made for.',
    },
    apiKey: secret('API key of Bedrock, sent as `authorization: Bearer …`.', 'AWS_BEARER_TOKEN_BEDROCK'),
    accessKeyId: secret('Id of an access key that signs requests, where there is no API key.', 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: secret('Its secret.', 'AWS_SECRET_ACCESS_KEY'),
    sessionToken: secret('Its session, where it is a temporary one.', 'AWS_SESSION_TOKEN'),
    credentials: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          apiKey: secret('API key.'),
          accessKeyId: secret('Id of an access key.'),
          secretAccessKey: secret('Its secret.'),
          sessionToken: secret('Its session.'),
        },
        anyOf: [{ required: ['apiKey'] }, { required: ['accessKeyId', 'secretAccessKey'] }],
        additionalProperties: false,
      },
      description: 'Further credentials by name, each a target of its own: `bedrock/amazon.nova-pro-v1:0#name`.',
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      description: 'Another origin than the region’s own, such as an endpoint in your network.',
    },
    anthropic: {
      enum: ['invoke', 'converse'],
      default: 'invoke',
      description:
        'How Claude is asked. `invoke`: in the words of its own API, if `@tapgate/anthropic` is loaded; nothing of it is lost then. `converse`: like all other models.',
    },
    standsFor: {
      type: 'object',
      additionalProperties: { type: 'string', minLength: 1 },
      description:
        'Ids that do not say which model they are of, such as ARNs of profiles, each with the id of that model.',
    },
    betas: {
      type: 'array',
      items: { type: 'string' },
      description: 'Betas of every request to Claude, beside those the client names.',
    },
    betasAllowed: {
      type: 'array',
      items: { type: 'string' },
      description: `The only betas that are sent, \`*\` at the end for any ending; by default the ${knownBetas.length} that Bedrock is known to take.`,
    },
    guardrail: {
      type: 'object',
      properties: {
        identifier: { type: 'string', minLength: 1, description: 'Its id or ARN.' },
        version: { type: 'string', minLength: 1, default: 'DRAFT', description: 'Its version.' },
        trace: { type: 'boolean', default: false, description: 'Whether answers tell what it found.' },
      },
      required: ['identifier'],
      additionalProperties: false,
      description: 'A guardrail for every request, which no client can leave out.',
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
  },
  additionalProperties: false,
} as const;

/** Amazon Bedrock as a provider: every model by the Converse API, and Claude by its own. */
export const bedrock: Plugin<BedrockOptions> = definePlugin<BedrockOptions>({
  name: 'bedrock',
  apiVersion: 1,
  schema,
  apply(gateway, options, { id }) {
    gateway.dialect(bedrockConverse);
    const credentials = credentialsOf(options);
    if (Object.keys(credentials).length === 0 && options.baseUrl === undefined) {
      gateway.log.warn(
        { plugin: id },
        'no credential, so no provider: give an API key, or an access key and its secret',
      );
      return;
    }
    const { region, baseUrl, anthropic, standsFor = {}, betas, betasAllowed, guardrail, models, timeouts } = options;
    const told = defined({ baseUrl, betas, betasAllowed, guardrail, models, timeouts });
    gateway.provider(createBedrockProvider(gateway, { name: id, region, credentials, anthropic, standsFor, ...told }));
  },
});

function credentialsOf({ credentials = {}, ...first }: BedrockOptions): Readonly<Record<string, AccessKey | Secret>> {
  const found: Record<string, AccessKey | Secret> = {};
  for (const [name, credential] of Object.entries({ default: first, ...credentials })) {
    const usable = usableOf(credential);
    if (usable !== undefined) found[name] = usable;
  }
  return found;
}

/** An API key is made for this place, and goes before an access key that may be for others. */
function usableOf({
  apiKey,
  accessKeyId,
  secretAccessKey,
  sessionToken,
}: BedrockCredential): AccessKey | Secret | undefined {
  if (apiKey !== undefined) return apiKey;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
}
