import { coreErrors, type Dialect } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { tolerantSplitter } from './frames/tolerant-splitter.ts';
import { readError } from './read-error.ts';
import { ConverseObserver } from './reply/observer.ts';
import { StreamReader } from './reply/read-stream.ts';
import { WholeReader } from './reply/read-whole.ts';
import { StreamWriter } from './reply/write-stream.ts';
import { WholeWriter } from './reply/write-whole.ts';
import { readRequest } from './request/read-request.ts';
import { writeRequest } from './request/write-request.ts';
import { writeError } from './write-error.ts';

/**
 * Converse and ConverseStream. A dialect of providers alone: it has no routes, so that nothing is ever asked in it.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export const bedrockConverse: Dialect = {
  name: dialectName,
  routes: [],
  translates: ['chat'],
  peek: noClients,
  nativeRequest: noClients,
  readRequest,
  writeRequest,
  reader: ({ streamed, provider, able }) => {
    const model = able['model'];
    const origin = { provider, model: typeof model === 'string' ? model : undefined };
    return streamed ? new StreamReader(origin) : new WholeReader(origin);
  },
  observer: () => new ConverseObserver(),
  splitter: ({ maxEventBytes }) => tolerantSplitter(maxEventBytes),
  writer: ({ streamed }) => (streamed ? new StreamWriter() : new WholeWriter()),
  readError,
  writeError,
};

function noClients(): never {
  throw coreErrors.OPERATION_UNSUPPORTED({ provider: 'This gateway', operation: 'the Converse API to clients' });
}
