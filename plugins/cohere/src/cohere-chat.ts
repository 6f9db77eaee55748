import type { Dialect } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { nativeRequest } from './native-request.ts';
import { peek } from './peek.ts';
import { readError } from './read-error.ts';
import { ChatObserver, DocumentObserver } from './reply/observer.ts';
import { StreamReader } from './reply/read-stream.ts';
import { WholeReader } from './reply/read-whole.ts';
import { StreamWriter } from './reply/write-stream.ts';
import { WholeWriter } from './reply/write-whole.ts';
import { readRequest } from './request/read-request.ts';
import { writeRequest } from './request/write-request.ts';
import { routes } from './routes.ts';
import { writeError } from './write-error.ts';
import { writeModels } from './write-models.ts';

/**
 * The second version of the Chat API, with ranks and vectors beside it.
 *
 * @see https://docs.cohere.com/reference/chat
 */
export const cohereChat: Dialect = {
  name: dialectName,
  routes,
  translates: ['chat'],
  peek,
  nativeRequest,
  readRequest,
  writeRequest,
  reader: ({ streamed, provider }) => (streamed ? new StreamReader(provider) : new WholeReader(provider)),
  observer: ({ operation }) => (operation === 'chat' ? new ChatObserver() : new DocumentObserver()),
  writer: (context) => (context.streamed ? new StreamWriter(context) : new WholeWriter(context)),
  readError,
  writeError,
  writeModels,
  heartbeat: ': keep-alive\n\n',
};
