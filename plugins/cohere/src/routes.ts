import type { DialectRoute, HeaderMap } from '@tapgate/core';

/** Whether a client speaks this dialect, on a path that it shares with another one: the vendor's own clients say so. */
function speaks(headers: HeaderMap): boolean {
  return (
    headers.has('x-client-name') ||
    headers.get('x-fern-sdk-name')?.includes('cohere') === true ||
    headers.get('user-agent')?.startsWith('cohere') === true
  );
}

/** The paths of this dialect, and what is asked at each. */
export const routes: readonly DialectRoute[] = [
  { method: 'POST', path: '/v2/chat', operation: 'chat' },
  { method: 'POST', path: '/v2/rerank', operation: 'rerank' },
  { method: 'POST', path: '/v1/rerank', operation: 'rerank', when: speaks },
  { method: 'POST', path: '/v2/embed', operation: 'embed' },
  { method: 'GET', path: '/v1/models', operation: 'models', when: speaks },
  { method: 'GET', path: '/v1/models/*model', operation: 'models', when: speaks },
];
