import {
  isOwnSeal,
  standInArguments,
  type Capabilities,
  type ChatRequest,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '@tapgate/core';
import { can } from '../chat/capabilities.ts';
import type { CallIds } from '../chat/request/call-ids.ts';
import type { Losses } from '../chat/request/losses.ts';
import { dialectName, madeHere } from './names.ts';
import { fieldsOf, notesOf } from './own.ts';
import { writeContent, type PartContext } from './write-content.ts';

/** What writing items needs to know. */
export interface ItemContext {
  /** The request came in this dialect. */
  readonly own: boolean;
  readonly able: Capabilities;
  readonly losses: Losses;
  readonly ids: CallIds;
}

/** The instructions that do not go into the field of that name, as messages. */
export function writeInstructions(parts: ChatRequest['instructions'], context: ItemContext): readonly Json[] {
  return writeTurn({ role: 'instruction', parts }, 'instructions', context);
}

/** One turn as items. */
export function writeTurn(turn: Turn, path: string, context: ItemContext): readonly Json[] {
  const items: Json[] = [];
  let message: Part[] = [];
  const close = (): void => {
    const written = writeMessage(turn.role, message, path, context);
    if (written !== undefined) items.push(written);
    message = [];
  };
  for (const [index, part] of turn.parts.entries()) {
    if (!isContent(part)) {
      close();
      items.push(...writeItem(part, `${path}.content[${index}]`, context));
    } else {
      if (startsMessage(part, message.at(-1), turn.role)) close();
      message.push(part);
    }
  }
  close();
  if (turn.name !== undefined) context.losses.hint(`${path}.name`, 'messages have no name here');
  return items;
}

/** Whether a part stands in a message. All others are items of their own. */
function isContent(part: Part): boolean {
  if (part.kind === 'opaque') return notesOf(part).$content === 'part' || part.origin.dialect !== dialectName;
  return part.kind === 'text' || part.kind === 'media' || part.kind === 'refusal';
}

/** A part that begins a message says so, where it came from this dialect. Instructions of other dialects are a message each. */
function startsMessage(part: Part, before: Part | undefined, role: Turn['role']): boolean {
  if (notesOf(part).$item !== undefined) return true;
  return role === 'instruction' && before !== undefined && notesOf(before).$item === undefined;
}

function writeMessage(
  turnRole: Turn['role'],
  parts: readonly Part[],
  path: string,
  context: ItemContext,
): JsonObject | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const item = notesOf(first).$item;
  const role = roleOf(turnRole, first, item, context);
  const content = writeContent(parts, { ...context, role, path });
  return Array.isArray(content) && content.length === 0 ? undefined : { ...item, role, content };
}

function roleOf(
  role: Turn['role'],
  first: Part | undefined,
  item: JsonObject | undefined,
  context: ItemContext,
): string {
  if (role !== 'instruction') return role === 'assistant' ? 'assistant' : 'user';
  const asked = context.able['systemRole'];
  if (asked === 'system' || asked === 'developer') return asked;
  const said = (first?.kind === 'text' ? first.role : undefined) ?? item?.['role'];
  return said === 'developer' ? 'developer' : 'system';
}

function writeItem(part: Part, path: string, context: ItemContext): readonly Json[] {
  switch (part.kind) {
    case 'reasoning':
      return writeReasoning(part, path, context);
    case 'tool-call':
      return writeCall(part, path, context);
    case 'tool-result':
      return [writeResult(part, path, context)];
    case 'opaque':
      return [part.json];
    default:
      return [];
  }
}

function writeReasoning(part: ReasoningPart, path: string, context: ItemContext): readonly JsonObject[] {
  const seal = part.seal;
  const sealed = isOwnSeal(seal, dialectName);
  const plain = context.able['reasoningReplay'] === 'required' || context.able['reasoningReplay'] === 'accepted';
  if (!sealed && !plain && (!context.own || seal !== undefined || madeByUs(part))) {
    context.losses.hint(path, 'thinking goes back only to whom it came from');
    return [];
  }
  const { $texts } = notesOf(part);
  const texts = $texts?.join('') === (part.text ?? '') ? $texts : part.text === undefined ? undefined : [part.text];
  return [
    {
      type: 'reasoning',
      ...(part.itemId !== undefined && { id: part.itemId }),
      ...((part.summary !== undefined || !context.own) && { summary: summaryOf(part) }),
      ...(texts && { content: texts.map((text) => ({ type: 'reasoning_text', text })) }),
      ...(sealed && { encrypted_content: seal.value }),
      ...fieldsOf(part),
    },
  ];
}

function summaryOf(part: ReasoningPart): Json {
  return (part.summary ?? []).map((text) => ({ type: 'summary_text', text }));
}

function writeCall(part: ToolCallPart, path: string, context: ItemContext): readonly JsonObject[] {
  const { own, losses, ids } = context;
  if (part.executedBy === 'provider') {
    losses.hint(path, 'another provider ran this tool by itself');
    return [];
  }
  const { itemId } = part;
  const { $name: name = part.name } = notesOf(part);
  const custom = isCustom(part, context);
  const args = custom || own || part.argsText.trim() !== '' ? part.argsText : '{}';
  const said = part.custom && !custom ? standInArguments(part.argsText) : args;
  return [
    {
      type: custom ? 'custom_tool_call' : 'function_call',
      ...(own && itemId !== undefined && { id: itemId }),
      call_id: own ? part.callId : ids.of(part),
      name,
      ...(custom ? { input: said } : { arguments: said }),
      ...fieldsOf(part),
    },
  ];
}

/** Whether a call or its result is written as that of a tool of free text: where the target knows them. */
function isCustom({ custom }: ToolCallPart | ToolResultPart, { able }: ItemContext): boolean {
  return custom === true && can(able, 'customTools');
}

function writeResult(part: ToolResultPart, path: string, context: ItemContext): JsonObject {
  const { parts, isError } = part;
  const inner: PartContext = { ...context, role: 'user', path };
  const output = writeContent(parts, inner);
  const empty = parts.length === 0 && !context.own;
  return {
    type: isCustom(part, context) ? 'custom_tool_call_output' : 'function_call_output',
    call_id: context.own ? part.callId : context.ids.of(part),
    output: empty ? '' : isError === true ? asError(output, path, context.losses) : output,
    ...fieldsOf(part),
  };
}

/** The dialect has no mark for a tool's failure, so that it must be said in words. */
function asError(output: Json, path: string, losses: Losses): Json {
  losses.hint(`${path}.is_error`, 'a failure is said in words', 'approximated');
  if (typeof output === 'string') return /^error\b/i.test(output) ? output : `Error: ${output}`;
  return [{ type: 'input_text', text: 'Error:' }, ...(output as readonly Json[])];
}

/** The gateway made the item, so that no provider can look it up by its id. */
function madeByUs(part: ReasoningPart): boolean {
  return notesOf(part).$made ?? part.itemId?.startsWith(`rs_${madeHere}`) ?? false;
}
