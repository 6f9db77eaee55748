import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  readJson,
  type ReasoningPart,
  type ToolCallPart,
  type Turn,
  standInArguments,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errors } from '../errors.ts';
import { toolNames } from '../tool-names.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { writeCitation } from '../reply/citation.ts';
import { contentOf, writeBlocks } from './write-content.ts';
import type { Writing } from './writing.ts';

/** A message of the assistant: its plan, what it said and thought, its sources, its calls. None for one without any. */
export function writeAssistant(turn: Turn, path: string, writing: Writing): readonly JsonObject[] {
  const own = ownOf(turn);
  const plan = turn.parts.find((part) => isPlan(part));
  const calls = turn.parts.filter((part) => part.kind === 'tool-call');
  const said = turn.parts.filter((part) => part !== plan && part.kind !== 'tool-call' && isTaken(part, path, writing));
  const blocks = writeBlocks(said.map(shown), path, writing);
  const toolCalls = calls.flatMap((call, index) => writeCall(call, `${path}.tool_calls[${index}]`, writing));
  if (blocks.length + toolCalls.length === 0 && plan === undefined && !writing.own) return [];
  const citations = turn.parts.flatMap((part) =>
    part.kind === 'text' ? (part.citations ?? []).map(writeCitation) : [],
  );
  const hasContent = blocks.length > 0 || (writing.own && own?.['$content'] !== 'none');
  return [
    {
      role: 'assistant',
      tool_plan: planOf(plan, own),
      ...(hasContent && { content: contentOf(blocks, own?.['$content'], writing) }),
      ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
      ...(citations.length > 0 && { citations }),
      ...ownMembers(turn),
    },
  ];
}

function isPlan(part: Part): part is ReasoningPart {
  return part.kind === 'reasoning' && ownOf(part)?.['$plan'] === true;
}

function planOf(plan: ReasoningPart | undefined, own: JsonObject | undefined): string | undefined {
  return plan?.text ?? (own?.['$plan'] === 'empty' ? '' : undefined);
}

/** Thinking may be anybody's, as long as nobody has sealed it: the API takes it as a text. */
function isTaken(part: Part, path: string, { own, losses }: Writing): boolean {
  if (part.kind !== 'reasoning') return true;
  const isForeign = part.seal !== undefined && part.seal.origin.dialect !== dialectName;
  const isEmpty = !own && (part.text ?? part.summary?.join('') ?? '').trim() === '';
  if (isForeign) losses.hint(path, 'thinking that another vendor sealed is not given to this one');
  return !isForeign && !isEmpty;
}

/** An assistant holds no media here: what it showed is named. */
function shown(part: Part): Part {
  if (part.kind !== 'media') return part;
  return { kind: 'text', text: `[${part.mediaType}${part.name === undefined ? '' : `: ${part.name}`}]` };
}

function writeCall(part: ToolCallPart, path: string, writing: Writing): readonly JsonObject[] {
  if (part.executedBy === 'provider') {
    writing.losses.hint(path, 'a tool that another vendor ran is not known here');
    return [];
  }
  const own = ownOf(part);
  const more = isObject(own?.['$function']) ? own['$function'] : {};
  const args = own?.['$arguments'] === false && part.argsText === '{}' ? undefined : argumentsOf(part, path, writing);
  const id = part.callId === '' && !writing.own ? `call_${path.replaceAll(/[^a-zA-Z0-9]+/g, '_')}` : part.callId;
  return [
    {
      id,
      type: 'function',
      function: { name: toolNames.legal(part.name), arguments: args, ...more },
      ...ownMembers(part),
    },
  ];
}

/**
 * A call's arguments, as they were written. A model that calls without arguments often writes nothing, or null.
 *
 * @throws ARGUMENTS_INVALID where they are no object: the model would be shown a call that nobody can have made.
 */
function argumentsOf(part: ToolCallPart, path: string, writing: Writing): string {
  if (writing.own) return part.argsText;
  if (part.custom) return standInArguments(part.argsText);
  const text = part.argsText.trim();
  if (text === '' || text === 'null') return '{}';
  if (isObject(parsed(text))) return part.argsText;
  throw errors.ARGUMENTS_INVALID({ path }, { param: path });
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
