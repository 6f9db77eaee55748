import {
  defined,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  RawJson,
  readJson,
  type ReasoningPart,
  type ToolCallPart,
  type Turn,
} from '@tapgate/core';
import { writtenAs } from '../as-written.ts';
import { errors } from '../errors.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { imagesIn, isPicture, textIn } from './write-content.ts';
import { roleOf } from './role-of.ts';
import type { Writing } from './writing.ts';

/** A message of the assistant: what it thought, said and called. None for one without any. */
export function writeAssistant(turn: Turn, path: string, writing: Writing): readonly JsonObject[] {
  const { own } = writing;
  const thinking = thinkingIn(turn.parts, path, writing);
  // A text that sources cut into pieces is one.
  const content = textIn(own ? turn.parts : turn.parts.map(shown), path, writing, '');
  const images = own ? imagesIn(turn.parts, path, writing) : [];
  const calls = turn.parts
    .filter((part) => part.kind === 'tool-call')
    .flatMap((call, index) => writeCall(call, index, `${path}.tool_calls[${index}]`, writing));
  if (content.trim() === '' && thinking === '' && calls.length === 0 && !own) return [];
  const said = defined({
    content: content === '' && own ? undefined : content,
    thinking: thinking === '' ? undefined : thinking,
    images: images.length === 0 ? undefined : images,
    tool_calls: calls.length === 0 ? undefined : calls,
  });
  return [{ role: roleOf(turn, 'assistant'), ...said, ...ownMembers(turn) }];
}

/** Thinking may be anybody's, as long as nobody has sealed it: the server takes it as a text. */
function thinkingIn(parts: readonly Part[], path: string, { losses }: Writing): string {
  const texts = parts
    .filter((part) => part.kind === 'reasoning')
    .filter((part) => {
      if (part.seal !== undefined) losses.hint(path, 'thinking that another vendor sealed is not given to this one');
      return part.seal === undefined;
    });
  return texts
    .map(textOfThought)
    .filter((text) => text !== '')
    .join('\n\n');
}

function textOfThought({ text, summary }: ReasoningPart): string {
  return text ?? summary?.join('\n\n') ?? '';
}

/** Models are shown no pictures of their own: each is named. */
function shown(part: Part): Part {
  if (part.kind !== 'media' || !isPicture(part)) return part;
  return { kind: 'text', text: `[${part.mediaType}${part.name === undefined ? '' : `: ${part.name}`}]` };
}

function writeCall(part: ToolCallPart, index: number, path: string, writing: Writing): readonly JsonObject[] {
  if (part.executedBy === 'provider') {
    writing.losses.hint(path, 'a tool that another vendor ran is not known here');
    return [];
  }
  const own = ownOf(part);
  const more = own?.['$function'];
  const called = {
    ...(writing.own ? {} : { index }),
    name: part.name,
    ...(writtenAs('arguments', own?.['$arguments']) ?? { arguments: argumentsOf(part, path, writing) }),
    ...(isObject(more) ? more : {}),
  };
  // The id is as its client or its model wrote it.
  const id = writtenAs('id', own?.['$id']) ?? (part.callId === '' ? {} : { id: part.callId });
  return [{ ...id, function: called, ...ownMembers(part) }];
}

/**
 * A call's arguments, as they were written. A model that calls without arguments often writes nothing, or null.
 *
 * @throws ARGUMENTS_INVALID where they are no object: the model would be shown a call that nobody can have made.
 */
function argumentsOf(part: ToolCallPart, path: string, writing: Writing): Json {
  if (part.custom) return { input: part.argsText };
  const text = part.argsText.trim();
  if (!writing.own && (text === '' || text === 'null')) return {};
  const value = parsed(text);
  if (isObject(value)) return new RawJson(text, value);
  throw errors.ARGUMENTS_INVALID({ path }, { param: path });
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
