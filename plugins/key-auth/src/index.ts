import {
  defineErrors,
  definePlugin,
  type ErrorTable,
  type Exchange,
  type Plugin,
  type Secret,
  stage,
} from '@tapgate/core';
import { hashKey, keyId, sameHash } from './key.ts';
import { Tries } from './tries.ts';

export { commands } from './create-command.ts';
export { createKey, hashKey, type NewKey } from './key.ts';

/** What is stored of one key. */
export interface StoredKey {
  readonly id: string;
  readonly hash: string;
  readonly owner: string;
  readonly tenant?: string;
  readonly models?: readonly string[];
  readonly dialects?: readonly string[];
  readonly expires?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Options of the plugin `key-auth`. */
export interface KeyAuthOptions {
  readonly pepper: Secret;
  readonly keys: readonly StoredKey[];
  readonly maxTriesPerMinute: number;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    'key-auth': {
      readonly pepper?: string | Secret;
      readonly keys: readonly StoredKey[];
      readonly maxTriesPerMinute?: number;
    };
  }
  interface ExchangeState {
    /** The key that admitted the caller; it may be absent, whatever else admits. */
    key?: StoredKey;
  }
}

/** The errors this plugin says. One code for every key that is not good, so that an answer tells nothing about the others. */
export const errors: ErrorTable<'KEY_INVALID' | 'KEY_TRIES' | 'KEY_MODEL' | 'KEY_DIALECT'> = defineErrors({
  KEY_INVALID: [401, 'This key is not valid here: it is unknown, withdrawn or expired. Ask for another.'],
  KEY_TRIES: [429, 'Too many wrong keys came from this address: wait a minute.', 'retryable'],
  KEY_MODEL: [403, 'This key may not use the model "{model}": it may use {models}.'],
  KEY_DIALECT: [403, 'This key may not speak {dialect}: it may speak {dialects}.'],
});

const nobody = '0'.repeat(64);

/** Admits callers by keys from the config. */
const keyAuth: Plugin<KeyAuthOptions> = definePlugin<KeyAuthOptions>({
  name: 'key-auth',
  apiVersion: 1,
  admits: true,
  schema: {
    type: 'object',
    properties: {
      pepper: {
        type: 'string',
        secret: true,
        minLength: 16,
        default: '${TAPGATE_KEY_PEPPER}',
        description:
          'The secret under which keys are hashed, at least 16 characters. Whoever has the config but not this cannot test a key.',
      },
      keys: {
        type: 'array',
        description: 'The keys, as `tapgate keys create` prints them.',
        items: {
          type: 'object',
          properties: {
            id: { type: 'string', pattern: '^[A-Za-z0-9]{8}$', description: 'The part of the key that may be seen.' },
            hash: {
              type: 'string',
              pattern: '^[0-9a-f]{64}$',
              description: 'HMAC-SHA-256 of the whole key under the pepper, in hex.',
            },
            owner: {
              type: 'string',
              minLength: 1,
              description: 'Who the caller is: the id in logs, limits and budgets.',
            },
            tenant: {
              type: 'string',
              minLength: 1,
              description: 'The wall that no cache crosses; by default the owner.',
            },
            models: {
              type: 'array',
              items: { type: 'string' },
              description: 'Models it may ask for, `*` at the end for the rest; by default all.',
            },
            dialects: {
              type: 'array',
              items: { type: 'string' },
              description: 'Dialects it may speak; by default all.',
            },
            expires: { type: 'string', description: 'The moment from which it is not valid any more, ISO 8601.' },
            labels: {
              type: 'object',
              additionalProperties: { type: 'string' },
              description: 'What plugins may know of its caller.',
            },
          },
          required: ['id', 'hash', 'owner'],
          additionalProperties: false,
        },
      },
      maxTriesPerMinute: {
        type: 'integer',
        minimum: 1,
        default: 20,
        description: 'Wrong keys from one address in a minute before it is told to wait.',
      },
    },
    required: ['keys', 'pepper'],
    additionalProperties: false,
  },
  apply(gateway, { pepper, keys, maxTriesPerMinute }) {
    const byId = new Map(keys.map((key) => [key.id, key]));
    const tries = gateway.share('key-auth:tries', () => Object.assign(new Tries(maxTriesPerMinute), { close() {} }));

    gateway.hooks.beforeRoute.tap({ name: 'key-auth', stage: stage.admit }, (exchange) => {
      const credential = exchange.credential?.reveal();
      const id = credential === undefined ? undefined : keyId(credential);
      if (credential === undefined || id === undefined) return;
      const waitMs = tries.waitMs(exchange.address);
      if (waitMs > 0) throw errors.KEY_TRIES({}, { retryAfterMs: waitMs });
      const key = byId.get(id);
      // The same work for an id that is unknown, so that time does not tell which ids exist.
      const same = sameHash(hashKey(credential, pepper.reveal()), key?.hash ?? nobody);
      if (key === undefined || !same || expired(key)) {
        tries.fail(exchange.address);
        throw errors.KEY_INVALID();
      }
      exchange.state.key = key;
      exchange.admit({
        id: key.owner,
        tenant: key.tenant ?? key.owner,
        labels: key.labels ?? {},
        claims: { keyId: key.id },
      });
    });

    gateway.hooks.beforeRoute.tap({ name: 'key-auth', stage: stage.limit }, (exchange) => allow(exchange));
  },
});

export default keyAuth;

function expired(key: StoredKey): boolean {
  return key.expires !== undefined && !(Date.parse(key.expires) > Date.now());
}

/** What the key may do. The name asked for counts, not what it is routed to. */
function allow(exchange: Exchange): void {
  const { key } = exchange.state;
  if (key === undefined) return;
  const { model, dialect } = exchange;
  if (key.models !== undefined && model !== '' && !key.models.some((pattern) => fits(pattern, model))) {
    throw errors.KEY_MODEL({ model: model.slice(0, 200), models: key.models.join(', ') });
  }
  if (key.dialects !== undefined && !key.dialects.includes(dialect)) {
    throw errors.KEY_DIALECT({ dialect, dialects: key.dialects.join(', ') });
  }
}

function fits(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}
