import type { Target } from '../provider.ts';

/**
 * Reads `provider/model` or `provider/model#credential`. The provider ends at the first slash, so that a model's own
 * name may hold more of them; the credential begins after the last `#`. Nothing where a part is empty.
 */
export function parseTarget(name: string): Target | undefined {
  const slash = name.indexOf('/');
  if (slash <= 0) return undefined;
  const hash = name.lastIndexOf('#');
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1, hash > slash ? hash : undefined)];
  if (model === '') return undefined;
  if (hash <= slash) return { provider, model };
  const credential = name.slice(hash + 1);
  return credential === '' ? undefined : { provider, model, credential };
}
