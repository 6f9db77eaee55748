import { type PriorityRules, prioritySchema } from '@tapgate/core';

/** Options of the plugin `queue`. */
export interface QueueOptions {
  readonly maxWaiting: number;
  readonly maxPerKey: number;
  readonly maxWaitMs: number;
  readonly fairBy: 'tenant' | 'caller' | 'address';
  readonly weights: Readonly<Record<string, number>>;
  readonly priority: PriorityRules;
  readonly concurrency: number | Readonly<Record<string, number>>;
}

const places = { type: 'integer', minimum: 1 } as const;

/** JSON Schema of the options, with their defaults. */
export const schema: object = {
  type: 'object',
  properties: {
    maxWaiting: {
      ...places,
      default: 256,
      description:
        'Requests that may wait at a time. One more takes the place of a less important one, or of one whose key has more waiting; else it is refused.',
    },
    maxPerKey: { ...places, default: 64, description: 'Those of them under one key.' },
    maxWaitMs: {
      type: 'integer',
      minimum: 1,
      default: 60_000,
      description:
        'The longest that one request waits in all, never beyond its deadline. What is known to take longer is refused at once.',
    },
    fairBy: {
      type: 'string',
      enum: ['tenant', 'caller', 'address'],
      default: 'tenant',
      description: 'The key among which turns are shared. address: the network address, where nobody admits callers.',
    },
    weights: {
      type: 'object',
      additionalProperties: { type: 'number', exclusiveMinimum: 0 },
      default: {},
      description: 'Turns of a key for each turn of another; 1 where it is not named.',
    },
    priority: {
      ...prioritySchema,
      description:
        'How a request’s priority is known: critical, normal or batch. Nobody is let go while a more important one waits.',
    },
    concurrency: {
      anyOf: [places, { type: 'object', additionalProperties: places }],
      default: {},
      description:
        'Calls under way at a time, in this process; what is more waits. A number is for each `provider/model`; a map names providers, all models together, or `provider/model`: { local: 4 }.',
    },
  },
  additionalProperties: false,
};
