import type { Exchange, Target } from '@tapgate/core';
import type { Limit } from './limit.ts';
import { keyText } from './parts.ts';

/** Whether the limit counts this at all. */
export function meetsLimit(limit: Limit, exchange: Exchange, target: Target | undefined): boolean {
  return limit.only.every(([part, values]) => {
    const value = part.read(exchange, target);
    return values.some((one) => (one.endsWith('*') ? value.startsWith(one.slice(0, -1)) : one === value));
  });
}

/** What is counted apart for this: `key=ann;model=smart`. */
export function subjectOf(limit: Limit, exchange: Exchange, target: Target | undefined): string {
  let subject = '';
  let walled = false;
  for (const part of limit.per) {
    const { name, chosen } = part;
    const value = keyText(part.read(exchange, target));
    if (chosen === undefined) {
      subject += `${name}=${value};`;
      continue;
    }
    walled ||= chosen === 'own';
    const admitted = limit.values.get(part)?.admits(exchange.caller.id, value, limit.memoryMs) ?? true;
    subject += admitted ? `${name}=${value};` : `${name}~others;`;
    // What one caller makes up must not fill the counter that another's go to.
    walled ||= !admitted;
  }
  return walled ? `of=${keyText(exchange.caller.id)};${subject}` : subject;
}
