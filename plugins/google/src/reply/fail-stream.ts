import type { GatewayError } from '@tapgate/core';
import type { Framing } from '../peek.ts';
import { errorDocument } from '../write-error.ts';

/**
 * What tells a client that its stream broke off. Among server-sent events it is bare JSON: clients of this API look for an
 * error where an event should begin, and read one behind `data:` as an empty answer.
 */
export function failStream(error: GatewayError, framing: Framing, stream: 'new' | 'begun' | 'closed'): string {
  const { body } = errorDocument(error);
  if (framing === 'sse') return body;
  if (stream === 'closed') return '';
  return `${stream === 'new' ? '[' : ',\r\n'}${body}\r\n]`;
}
