import type { Dialect } from './dialect.ts';
import { plainDialect } from './plain-dialect.ts';

/** What a dialect must have that only providers speak. */
export type ProviderHalf = Pick<Dialect, 'name' | 'writeRequest' | 'reader' | 'readError'> &
  Pick<Partial<Dialect>, 'splitter'>;

/** A dialect that no client speaks: requests are written in it and answers read, and the clients' half is never asked. */
export function providerDialect(half: ProviderHalf): Dialect {
  return { ...plainDialect, ...half, routes: [], translates: ['chat'] };
}
