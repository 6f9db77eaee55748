import { type ErrorKind, type GatewayError, writeEvent, writeJson } from '@tapgate/core';

/** Statuses of this API for errors that others know by another one. */
const statuses: Partial<Record<ErrorKind, number>> = { 'content-policy': 498, 'client-left': 499 };

/** An error answer. */
export function writeError(
  error: GatewayError,
  requestId: string,
): { readonly status: number; readonly contentType: string; readonly body: string } {
  const status = statuses[error.kind] ?? error.status;
  return { status, contentType: 'application/json', body: writeJson({ id: requestId, message: error.message }) };
}

/** The event that ends a stream that broke off. */
export function errorEvent(error: GatewayError): string {
  const finish_reason = error.kind === 'timeout' ? 'TIMEOUT' : 'ERROR';
  const delta = { finish_reason, error: error.message };
  return writeEvent({ event: 'message-end', data: writeJson({ type: 'message-end', delta }) });
}
