import type { Dialect } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { nativeRequest } from './native-request.ts';
import { peek } from './peek.ts';
import { readError } from './read-error.ts';
import { Observer } from './reply/observer.ts';
import { createReader } from './reply/reader.ts';
import { createSplitter } from './reply/split-stream.ts';
import { Writer } from './reply/writer.ts';
import { readRequest } from './request/read-request.ts';
import { writeRequest } from './request/write-request.ts';
import { routes } from './routes.ts';
import { seals } from './seals.ts';
import { writeError } from './write-error.ts';
import { writeModels } from './write-models.ts';

/**
 * `generateContent` of the Gemini API and of Vertex AI, for clients and for providers. Model and method stand in the path;
 * a stream is server-sent events with `alt=sse`, else one JSON array.
 *
 * @see https://ai.google.dev/api/generate-content
 */
export const googleGenerate: Dialect = {
  name: dialectName,
  routes,
  translates: ['chat'],
  peek,
  nativeRequest,
  readRequest,
  writeRequest,
  reader: createReader,
  observer: (of) => new Observer(of),
  splitter: createSplitter,
  writer: (context) => new Writer(context),
  readError,
  writeError,
  writeModels,
  seals,
};
