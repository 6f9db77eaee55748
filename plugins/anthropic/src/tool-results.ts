import type { Json, Part, ToolResultPart } from '@tapgate/core';
import type { WireCall } from './call-ids.ts';
import type { Placed } from './message.ts';
import { writeBlock, writeToolResult } from './write-block.ts';
import type { Writing } from './writing.ts';

/** A part that is no result of a call before it, and where the client wrote it. */
export interface PlacedPart {
  readonly part: Part;
  readonly path: string;
  readonly instruction: boolean;
}

/** The results that the calls before are owed, and everything else in its order. */
export interface Results {
  readonly results: readonly Json[];
  readonly rest: readonly PlacedPart[];
}

/** Sorts out the results of a user's turns: each call has exactly one, in the order of the calls. */
export function writeResults(run: readonly Placed[], calls: readonly WireCall[], writing: Writing): Results {
  const answers = new Map<WireCall, Json>();
  const rest: PlacedPart[] = [];
  for (const { turn, path } of run) {
    for (const [index, part] of turn.parts.entries()) {
      const at = turn.parts.length === 1 ? path : `${path}.content[${index}]`;
      if (part.kind !== 'tool-result') {
        rest.push({ part, path: at, instruction: turn.role === 'instruction' });
        continue;
      }
      const call = calls.find(({ callId }, order) => callId === part.callId && !answers.has(calls[order] as WireCall));
      if (call === undefined) rest.push(...orphan(part, at, writing));
      else answers.set(call, writeToolResult(part, call.id, at, writing));
    }
  }
  return { results: calls.map((call) => answers.get(call) ?? missing(call, writing)), rest };
}

/** Clients leave calls without a result behind when they are interrupted, or sum up. */
function missing(call: WireCall, writing: Writing): Json {
  writing.losses.hint('messages', `the call "${call.callId}" has no result`, 'synthesised');
  return { type: 'tool_result', tool_use_id: call.id, content: 'The tool call was interrupted.', is_error: true };
}

/** A result whose call is gone: its content, with a word on what it was. */
function orphan(part: ToolResultPart, path: string, writing: Writing): readonly PlacedPart[] {
  writing.losses.hint(path, `its call "${part.callId}" is not in the message before`, 'approximated');
  const title = {
    kind: 'text' as const,
    text: `Result of an earlier call of ${part.name ?? 'a tool'} (${part.callId}):`,
  };
  return [title, ...part.parts].map((inner) => ({ part: inner, path, instruction: false }));
}

/** The blocks of parts that are no results. */
export function writeParts(parts: readonly PlacedPart[], writing: Writing): readonly Json[] {
  return parts.map(({ part, path }) => writeBlock(part, path, writing)).filter((block) => block !== undefined);
}
