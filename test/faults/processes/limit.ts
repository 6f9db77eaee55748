import { openSync, writeSync } from 'node:fs';
import { type Claim, defineErrors, definePlugin, type Exchange, type Plugin, stage } from '@tapgate/core';

const errors = defineErrors({ LIMIT_REACHED: [429, 'No more now.', 'retryable'] });

interface LimitOptions {
  readonly requests: number;
  readonly slots: number;
  readonly leaseMs: number;
  readonly open: boolean;
  readonly journal?: string;
}

/** Tokens that are reserved for a request, whatever it will come to. */
export const reserved = 1000n;

/**
 * A limit at its barest: requests, tokens and slots of everybody together, reserved before and settled after. It keeps a journal of what
 * it does, written before and after, so that what a killed process has done can be told from what it has not.
 */
const limit: Plugin<LimitOptions> = definePlugin<LimitOptions>({
  name: 'limit',
  apiVersion: 1,
  needsSharedStore: true,
  schema: {
    type: 'object',
    properties: {
      requests: { type: 'integer', description: 'Requests in ten minutes.' },
      slots: { type: 'integer', description: 'Requests at a time.' },
      leaseMs: { type: 'integer', description: 'How long a reservation lasts.' },
      open: { type: 'boolean', default: false, description: 'Lets everybody through while the store is away.' },
      journal: { type: 'string', description: 'A file.' },
    },
    required: ['requests', 'slots', 'leaseMs', 'open'],
    additionalProperties: false,
  },
  apply(gateway, { requests, slots, leaseMs, open, journal }, { id }) {
    const file = journal === undefined || journal === '' ? undefined : openSync(journal, 'a');
    const note = (line: object): void => {
      if (file !== undefined) writeSync(file, `${JSON.stringify(line)}\n`);
    };
    const claims: readonly Claim[] = [
      { key: `${id}:requests`, amount: 1n, limit: BigInt(requests), windowMs: 600_000 },
      { key: `${id}:tokens`, amount: reserved, limit: 10n ** 12n, windowMs: 600_000 },
      { key: `${id}:slots`, amount: 1n, limit: BigInt(slots), windowMs: 'concurrent' },
    ];
    const asked = new WeakSet<Exchange>();
    const store = gateway.service('store');

    async function reserve(exchange: Exchange): Promise<void> {
      asked.add(exchange);
      note({ did: 'ask', id: exchange.id });
      const answer = await store?.reserve(exchange.id, claims, leaseMs);
      if (answer?.granted === true) return note({ did: 'reserve', id: exchange.id });
      asked.delete(exchange);
      note({ did: 'refuse', id: exchange.id });
      throw errors.LIMIT_REACHED();
    }
    const failure = open ? 'open' : 'closed';
    gateway.hooks.beforeRoute.tapPromise({ name: 'limit', stage: stage.limit, failure }, (exchange) =>
      reserve(exchange),
    );

    gateway.hooks.afterResponse.tapPromise({ name: 'limit', stage: stage.settle }, async (settlement, exchange) => {
      if (!asked.has(exchange)) return;
      const { input, output } = settlement.usage;
      const spent = [1n, BigInt(input + output)];
      note({ did: 'settle', id: exchange.id, spent: input + output, outcome: settlement.outcome });
      await store?.settle(exchange.id, spent);
      note({ did: 'settled', id: exchange.id });
    });
  },
});

export default limit;
