import type { DialectRoute, HeaderMap } from '@tapgate/core';

/** Whether a client speaks this dialect, on a path that it shares with another one. */
function speaks(headers: HeaderMap): boolean {
  return headers.has('anthropic-version') || headers.has('anthropic-beta');
}

const batches = '/v1/messages/batches';

/** The paths of this dialect, and what is asked at each. */
export const routes: readonly DialectRoute[] = [
  { method: 'POST', path: '/v1/messages', operation: 'chat' },
  { method: 'POST', path: '/v1/messages/count_tokens', operation: 'count-tokens' },
  { method: 'GET', path: '/v1/models', operation: 'models', when: speaks },
  { method: 'GET', path: '/v1/models/*model', operation: 'models', when: speaks },
  { method: 'POST', path: batches, operation: 'batch-create' },
  { method: 'GET', path: batches, operation: 'batch-list' },
  { method: 'GET', path: `${batches}/:id`, operation: 'batch-read' },
  { method: 'DELETE', path: `${batches}/:id`, operation: 'batch-delete' },
  { method: 'POST', path: `${batches}/:id/cancel`, operation: 'batch-cancel' },
  { method: 'GET', path: `${batches}/:id/results`, operation: 'batch-results' },
  { method: 'POST', path: '/v1/files', operation: 'file-create', when: speaks },
  { method: 'GET', path: '/v1/files', operation: 'file-list', when: speaks },
  { method: 'GET', path: '/v1/files/:id', operation: 'file-read', when: speaks },
  { method: 'GET', path: '/v1/files/:id/content', operation: 'file-content', when: speaks },
  { method: 'DELETE', path: '/v1/files/:id', operation: 'file-delete', when: speaks },
];

const methods = new Map(routes.map(({ operation, method }) => [operation, method]));

/** The method an operation is asked by. */
export function methodOf(operation: string): string {
  return methods.get(operation) ?? 'POST';
}

/** Whether an operation's body is a JSON object that names a model. */
export function namesModel(operation: string): boolean {
  return operation === 'chat' || operation === 'count-tokens';
}
