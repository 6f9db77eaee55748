import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const marker = 'tapgate-from:';

/**
 * The URL of a module as `import.meta.resolve` would give it in that folder; it throws as that does. `require.resolve` would
 * do, but it does not see packages that offer themselves to `import` alone.
 */
export function resolveFrom(name: string, folder: string): string {
  const parent = pathToFileURL(join(folder, 'tapgate.config')).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith(marker) ? next(name, { ...context, parentURL: parent }) : next(specifier, context),
  });
  try {
    return import.meta.resolve(`${marker}${name}`);
  } finally {
    hooks.deregister();
  }
}
