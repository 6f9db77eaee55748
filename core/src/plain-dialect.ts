import { emptyBody } from './body.ts';
import type { Dialect, ReplyObserver, Written } from './dialect.ts';
import { coreErrors } from './errors.ts';
import type { NativeReply } from './reply.ts';
import { streamOf } from './reply.ts';

/** What plugins' own endpoints speak: bytes as they are, and errors as a JSON object. No model is asked in it. */
export const plainDialect: Dialect = {
  name: 'plain',
  routes: [],
  translates: [],
  peek: () => ({ model: '', streamed: false }),
  nativeRequest: unasked,
  writeRequest: unasked,
  readRequest: () => {
    throw coreErrors.OPERATION_UNSUPPORTED({ provider: 'This endpoint', operation: 'a model call' });
  },
  reader: () => ({ push: () => [], end: () => [] }),
  observer: (): ReplyObserver => ({
    event: () => 0,
    whole: () => 0,
    usage: undefined,
    model: undefined,
    error: undefined,
    complete: true,
    fail: (error) =>
      Buffer.from(`event: error\ndata: ${JSON.stringify({ error: { code: error.code, message: error.message } })}\n\n`),
  }),
  writer: () => {
    throw coreErrors.OPERATION_UNSUPPORTED({ provider: 'This endpoint', operation: 'events' });
  },
  readError: (status, _headers, body) => ({
    kind: 'server',
    status,
    message: Buffer.from(body).toString('utf8').slice(0, 400),
  }),
  writeError: (error, requestId) => ({
    status: error.status,
    contentType: 'application/json',
    body: JSON.stringify({
      error: { message: error.message, type: error.kind, code: error.code, request_id: requestId },
    }),
  }),
};

function unasked(): Written {
  return { body: emptyBody, path: '/', method: 'GET', headers: new Map(), losses: [] };
}

/** A JSON document as a reply, for a plugin's own endpoint. */
export function jsonReply(status: number, value: unknown): NativeReply {
  return documentReply(status, 'application/json', JSON.stringify(value));
}

/** A document as a reply, for a plugin's own endpoint. */
export function documentReply(status: number, contentType: string, body: string | Uint8Array): NativeReply {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    status,
    headers: new Map([['content-type', contentType]]),
    dialect: 'plain',
    streamed: false,
    bytes: streamOf(bytes),
  };
}
