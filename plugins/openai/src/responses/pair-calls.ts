import type { Part, ToolCallPart, ToolResultPart, Turn } from '@tapgate/core';
import type { Losses } from '../chat/request/losses.ts';

/**
 * Every call needs its result, and every result its call, or the API refuses the conversation. Clients leave some out,
 * after an abort or when they cut their history: a missing result is said to be missing, and a result without its call
 * becomes the client's own words.
 */
export function pairCalls(turns: readonly Turn[], losses: Losses): readonly Turn[] {
  const answered = new Set(partsOf(turns, 'tool-result').map(({ callId }) => callId));
  const called = new Set(partsOf(turns, 'tool-call').map(({ callId }) => callId));
  return turns.flatMap((turn) => {
    const path = turn.path ?? 'input';
    const missing = partsOf([turn], 'tool-call').filter((call) => isClients(call) && !answered.has(call.callId));
    if (missing.length > 0) losses.hint(path, 'a call has no result', 'synthesised');
    const orphans = partsOf([turn], 'tool-result').filter(({ callId }) => !called.has(callId));
    if (orphans.length > 0) losses.hint(path, 'a result has no call', 'approximated');
    return [...without(turn, orphans), ...missingResults(missing), ...asWords(orphans)];
  });
}

interface PartsByKind {
  readonly 'tool-call': ToolCallPart;
  readonly 'tool-result': ToolResultPart;
}

function partsOf<K extends keyof PartsByKind>(turns: readonly Turn[], kind: K): readonly PartsByKind[K][] {
  return turns.flatMap(({ parts }) => parts.filter((part): part is PartsByKind[K] => part.kind === kind));
}

function isClients(call: ToolCallPart): boolean {
  return call.executedBy === 'client';
}

function without(turn: Turn, orphans: readonly Part[]): readonly Turn[] {
  if (orphans.length === 0) return [turn];
  const parts = turn.parts.filter((part) => !orphans.includes(part));
  return parts.length > 0 ? [{ ...turn, parts }] : [];
}

function missingResults(calls: readonly ToolCallPart[]): readonly Turn[] {
  if (calls.length === 0) return [];
  const text = 'The call was interrupted: it has no result.';
  return [
    {
      role: 'tool',
      parts: calls.map(({ callId, custom }) => ({
        kind: 'tool-result',
        callId,
        parts: [{ kind: 'text', text }],
        isError: true,
        ...(custom && { custom }),
      })),
    },
  ];
}

function asWords(results: readonly ToolResultPart[]): readonly Turn[] {
  const parts = results.flatMap((result) => result.parts);
  return parts.length > 0 ? [{ role: 'user', parts }] : [];
}
