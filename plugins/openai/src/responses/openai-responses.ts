import type { Dialect } from '@tapgate/core';
import { readError } from '../chat/errors/read-error.ts';
import { writeError } from '../chat/errors/write-error.ts';
import { dialectName } from './names.ts';
import { nativeRequest } from './native-request.ts';
import { createObserver } from './observer.ts';
import { operations } from './operations.ts';
import { peek } from './peek.ts';
import { readRequest } from './read-request.ts';
import { createReader } from './reader.ts';
import { seals } from './seals.ts';
import { writeRequest } from './write-request.ts';
import { createWriter } from './writer.ts';

/**
 * The dialect of the OpenAI Responses API, for clients and for providers.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */
export const openaiResponses: Dialect = {
  name: dialectName,
  routes: operations.map(({ method, path, operation }) => ({ method, path, operation })),
  translates: ['chat'],
  peek,
  nativeRequest,
  readRequest,
  writeRequest,
  reader: createReader,
  observer: createObserver,
  writer: createWriter,
  readError,
  writeError,
  seals,
  heartbeat: ': keep-alive\n\n',
};
