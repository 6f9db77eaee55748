import type { BreakerRules } from './breaker.ts';
import type { CooldownRules } from './cooldowns.ts';
import type { QuarantineRules } from './quarantine.ts';
import type { RetryRules } from './retry-budget.ts';

/** Options of the plugin `failover`. */
export interface FailoverOptions {
  readonly attempts: number;
  readonly retry: RetryRules & { readonly baseMs: number; readonly maxMs: number };
  readonly patienceMs: number;
  readonly wholePatienceMs?: number;
  readonly onSlow: 'leave' | 'hedge' | 'off';
  readonly hedge: { readonly share: number; readonly leastSamples: number };
  readonly hold?: { readonly events?: number; readonly bytes?: number; readonly ms?: number };
  readonly afterCommit: 'end' | 'resume' | 'continue';
  readonly fallbackOnStatuses: readonly number[];
  readonly onPolicy: boolean;
  readonly breaker: BreakerRules & { readonly panicShare: number };
  readonly cooldown: CooldownRules;
  readonly quarantine: QuarantineRules;
}

const milliseconds = (description: string, value: number): object => ({
  type: 'integer',
  minimum: 0,
  default: value,
  description,
});
const count = (description: string, value: number): object => ({
  type: 'integer',
  minimum: 1,
  default: value,
  description,
});
const share = (description: string, value: number): object => ({
  type: 'number',
  minimum: 0,
  maximum: 1,
  default: value,
  description,
});
const group = (description: string, properties: object): object => ({
  type: 'object',
  default: {},
  description,
  properties,
  additionalProperties: false,
});

/** JSON Schema of the options, with their defaults. */
export const schema: object = {
  type: 'object',
  properties: {
    attempts: count('Attempts for one request, the first among them.', 3),
    retry: group(
      'Bounds what attempts after the first add to a provider’s load, and how long one waits before the same target is tried again.',
      {
        share: share('Retries for each request of the last ten seconds.', 0.1),
        perSecond: { type: 'number', minimum: 0, default: 3, description: 'Retries a second that are always allowed.' },
        baseMs: milliseconds('The longest first wait; the wait is anywhere below.', 50),
        maxMs: milliseconds('The longest wait of all.', 2000),
      },
    ),
    patienceMs: {
      type: 'integer',
      minimum: 0,
      default: 60_000,
      description:
        'How long the first content of a stream may take before "onSlow", for targets that do not say themselves; 0 is for ever. Raise it for models that think long in silence.',
    },
    wholePatienceMs: {
      type: 'integer',
      minimum: 1,
      description:
        'The same for answers that are not streamed, which begin when they are complete; without it the timeouts count alone.',
    },
    onSlow: {
      type: 'string',
      enum: ['leave', 'hedge', 'off'],
      default: 'leave',
      description:
        'leave: the next target is asked instead. hedge: it is asked beside the slow one once that takes longer than 95 of 100 answers did, and the first content wins. off: nothing.',
    },
    hedge: group(
      'What hedging may cost. Never hedged: requests with tools, and those whose answer the provider stores.',
      {
        share: share('Hedges for each request of the last minute.', 0.05),
        leastSamples: count('Answers of a target before it is known how long they take.', 100),
      },
    ),
    hold: {
      type: 'object',
      description: 'How much of a stream’s beginning is held back, so that an early failure can still be recovered.',
      properties: {
        events: { type: 'integer', minimum: 1, description: 'Events after the first content.' },
        bytes: { type: 'integer', minimum: 1, description: 'Bytes.' },
        ms: { type: 'integer', minimum: 1, description: 'Milliseconds after the first content.' },
      },
      additionalProperties: false,
    },
    afterCommit: {
      type: 'string',
      enum: ['end', 'resume', 'continue'],
      default: 'end',
      description:
        'What follows when a stream breaks off in the middle. end: an error event. resume: the next target is asked the same, and goes on if it says the same. continue: it is given what was said as the beginning of its answer, where it accepts one.',
    },
    fallbackOnStatuses: {
      type: 'array',
      items: { type: 'integer', minimum: 400, maximum: 599 },
      default: [],
      description: 'Upstream statuses that fall through to the next target although they would end it: [404].',
    },
    onPolicy: {
      type: 'boolean',
      default: false,
      description: 'Asks the next target when one refuses by its content policy.',
    },
    breaker: group('When a model at a provider is not asked any more.', {
      consecutive: count('Failures in a row.', 5),
      failureShare: share('Failures among the results of ten seconds.', 0.5),
      leastResults: count('Results in ten seconds before that share counts.', 20),
      openMs: milliseconds('How long it is not asked the first time; each further time as much longer.', 30_000),
      maxOpenMs: milliseconds('The longest time of all.', 300_000),
      successes: count('Good probes that end it.', 3),
      panicShare: share(
        'Requests that are let through all the same while more than half of the targets are not asked.',
        0.1,
      ),
    }),
    cooldown: group('How long a target that says 429 or 529 is left alone.', {
      baseMs: milliseconds('Where it does not say how long: this, doubled each time in a row.', 1000),
      maxMs: milliseconds('The longest of these.', 60_000),
      honourMs: milliseconds('The longest that it may ask for itself.', 3_600_000),
    }),
    quarantine: group('When a credential that its provider refuses is not used any more.', {
      after: count('Refusals.', 3),
      withinMs: milliseconds('Within this time.', 60_000),
      forMs: milliseconds('For so long.', 300_000),
    }),
  },
  additionalProperties: false,
};
