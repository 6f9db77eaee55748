import type { DialectRoute } from '@tapgate/core';

/** One thing that the API can be asked for. */
interface Operation extends DialectRoute {
  /** Its body names a model. */
  readonly asks?: true;
}

/**
 * What the Responses API can be asked for. `chat` alone can be translated; the others go to providers of this dialect as
 * they are.
 */
export const operations: readonly Operation[] = [
  { method: 'POST', path: '/v1/responses', operation: 'chat', asks: true },
  { method: 'POST', path: '/v1/responses/compact', operation: 'responses-compact', asks: true },
  { method: 'POST', path: '/v1/responses/input_tokens', operation: 'responses-input-tokens', asks: true },
  { method: 'GET', path: '/v1/responses/:id', operation: 'responses-get' },
  { method: 'DELETE', path: '/v1/responses/:id', operation: 'responses-delete' },
  { method: 'POST', path: '/v1/responses/:id/cancel', operation: 'responses-cancel' },
  { method: 'GET', path: '/v1/responses/:id/input_items', operation: 'responses-input-items' },
];

/** The line of an operation; the first one for a name that is none of them. */
export function operationOf(name: string): Operation {
  return (operations.find(({ operation }) => operation === name) ?? operations[0]) as Operation;
}
