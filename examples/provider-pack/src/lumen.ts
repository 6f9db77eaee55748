import { type Dialect, providerDialect } from '@tapgate/core';
import { readError } from './read-error.ts';
import { StreamReader, WholeReader } from './read-reply.ts';
import { writeRequest } from './write-request.ts';

/** The language of Lumen. No client speaks it, so that only its providers' half is here. */
export const lumen: Dialect = providerDialect({
  name: 'lumen',
  writeRequest,
  reader: ({ streamed, provider }) => (streamed ? new StreamReader(provider) : new WholeReader(provider)),
  readError,
});
