import type { LiveExchange } from './live-exchange.ts';
import type { Lifecycle, Plugin, When } from './plugin.ts';

/** One plugin as it was loaded: under an id, for some exchanges or for all. */
export interface Instance {
  readonly id: string;
  readonly plugin: Plugin;
  readonly when: When | undefined;
  /** The place in the config's order, and the index of the decision on an exchange. */
  readonly index: number;
  /** Others of the same exclusive plugin that come before this one. */
  readonly rivals: readonly Instance[];
  lifecycle: Lifecycle | undefined;
}

/**
 * Whether a plugin's taps and wraps meet this exchange. Decided once per exchange and plugin, after `admit`,
 * so that what reserved also settles, whatever is edited in between.
 */
export function meets(instance: Instance, exchange: LiveExchange): boolean {
  if (instance.when === undefined && instance.rivals.length === 0) return true;
  const known = exchange.scopes[instance.index];
  if (known !== undefined) return known;
  const decided = fitsWhen(instance.when, exchange) && !instance.rivals.some((rival) => meets(rival, exchange));
  exchange.scopes[instance.index] = decided;
  return decided;
}

function fitsWhen(when: When | undefined, exchange: LiveExchange): boolean {
  if (when === undefined) return true;
  return (
    fits(when.models, exchange.model) && fits(when.keys, exchange.caller.id) && fits(when.dialects, exchange.dialect)
  );
}

function fits(patterns: readonly string[] | undefined, value: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value,
  );
}
