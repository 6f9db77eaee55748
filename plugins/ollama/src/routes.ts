import type { DialectRoute } from '@tapgate/core';

/** The paths of this dialect, and what is asked at each. */
export const routes: readonly DialectRoute[] = [
  { method: 'POST', path: '/api/chat', operation: 'chat' },
  { method: 'POST', path: '/api/generate', operation: 'generate' },
  { method: 'POST', path: '/api/embed', operation: 'embed' },
  { method: 'POST', path: '/api/embeddings', operation: 'embed' },
  { method: 'GET', path: '/api/tags', operation: 'models' },
];
