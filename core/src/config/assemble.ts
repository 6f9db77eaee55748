import { LiveGateway } from '../gateway.ts';
import { checkTargets } from './check-targets.ts';
import { ConfigError, configErrors, ConfigErrors } from './config-error.ts';
import type { LoadedConfig } from './load-config.ts';
import { reasonOf } from './reason.ts';

/**
 * A gateway with the plugins of its config, not yet open. Throws `ConfigErrors` with every mistake that shows only when
 * plugins are put together: one that cannot be applied, a service that is needed and not there, a provider that is, a limit
 * that each of several processes would count for itself.
 */
export function assemble(loaded: LoadedConfig): LiveGateway {
  const gateway = new LiveGateway(loaded.config, { folder: loaded.folder });
  const errors = [...applyAll(loaded, gateway)];
  if (errors.length === 0)
    errors.push(
      ...needs(loaded, gateway),
      ...counts(loaded, gateway),
      ...checkTargets(loaded.config.models, gateway.providers.keys()),
    );
  if (errors.length === 0) return gateway;
  // What was shared with it by then is given back, or a config that fails at each reload would hold it for ever.
  gateway.close().catch(() => {});
  throw loaded.located(new ConfigErrors(errors));
}

function applyAll({ plugins }: LoadedConfig, gateway: LiveGateway): ConfigError[] {
  return plugins.flatMap(({ plugin, use, options, id, when }, at) => {
    try {
      gateway.use(plugin, options, when === undefined ? { id } : { id, when });
      return [];
    } catch (cause) {
      const place = { path: ['plugins', at, 'use'] };
      if (cause instanceof ConfigErrors) return cause.errors.map((error) => error.at(place));
      if (cause instanceof ConfigError) return [cause.at(place)];
      return [
        configErrors.PLUGIN_FAILED({ use, when: 'as it was applied', reason: reasonOf(cause) }, { ...place, cause }),
      ];
    }
  });
}

function needs({ plugins }: LoadedConfig, gateway: LiveGateway): ConfigError[] {
  return plugins.flatMap(({ plugin, id }, at) =>
    (plugin.needs ?? []).flatMap((service) => {
      if (gateway.service(service as never) !== undefined) return [];
      return [configErrors.NEEDS_MISSING({ plugin: id, service }, { path: ['plugins', at, 'use'] })];
    }),
  );
}

function counts({ config, plugins }: LoadedConfig, gateway: LiveGateway): ConfigError[] {
  const { workers } = config.server;
  if (workers === 1 || gateway.service('store')?.shared === true) return [];
  return plugins.flatMap(({ plugin, id }, at) =>
    plugin.needsSharedStore === true
      ? [configErrors.STORE_NOT_SHARED({ plugin: id, workers }, { path: ['plugins', at, 'use'] })]
      : [],
  );
}
