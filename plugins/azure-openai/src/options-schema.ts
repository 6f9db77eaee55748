import { moreQuirksSchema, providerProperties } from '@tapgate/openai';

const secret = (description: string, variable?: string): object => ({
  type: 'string',
  secret: true,
  minLength: 1,
  ...(variable !== undefined && { default: `\${${variable}:-}` }),
  description,
});
const name = (description: string, variable: string): object => ({
  type: 'string',
  pattern: '^[\\w.-]+$',
  default: `\${${variable}:-}`,
  description,
});
const address = (description: string, variable: string): object => ({
  type: 'string',
  format: 'uri',
  default: `\${${variable}:-}`,
  description,
});

const entra = {
  type: 'object',
  properties: {
    by: {
      enum: ['client-secret', 'workload-identity', 'managed-identity'],
      description:
        'How it is proven: by `clientSecret`; by the token in `tokenFile`, as in Kubernetes; or by the machine or app the gateway runs on.',
    },
    tenantId: name('Its tenant.', 'AZURE_TENANT_ID'),
    clientId: name('Its application; of managed identities the one that is not the machine’s own.', 'AZURE_CLIENT_ID'),
    clientSecret: secret('Its secret.', 'AZURE_CLIENT_SECRET'),
    tokenFile: {
      type: 'string',
      minLength: 1,
      default: '${AZURE_FEDERATED_TOKEN_FILE:-}',
      description: 'File with the cluster’s token of this workload, which is read anew for each token.',
    },
    identityUrl: address(
      'Where managed identities are, if not at the metadata service of the machine.',
      'IDENTITY_ENDPOINT',
    ),
    identityHeader: secret('What App Service and Container Apps want to be told there.', 'IDENTITY_HEADER'),
    authority: address('Where tokens are given, if not where the resource’s cloud gives them.', 'AZURE_AUTHORITY_HOST'),
    scope: { type: 'string', minLength: 1, description: 'What a token is for, if not for the models of that cloud.' },
  },
  required: ['by'],
  additionalProperties: false,
  description: 'An identity in Microsoft Entra ID, in the place of `apiKey`.',
};

/** The options of the plugin. */
export const schema: object = {
  type: 'object',
  properties: {
    resource: {
      type: 'string',
      pattern: '^[A-Za-z0-9-]+$',
      description: 'Name of the resource: it is at `https://NAME.openai.azure.com`.',
    },
    baseUrl: address(
      'Its whole address where that is another: `https://NAME.services.ai.azure.com`, a sovereign cloud, or what stands before it.',
      'AZURE_OPENAI_ENDPOINT',
    ),
    apiKey: secret('API key, sent as `api-key`.', 'AZURE_OPENAI_API_KEY'),
    entra,
    credentials: providerProperties.credentials,
    apiVersion: {
      type: 'string',
      pattern: '^(v1|preview|latest|\\d{4}-\\d{2}-\\d{2}(-preview)?)$',
      description:
        'Version of the API. A date is one with the deployment in the path; without any it is the v1 API, as it is generally available.',
    },
    dialects: {
      type: 'array',
      items: { enum: ['openai-chat', 'openai-responses'] },
      minItems: 1,
      description:
        'What it is asked in, the one to translate to first; by default both, and with a date for `apiVersion` the first alone.',
    },
    deployments: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          model: { type: 'string', minLength: 1, description: 'The model behind it, such as `gpt-5.2`.' },
          quirks: moreQuirksSchema,
        },
        additionalProperties: false,
      },
      description: 'Deployments whose names do not say what they can do, each with its model.',
    },
    headers: providerProperties.headers,
    models: providerProperties.models,
    timeouts: providerProperties.timeouts,
  },
  additionalProperties: false,
};
