import type { Dialect } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { nativeRequest } from './native-request.ts';
import { peek } from './peek.ts';
import { readError } from './read-error.ts';
import { Observer } from './reply/observer.ts';
import { StreamReader } from './reply/read-stream.ts';
import { WholeReader } from './reply/read-whole.ts';
import { StreamWriter } from './reply/write-stream.ts';
import { WholeWriter } from './reply/write-whole.ts';
import { readRequest } from './request/read-request.ts';
import { writeRequest } from './request/write-request.ts';
import { routes } from './routes.ts';
import { LineSplitter } from './split-lines.ts';
import { writeError } from './write-error.ts';
import { writeModels } from './write-models.ts';

/**
 * The server's own API: conversations in lines of JSON, with prompts and vectors beside them.
 *
 * @see https://docs.ollama.com/api/chat
 */
export const ollamaChat: Dialect = {
  name: dialectName,
  routes,
  translates: ['chat'],
  peek,
  nativeRequest,
  readRequest,
  writeRequest,
  reader: ({ streamed, provider }) => (streamed ? new StreamReader(provider) : new WholeReader(provider)),
  observer: ({ streamed }) => new Observer(streamed),
  splitter: ({ maxEventBytes }) => new LineSplitter(maxEventBytes),
  writer: (context) => (context.streamed ? new StreamWriter(context) : new WholeWriter(context)),
  readError,
  writeError,
  writeModels,
};
