import type { GatewayError } from '@tapgate/core';
import type { Framing } from '../peek.ts';
import { errorDocument } from '../write-error.ts';

/**
 * What tells a client that its stream broke off. Among server-sent events it is said twice. The vendor's own clients look
 * for bare JSON where an event should begin, and the older of them read an error in an event as an empty answer; the AI SDK
 * looks into events alone, and would take the broken answer for a whole one.
 */
export function failStream(error: GatewayError, framing: Framing, stream: 'new' | 'begun' | 'closed'): string {
  const { body } = errorDocument(error);
  if (framing === 'sse') return `data: ${body}\r\n\r\n${body}`;
  if (stream === 'closed') return '';
  return `${stream === 'new' ? '[' : ',\r\n'}${body}\r\n]`;
}
