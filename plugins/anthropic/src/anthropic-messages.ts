import type { Dialect } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { DocumentObserver } from './document-observer.ts';
import { writeModels } from './list-models.ts';
import { nativeRequest } from './native-request.ts';
import { MessagesObserver } from './messages-observer.ts';
import { peek } from './peek.ts';
import { readError } from './read-error.ts';
import { readRequest } from './read-request.ts';
import { StreamReader } from './read-stream.ts';
import { WholeReader } from './read-whole.ts';
import { routes } from './routes.ts';
import { seals } from './seals.ts';
import { writeError } from './write-error.ts';
import { writeRequest } from './write-request.ts';
import { ping, StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

/**
 * The Messages API, for clients and for providers.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */
export const anthropicMessages: Dialect = {
  name: dialectName,
  routes,
  translates: ['chat'],
  peek,
  nativeRequest,
  readRequest,
  writeRequest,
  reader: ({ streamed, provider }) => (streamed ? new StreamReader(provider) : new WholeReader(provider)),
  observer: ({ operation }) => (operation === 'chat' ? new MessagesObserver() : new DocumentObserver(operation)),
  writer: (context) => (context.streamed ? new StreamWriter(context) : new WholeWriter(context)),
  readError,
  writeError,
  writeModels,
  seals,
  heartbeat: ping,
};
