import { type JsonObject, type Part, type ToolResultPart } from '@tapgate/core';
import { ownMembers } from '../own-fields.ts';
import type { WireCall } from './call-ids.ts';
import type { Message, Placed } from './message.ts';
import { writePart, writeToolResult } from './write-block.ts';
import type { Writing } from './writing.ts';

/** A part that is no result of a call before it, and where the client wrote it. */
interface PlacedPart {
  readonly part: Part;
  readonly path: string;
}

/** Adds the user's message: the results of all calls first and in their order, then the rest as it stood. */
export function writeOthers(
  run: readonly Placed[],
  calls: readonly WireCall[],
  messages: Message[],
  writing: Writing,
): void {
  const answers = new Map<WireCall, readonly JsonObject[]>();
  const rest: PlacedPart[] = [];
  for (const { turn, path } of run) {
    for (const [index, part] of turn.parts.entries()) {
      const at = turn.parts.length === 1 ? path : `${path}.content[${index}]`;
      if (part.kind !== 'tool-result') {
        rest.push({ part: turn.role === 'instruction' ? instructed(part, at, writing) : part, path: at });
        continue;
      }
      const call = calls.find((one) => one.callId === part.callId && !answers.has(one));
      if (call === undefined) rest.push(...orphan(part, at, writing));
      else answers.set(call, writeToolResult(part, call.id, at, writing));
    }
  }
  const results = calls.flatMap((call) => answers.get(call) ?? [missing(call, writing)]);
  const content = [...results, ...rest.flatMap(({ part, path }) => writePart(part, path, writing))];
  const [first] = run;
  if (content.length > 0)
    messages.push({ role: 'user', content: withText(content, writing), members: ownMembers(first?.turn) });
}

/** What the system says in the middle of a conversation, which the API does not know: marked text, where it stood. */
function instructed(part: Part, path: string, { losses }: Writing): Part {
  losses.hint(path, 'it takes no system message in the middle of a conversation', 'approximated');
  if (part.kind !== 'text' || part.text.trim() === '') return part;
  return { ...part, text: `<system>\n${part.text}\n</system>` };
}

/** Clients leave calls without a result behind when they are interrupted, or sum up. */
function missing(call: WireCall, { losses }: Writing): JsonObject {
  losses.hint('messages', `the call "${call.callId}" has no result`, 'synthesised');
  const content = [{ text: 'The tool call was interrupted.' }];
  return { toolResult: { toolUseId: call.id, content, status: 'error' } };
}

/** A result whose call is gone: its content, with a word on what it was. */
function orphan(part: ToolResultPart, path: string, { losses }: Writing): readonly PlacedPart[] {
  losses.hint(path, `its call "${part.callId}" is not in the message before`, 'approximated');
  const text = `Result of an earlier call of ${part.name ?? 'a tool'} (${part.callId}):`;
  return [{ kind: 'text' as const, text }, ...part.parts].map((inner) => ({ part: inner, path }));
}

/** A document is refused without a text beside it. */
function withText(content: readonly JsonObject[], { losses }: Writing): readonly JsonObject[] {
  const hasDocument = content.some((block) => 'document' in block);
  if (!hasDocument || content.some((block) => 'text' in block)) return content;
  losses.hint('messages', 'a document needs a text beside it', 'synthesised');
  return [...content, { text: '(A document is attached.)' }];
}
