import type { ChatEvent, Exchange, Reply } from '@tapgate/core';

/** A text as an answer, in no vendor's words; nothing where the client has asked for something that a text is not. */
export function fixedText(text: string, exchange: Exchange): Reply | undefined {
  const request = exchange.read();
  const format = request?.output.format?.kind ?? 'text';
  // Who parses the answer is better off with an error.
  if (request === undefined || format !== 'text' || request.toolChoice?.mode === 'required') return undefined;
  const events: readonly ChatEvent[] = [
    { type: 'start', id: exchange.id, model: exchange.model },
    { type: 'part-start', part: 'text', choice: 0, kind: 'text' },
    { type: 'part-delta', part: 'text', text },
    { type: 'part-end', part: 'text' },
    { type: 'finish', choice: 0, reason: 'stop' },
  ];
  return { events };
}
