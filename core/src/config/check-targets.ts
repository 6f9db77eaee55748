import type { Config } from './config.ts';
import { type ConfigError, configErrors } from './config-error.ts';
import { nearest } from './nearest.ts';

/** Every target of a model whose provider nobody brought. It can be known only once all plugins are applied. */
export function checkTargets(models: Config['models'], providers: Iterable<string>): ConfigError[] {
  const known = [...providers];
  const names = new Set(known);
  return Object.entries(models).flatMap(([model, { targets }]) =>
    targets.flatMap(({ provider }, at) => {
      if (names.has(provider)) return [];
      const near = nearest(provider, known);
      const place = { path: ['models', model, 'targets', at, 'provider'] };
      const others = known.length === 0 ? '' : `, or name one of: ${known.join(', ')}`;
      const values = { model, provider, others };
      return [
        configErrors.MODEL_TARGET_UNKNOWN_PROVIDER(values, near === undefined ? place : { ...place, didYouMean: near }),
      ];
    }),
  );
}
