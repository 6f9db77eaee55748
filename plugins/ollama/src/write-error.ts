import { type GatewayError, writeJson } from '@tapgate/core';

/** An error answer. */
export function writeError(error: GatewayError): {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
} {
  return { status: error.status, contentType: 'application/json', body: writeJson({ error: error.message }) };
}

/** The line that ends a stream that broke off. */
export function errorLine(error: GatewayError): string {
  return `${writeJson({ error: error.message })}\n`;
}
