import { definePlugin, type Plugin, stage } from '@tapgate/core';
import { draw, type Fault, inject } from './faults.ts';

/** Options of the plugin `fault-injection`. */
export interface FaultInjectionOptions {
  readonly share: number;
  readonly faults: readonly Fault[];
  readonly seed?: number;
}

declare module '@tapgate/core' {
  interface PluginOptions {
    'fault-injection': FaultInjectionOptions;
  }
}

const weight = {
  type: 'number',
  minimum: 0,
  description: 'How often this one, beside the others; 1 unless it says otherwise.',
};
const fault = (kind: string, properties: object, required: readonly string[]): object => ({
  type: 'object',
  properties: { kind: { const: kind, description: 'Which fault.' }, ...properties, weight },
  required: ['kind', ...required],
  additionalProperties: false,
});
const afterBytes = { type: 'integer', minimum: 0, description: 'Bytes of the answer that come before.' };

/** Makes a share of attempts go wrong, so that an outage can be rehearsed. Everyone else believes it. */
const faultInjection: Plugin<FaultInjectionOptions> = definePlugin<FaultInjectionOptions>({
  name: 'fault-injection',
  apiVersion: 1,
  schema: {
    type: 'object',
    properties: {
      share: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        description: 'The share of attempts that go wrong, from 0 to 1.',
      },
      faults: {
        type: 'array',
        minItems: 1,
        description:
          'What goes wrong with them: delay {ms}, error {status}, stall, cut {afterBytes}, garbage {afterBytes}.',
        items: {
          oneOf: [
            fault('delay', { ms: { type: 'integer', minimum: 0, description: 'Milliseconds before the call.' } }, [
              'ms',
            ]),
            fault(
              'error',
              {
                status: {
                  type: 'integer',
                  minimum: 400,
                  maximum: 599,
                  description: 'Status the provider seems to answer.',
                },
              },
              ['status'],
            ),
            fault('stall', {}, []),
            fault('cut', { afterBytes }, ['afterBytes']),
            fault('garbage', { afterBytes }, ['afterBytes']),
          ],
        },
      },
      seed: {
        type: 'integer',
        description: 'The same seed draws the same faults; without one they differ at each start.',
      },
    },
    required: ['share', 'faults'],
    additionalProperties: false,
  },
  apply(gateway, { share, faults, seed }) {
    const random = seed === undefined ? Math.random : numbersFrom(seed);
    gateway.wrap({ name: 'fault-injection', stage: stage.simulate }, (provider) => ({
      ...provider,
      call: (attempt) => {
        const chosen = random() < share ? draw(faults, random()) : undefined;
        return chosen === undefined ? provider.call(attempt) : inject(chosen, attempt, () => provider.call(attempt));
      },
    }));
    return {
      ready: () =>
        gateway.log.warn({ share, faults: faults.map(({ kind }) => kind) }, 'faults are injected on purpose'),
    };
  },
});

export default faultInjection;

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
