import { type ErrorKind, type GatewayError, writeEvent, writeJson } from '@tapgate/core';

/** The API's word and status for each kind of error. */
const words: Readonly<Record<ErrorKind, readonly [type: string, status?: number]>> = {
  'invalid-request': ['invalid_request_error'],
  unsupported: ['invalid_request_error'],
  authentication: ['authentication_error'],
  permission: ['permission_error'],
  billing: ['billing_error'],
  'not-found': ['not_found_error'],
  conflict: ['invalid_request_error'],
  'too-large': ['request_too_large'],
  'context-length': ['invalid_request_error'],
  'content-policy': ['invalid_request_error'],
  'rate-limit': ['rate_limit_error', 429],
  quota: ['rate_limit_error', 429],
  // Clients of this dialect know 529, and take 503 for a fault of the server.
  overloaded: ['overloaded_error', 529],
  timeout: ['timeout_error'],
  truncated: ['api_error'],
  server: ['api_error'],
  'client-left': ['api_error'],
};

/**
 * An error answer.
 *
 * @see https://platform.claude.com/docs/en/api/errors
 */
export function writeError(
  error: GatewayError,
  requestId: string,
): { readonly status: number; readonly contentType: string; readonly body: string } {
  const [, status = error.status] = words[error.kind];
  return { status, contentType: 'application/json', body: writeJson({ ...errorJson(error), request_id: requestId }) };
}

/** The event that tells a client that its stream broke off. Clients look at its name alone. */
export function errorEvent(error: GatewayError): string {
  return writeEvent({ event: 'error', data: writeJson(errorJson(error)) });
}

function errorJson(error: GatewayError): {
  type: 'error';
  error: { type: string; message: string; details: { error_code: string } };
} {
  const [type] = words[error.kind];
  const details = { error_code: error.upstream?.code ?? error.code };
  return { type: 'error', error: { type, message: error.message, details } };
}
