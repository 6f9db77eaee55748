import type { ErrorKind, GatewayError } from '@tapgate/core';

/** The API's name for a kind of failure, and its status. @see https://google.aip.dev/193 */
const words: Readonly<Record<ErrorKind, readonly [status: number, name: string]>> = {
  'invalid-request': [400, 'INVALID_ARGUMENT'],
  unsupported: [400, 'INVALID_ARGUMENT'],
  authentication: [401, 'UNAUTHENTICATED'],
  permission: [403, 'PERMISSION_DENIED'],
  billing: [429, 'RESOURCE_EXHAUSTED'],
  'not-found': [404, 'NOT_FOUND'],
  conflict: [409, 'ABORTED'],
  'too-large': [413, 'INVALID_ARGUMENT'],
  'context-length': [400, 'INVALID_ARGUMENT'],
  'content-policy': [400, 'INVALID_ARGUMENT'],
  'rate-limit': [429, 'RESOURCE_EXHAUSTED'],
  quota: [429, 'RESOURCE_EXHAUSTED'],
  overloaded: [503, 'UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
  truncated: [502, 'UNAVAILABLE'],
  server: [500, 'INTERNAL'],
  'client-left': [499, 'CANCELLED'],
};

/** Names for statuses that say more than their kind. */
const names: Readonly<Record<number, string>> = {
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  426: 'FAILED_PRECONDITION',
  502: 'UNAVAILABLE',
  501: 'UNIMPLEMENTED',
};

/** The error as a document; `error` comes first, because clients look for it at the beginning of a stream's chunk. */
export function errorDocument(
  error: GatewayError,
  requestId?: string,
): { readonly status: number; readonly body: string } {
  const [usual, name] = words[error.kind];
  const status = error.kind === 'overloaded' ? usual : error.status;
  const details: object[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: error.code, domain: 'tapgate' },
  ];
  if (error.retryAfterMs !== undefined) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${error.retryAfterMs / 1000}s` });
  }
  if (error.param !== undefined) {
    const fieldViolations = [{ field: error.param, description: error.message }];
    details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations });
  }
  if (requestId !== undefined && requestId !== '') {
    details.push({ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId });
  }
  const body = { error: { code: status, message: error.message, status: names[status] ?? name, details } };
  return { status, body: JSON.stringify(body) };
}

/** The whole error answer. */
export function writeError(
  error: GatewayError,
  requestId: string,
): { readonly status: number; readonly contentType: string; readonly body: string } {
  return { ...errorDocument(error, requestId), contentType: 'application/json; charset=UTF-8' };
}
