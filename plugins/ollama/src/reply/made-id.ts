import { createHash } from 'node:crypto';

/**
 * An id for a call that its server gave none. Clients keep it through a whole conversation, so it must differ from answer to
 * answer: it is drawn from the time that the answer's first line says, to the nanosecond, and from the call's place and name.
 */
export function madeId(...from: readonly string[]): string {
  return `call_${createHash('sha256').update(JSON.stringify(from)).digest('hex').slice(0, 24)}`;
}
