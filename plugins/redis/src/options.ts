import type { Secret } from '@tapgate/core';

/** Options of the plugin `redis`. */
export interface RedisOptions {
  readonly url: Secret;
  readonly username?: string;
  readonly password?: Secret;
  readonly database?: number;
  readonly tls?: TlsOptions;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly failures: number;
  readonly connectTimeoutMs: number;
  readonly required: boolean;
}

/** How a server of `rediss:` is trusted, and trusts this client. Files are PEM. */
export interface TlsOptions {
  readonly certificateAuthorities?: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    redis: {
      readonly url?: string | Secret;
      readonly username?: string;
      readonly password?: string | Secret;
      readonly database?: number;
      readonly tls?: TlsOptions;
      readonly prefix?: string;
      readonly timeoutMs?: number;
      readonly failures?: number;
      readonly connectTimeoutMs?: number;
      readonly required?: boolean;
    };
  }
}

const text = (description: string): object => ({ type: 'string', minLength: 1, description });

const tls = {
  type: 'object',
  description: 'For "rediss://": how the server is trusted, and trusts this client. No option turns verification off.',
  properties: {
    certificateAuthorities: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      description: 'PEM files of authorities that are trusted beside those that Node knows.',
    },
    certificate: text('PEM file of this client’s own certificate, where the server asks for one.'),
    key: text('PEM file of its key.'),
    serverName: text('The name that the server’s certificate is for, where it is not that of the URL.'),
  },
  dependentRequired: { certificate: ['key'], key: ['certificate'] },
  additionalProperties: false,
};

/** The schema of the options. */
export const schema: object = {
  type: 'object',
  properties: {
    url: {
      type: 'string',
      secret: true,
      minLength: 1,
      default: '${REDIS_URL}',
      description:
        'redis://user:password@host:6379/0, or rediss:// with TLS. User, password and database may be left out.',
    },
    username: text('The user, where the URL does not say.'),
    password: { ...text('The password, where the URL does not say.'), secret: true },
    database: { type: 'integer', minimum: 0, description: 'The database, where the URL does not say.' },
    tls,
    prefix: {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      default: 'tapgate:',
      description:
        'What every key begins with. Gateways with the same prefix share their counts. A hash tag, "{tapgate}:", keeps all keys in one slot.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 1,
      default: 50,
      description: 'How long one command may take before it counts as failed.',
    },
    failures: {
      type: 'integer',
      minimum: 1,
      default: 5,
      description:
        'Commands in a row that are late before none is sent any more, until the server answers in time again.',
    },
    connectTimeoutMs: {
      type: 'integer',
      minimum: 1,
      default: 2000,
      description: 'How long connecting may take, and how long a connection may be silent before it is given up.',
    },
    required: {
      type: 'boolean',
      default: false,
      description: 'Makes the gateway not ready while the server is away, so that a balancer sends requests to others.',
    },
  },
  required: ['url', 'prefix', 'timeoutMs', 'failures', 'connectTimeoutMs', 'required'],
  additionalProperties: false,
};
