import { definePlugin, type Plugin } from '@tapgate/core';
import { tapDoors } from './doors.ts';
import { type LoadSheddingOptions, schema } from './options.ts';
import { tapTargets } from './targets.ts';
import { processVitals, type Vitals } from './vitals.ts';

declare module '@tapgate/core' {
  interface PluginOptions {
    'load-shedding': { readonly [Name in keyof LoadSheddingOptions]?: Partial<LoadSheddingOptions[Name]> };
  }
}

/** The plugin with vitals of its own, for tests. */
export function createLoadShedding(vitals: () => Vitals = processVitals): Plugin<LoadSheddingOptions> {
  return definePlugin<LoadSheddingOptions>({
    name: 'load-shedding',
    apiVersion: 1,
    schema,
    apply(gateway, options) {
      tapTargets(gateway, options);
      return tapDoors(gateway, options, vitals);
    },
  });
}

/** Refuses the least important requests first when there is more to do than can be done. */
export const loadShedding: Plugin<LoadSheddingOptions> = createLoadShedding();
