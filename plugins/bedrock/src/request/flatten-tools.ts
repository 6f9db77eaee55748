import type { Part, ToolCallPart, ToolResultPart, Turn } from '@tapgate/core';
import type { Writing } from './writing.ts';

/**
 * A conversation in which no tool may be called any more, for a model that would call one as long as it sees any: calls
 * and their results as texts that tell of them.
 */
export function flattened(turns: readonly Turn[], { losses }: Writing): readonly Turn[] {
  const names = new Map<string, string>();
  return turns.map((turn, index) => {
    if (!turn.parts.some(isTool)) return turn;
    losses.hint(turn.path ?? `messages[${index}]`, 'no tool may be called, so calls are told as text', 'approximated');
    return { ...turn, parts: turn.parts.flatMap((part) => toldOf(part, names)) };
  });
}

/** Whether a conversation has calls or results of tools. */
export function hasTools(turns: readonly Turn[]): boolean {
  return turns.some(({ parts }) => parts.some(isTool));
}

function isTool(part: Part): part is ToolCallPart | ToolResultPart {
  return part.kind === 'tool-result' || (part.kind === 'tool-call' && part.executedBy === 'client');
}

function toldOf(part: Part, names: Map<string, string>): readonly Part[] {
  if (!isTool(part)) return [part];
  if (part.kind === 'tool-call') {
    names.set(part.callId, part.name);
    return [{ kind: 'text', text: `(Called ${part.name} with ${part.argsText.trim() || '{}'}.)` }];
  }
  const name = part.name ?? names.get(part.callId) ?? 'a tool';
  const what = part.isError === true ? 'Error' : 'Result';
  return [{ kind: 'text', text: `(${what} of ${name}:)` }, ...part.parts];
}
