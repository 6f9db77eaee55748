import { defined } from './defined.ts';
import { coreErrors, GatewayError } from './errors.ts';
import { type Instance, meets } from './instance.ts';
import type { LiveExchange } from './live-exchange.ts';
import type { Around } from './plugin.ts';
import type { Attempt, Provider } from './provider.ts';
import type { Reply } from './reply.ts';
import { failureAt } from './stage.ts';

/** One plugin's wrap around every provider. */
export interface Wrap {
  readonly name: string;
  readonly stage: number;
  readonly failure: 'open' | 'closed' | undefined;
  readonly around: Around;
  readonly instance: Instance | undefined;
}

/** The provider with all wraps around it: by stage from the outermost, then in the config's order. */
export function wrapped(
  provider: Provider,
  wraps: readonly Wrap[],
  failed: (plugin: string, where: string, error: unknown) => void,
): Provider {
  const ordered = wraps.toSorted((one, other) => one.stage - other.stage);
  return ordered.reduceRight((inner, wrap) => guarded(inner, wrap, failed), provider);
}

/**
 * A wrap that fails open before it called through is passed over. After that its failure is the attempt's: the call was made,
 * and making it again could pay twice.
 */
function guarded(
  inner: Provider,
  wrap: Wrap,
  failed: (plugin: string, where: string, error: unknown) => void,
): Provider {
  const reached = new WeakSet<Attempt>();
  /** What the call itself threw: passing that on is no failure of the wrap's. */
  const thrown = new WeakMap<Attempt, unknown>();
  const watched: Provider = {
    ...bound(inner),
    call: async (attempt) => {
      reached.add(attempt);
      try {
        return await inner.call(attempt);
      } catch (error) {
        thrown.set(attempt, error);
        throw error;
      }
    },
  };
  const outer = wrap.around(watched);
  const plugin = wrap.instance?.id ?? wrap.name;
  const closed = (wrap.failure ?? failureAt('wrap', wrap.stage)) === 'closed';
  const call = async (attempt: Attempt): Promise<Reply> => {
    const exchange = attempt.exchange as LiveExchange;
    if (wrap.instance !== undefined && !meets(wrap.instance, exchange)) return inner.call(attempt);
    try {
      exchange.speaker = plugin;
      return await outer.call(attempt);
    } catch (error) {
      if (GatewayError.is(error) || (thrown.has(attempt) && thrown.get(attempt) === error)) throw error;
      failed(plugin, 'wrap', error);
      if (!closed && !reached.has(attempt)) return inner.call(attempt);
      throw coreErrors.TAP_FAILED({ plugin, hook: 'wrap' }, { cause: error, plugin });
    }
  };
  return { ...bound(outer), call };
}

/** A provider's methods as values, so that a spread keeps those of a class. */
function bound(provider: Provider): Provider {
  const { name, dialects, credentials } = provider;
  const optional = defined({
    serves: provider.serves?.bind(provider),
    dialectFor: provider.dialectFor?.bind(provider),
    sealRealm: provider.sealRealm?.bind(provider),
    readError: provider.readError?.bind(provider),
    bill: provider.bill?.bind(provider),
    models: provider.models,
    exposes: provider.exposes,
    takesBareNames: provider.takesBareNames,
  });
  return {
    name,
    dialects,
    credentials,
    capabilities: (model) => provider.capabilities(model),
    call: (attempt) => provider.call(attempt),
    ...optional,
  };
}
