import { type Priority, type PriorityRules, prioritySchema } from '@tapgate/core';
import type { LimitRules } from './adaptive-limit.ts';
import type { PressureRules } from './pressure.ts';

/** Options of the plugin `load-shedding`. */
export interface LoadSheddingOptions extends PressureRules {
  readonly concurrency: LimitRules;
  readonly shares: Readonly<Record<Priority, number>>;
  readonly priority: PriorityRules;
}

const count = (description: string, value: number): object => ({
  type: 'integer',
  minimum: 1,
  default: value,
  description,
});
const share = (description: string, value: number): object => ({
  type: 'number',
  exclusiveMinimum: 0,
  maximum: 1,
  default: value,
  description,
});

/** JSON Schema of the options, with their defaults. */
export const schema: object = {
  type: 'object',
  properties: {
    maxInFlight: count('Requests under way in this process at a time.', 1024),
    maxLoopDelayMs: count('How late this process may be for nearly all that it does.', 200),
    concurrency: {
      type: 'object',
      default: {},
      description:
        'How many calls may be under way at one target at a time. It follows the time to the first token of streams, and what the target says of its overload.',
      properties: {
        initial: count('Before anything is known.', 20),
        least: count('Never fewer.', 2),
        most: count('Never more.', 512),
      },
      additionalProperties: false,
    },
    shares: {
      type: 'object',
      default: {},
      description: 'Up to which share of what can be borne a request is let in, by its priority.',
      properties: {
        critical: share('Of the most important.', 0.98),
        normal: share('Of all others.', 0.95),
        batch: share('Of those that can wait.', 0.92),
      },
      additionalProperties: false,
    },
    priority: prioritySchema,
  },
  additionalProperties: false,
};
