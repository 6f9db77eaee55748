import { readSpan, writeComment, type Dialect, type Incoming } from '@tapgate/core';
import { convertEmbeddings, type EmbeddingEncoding } from '../native/convert-embeddings.ts';
import { NativeObserver } from '../native/native-observer.ts';
import { nativeOperation, nativeRoutes } from '../native/operations.ts';
import { readError } from './errors/read-error.ts';
import { writeError } from './errors/write-error.ts';
import { chatDialect } from './own.ts';
import { peek } from './peek.ts';
import { ChatObserver } from './reply/chat-observer.ts';
import { ChatReader } from './reply/chat-reader.ts';
import { StreamWriter } from './reply/stream-writer.ts';
import { WholeWriter } from './reply/whole-writer.ts';
import { nativeRequest } from './request/native-request.ts';
import { readRequest } from './request/read-request.ts';
import { writeRequest } from './request/write-request.ts';
import { scanBody } from './scan-body.ts';
import { seals } from './seals.ts';
import { writeModels } from './write-models.ts';

/**
 * OpenAI's Chat Completions, and the rest of that API that takes the native lane only.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
export const openaiChat: Dialect = {
  name: chatDialect,
  routes: [{ method: 'POST', path: '/v1/chat/completions', operation: 'chat' }, ...nativeRoutes],
  translates: ['chat'],
  heartbeat: writeComment('keep-alive'),
  peek,
  nativeRequest: (incoming, wanted) =>
    wanted.operation === 'chat' ? nativeRequest(incoming, wanted) : nativeOperation(incoming, wanted),
  readRequest,
  writeRequest,
  reader: (of) => new ChatReader(of),
  observer: ({ operation, wantUsage }) =>
    operation === 'chat' || operation === 'completions'
      ? new ChatObserver({ wantUsage })
      : new NativeObserver({ operation }),
  writer: (context) => (context.streamed ? new StreamWriter(context) : new WholeWriter(context)),
  finishWhole: (incoming, bytes) =>
    incoming.operation === 'embeddings' ? convertEmbeddings(bytes, encodingAsked(incoming)) : bytes,
  readError,
  writeError,
  seals,
  writeModels: (models, _, id) => writeModels(models, id),
};

/** Official clients ask for base64 and decode it unseen; who does not say gets numbers. */
function encodingAsked({ body }: Incoming): EmbeddingEncoding {
  const member = scanBody(body).members.get('encoding_format');
  return member !== undefined && readSpan(body.chunks, member.value) === '"base64"' ? 'base64' : 'float';
}
