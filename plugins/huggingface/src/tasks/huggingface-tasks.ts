import {
  coreErrors,
  type Dialect,
  type Incoming,
  type Peeked,
  readSpan,
  scanObject,
  type Wanted,
  writeComment,
  type Written,
} from '@tapgate/core';
import { dialectName, modelsPath } from './dialect-name.ts';
import { taskIn, taskPath } from './model-path.ts';
import { errorObject, readTaskError } from './task-error.ts';
import { TaskObserver } from './task-observer.ts';

/**
 * What a model of any task is asked: classify, recognise, segment, transcribe, draw. Requests and answers are the task's own,
 * in JSON or in the bytes of a picture or a sound, and go through as they are.
 *
 * @see https://huggingface.co/docs/inference-providers/tasks/index
 */
export const huggingfaceTasks: Dialect = {
  name: dialectName,
  routes: [{ method: 'POST', path: `${modelsPath}*model`, operation: 'task' }],
  translates: [],
  heartbeat: writeComment('keep-alive'),
  peek,
  nativeRequest,
  observer: () => new TaskObserver(),
  readError: readTaskError,
  writeError: (error) => ({
    status: error.status,
    contentType: 'application/json',
    body: JSON.stringify(errorObject(error)),
  }),
  readRequest: untranslated,
  writeRequest: untranslated,
  reader: untranslated,
  writer: untranslated,
};

/** The model is in the path; only a body of JSON can say that its answer is to be streamed. */
function peek({ path, headers, body }: Incoming): Peeked {
  const { model } = taskIn(path);
  if (!isJson(headers)) return { model, streamed: false };
  const scanned = scanObject(body.chunks, ['stream']);
  const stream = scanned.valid ? scanned.members.get('stream') : undefined;
  return { model, streamed: stream !== undefined && readSpan(body.chunks, stream.value) === 'true' };
}

function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const { pipeline } = taskIn(incoming.path);
  const headers = new Map<string, string>();
  for (const name of ['content-type', 'accept']) {
    const value = incoming.headers.get(name);
    if (value !== undefined) headers.set(name, value);
  }
  return { body: incoming.body, path: taskPath(wanted.model, pipeline), method: 'POST', headers, losses: [] };
}

function isJson(headers: Incoming['headers']): boolean {
  return headers.get('content-type')?.includes('json') ?? false;
}

function untranslated(): never {
  throw coreErrors.OPERATION_UNSUPPORTED(
    { provider: dialectName, operation: 'a translation' },
    { kind: 'unsupported' },
  );
}
