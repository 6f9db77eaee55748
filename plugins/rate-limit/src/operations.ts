/** Operations that write text, and so as much as they are let. */
const writing: ReadonlySet<string> = new Set(['chat', 'completions', 'generate', 'responses-compact']);

/** Operations that no model works for, or that their vendors do not bill. */
const free =
  /^(count-tokens|responses-input-tokens|moderations)$|^(batch|file)-|^responses-(get|delete|cancel|input-items)$|\./;

/** Whether the answer is text that a model writes. */
export function writesText(operation: string): boolean {
  return writing.has(operation);
}

/** Whether a model reads what is sent. One that is not known here does. */
export function readsInput(operation: string, method: string): boolean {
  return method === 'POST' && !free.test(operation);
}

/** Lists of models and plugins' own endpoints reach no provider, and are no requests. */
export function isCounted(operation: string): boolean {
  return operation !== 'models' && !operation.startsWith('own:');
}
