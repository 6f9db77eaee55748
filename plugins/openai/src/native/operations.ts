import { emptyBody, type DialectRoute, type Incoming, type Wanted, type Written } from '@tapgate/core';
import { spliceRequest } from '../chat/request/native-request.ts';
import { isMultipart, replaceMultipartModel } from './multipart.ts';

/** What this API offers beside chat: served natively, because only its own providers have it. */
export const nativeRoutes: readonly DialectRoute[] = [
  { method: 'POST', path: '/v1/embeddings', operation: 'embeddings' },
  { method: 'POST', path: '/v1/moderations', operation: 'moderations' },
  { method: 'POST', path: '/v1/images/generations', operation: 'images' },
  { method: 'POST', path: '/v1/images/edits', operation: 'images' },
  { method: 'POST', path: '/v1/images/variations', operation: 'images' },
  { method: 'POST', path: '/v1/audio/speech', operation: 'speech' },
  { method: 'POST', path: '/v1/audio/transcriptions', operation: 'transcriptions' },
  { method: 'POST', path: '/v1/audio/translations', operation: 'transcriptions' },
  { method: 'POST', path: '/v1/completions', operation: 'completions' },
  { method: 'POST', path: '/v1/rerank', operation: 'rerank' },
  { method: 'GET', path: '/v1/models', operation: 'models' },
  { method: 'GET', path: '/v1/models/*model', operation: 'models' },
];

/** A request of one of these operations: the client's bytes with the model's name, in JSON or in a form. */
export function nativeOperation(incoming: Incoming, wanted: Wanted): Written {
  const contentType = incoming.headers.get('content-type');
  const path = pathOf(incoming.path);
  if (wanted.operation === 'models') {
    return { body: emptyBody, path, method: 'GET', headers: new Map(), losses: [] };
  }
  const headers = new Map([['content-type', contentType ?? 'application/json']]);
  if (isMultipart(contentType)) {
    const body = replaceMultipartModel(incoming.body, contentType, wanted.model);
    return { body, path, method: 'POST', headers, losses: [] };
  }
  const { body, losses } = spliceRequest(incoming.body, wanted);
  return { body, path, method: 'POST', headers, losses };
}

/** The path below a provider's base URL, which has the version in it. */
function pathOf(path: string): string {
  return path.replace(/^\/v1(?=\/)/, '');
}
