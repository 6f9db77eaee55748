import {
  isObject,
  type Capabilities,
  type ChatRequest,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  type Turn,
} from '@tapgate/core';
import { can, wordOf } from '../capabilities.ts';
import { chatDialect, ownExt, ownFields } from '../own.ts';
import { CallIds } from './call-ids.ts';
import type { Losses } from './losses.ts';
import { placeResults, type Message } from './place-results.ts';
import { merged, textOfParts, writeContent, writePart, type PartContext } from './write-content.ts';
import { writeReasoning } from './write-reasoning-parts.ts';
import { writeSignature, writeToolCall } from './write-tool-calls.ts';

interface Context extends PartContext {
  readonly able: Capabilities;
  readonly losses: Losses;
  readonly ids: CallIds;
}

/** Writes the conversation as this dialect's messages. */
export function writeMessages(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject[] {
  const context: Context = { able, losses, ids: new CallIds(request.turns, able) };
  const messages: Message[] = instructionMessages(request.instructions, context).map((json) => ({ json }));
  for (const [index, turn] of request.turns.entries()) {
    messages.push(...writeTurn(turn, turn.path ?? `messages[${index}]`, context));
  }
  const placed = placeResults(messages);
  markPrefill(placed, request, context);
  return able['alternates'] === true ? merge(placed) : placed;
}

/** Neighbouring parts of one role are one message, unless the client began another there. */
function instructionMessages(instructions: ChatRequest['instructions'], context: Context): JsonObject[] {
  const groups: { role: string; extra: JsonObject; parts: Part[] }[] = [];
  for (const part of instructions) {
    const role = instructionRole(part, context.able);
    const note = ownExt(part)['$message'];
    const last = groups.at(-1);
    if (last === undefined || isObject(note) || last.role !== role) {
      groups.push({ role, extra: isObject(note) ? note : {}, parts: [part] });
    } else last.parts.push(part);
  }
  const form = wordOf(context.able, 'contentForm');
  return groups.map(({ role, extra, parts }, index) =>
    merged({ role, content: writeContent(parts, `messages[${index}]`, context, form) }, extra),
  );
}

function instructionRole(part: Part | undefined, able: Capabilities): string {
  return wordOf(able, 'systemRole') ?? (part?.kind === 'text' ? part.role : undefined) ?? 'system';
}

function writeTurn(turn: Turn, path: string, context: Context): Message[] {
  switch (turn.role) {
    case 'assistant':
      return [{ json: writeAssistant(turn, path, context) }];
    case 'instruction':
      return [{ json: writeInstruction(turn, path, context) }];
    case 'user':
    case 'tool':
      return writeUser(turn, path, context);
  }
}

/** An instruction after the beginning keeps its place; where the target has none for it, the user says it. */
function writeInstruction(turn: Turn, path: string, context: Context): JsonObject {
  const { able, losses } = context;
  if (can(able, 'midSystem')) {
    const content = writeContent(turn.parts, path, context, wordOf(able, 'contentForm'));
    return messageOf(instructionRole(turn.parts[0], able), turn, content);
  }
  losses.hint(path, 'instructions after the beginning are said by the user', 'approximated');
  return messageOf('user', turn, `<system>\n${textOfParts(turn.parts)}\n</system>`);
}

function messageOf(role: string, turn: Turn, content: Json): JsonObject {
  const message: JsonObject = { role, content };
  if (turn.name !== undefined) message['name'] = turn.name;
  return merged(message, ownFields(turn));
}

/** Results become messages of their own, before what else the turn says. */
function writeUser(turn: Turn, path: string, context: Context): Message[] {
  const messages: Message[] = [];
  const others: Part[] = [];
  const shown: MediaPart[] = [];
  for (const part of turn.parts) {
    if (part.kind === 'tool-result') messages.push(writeResult(part, path, context, shown));
    else others.push(part);
  }
  if (others.length > 0 || messages.length === 0) {
    const content = writeContent([...shown, ...others], path, context, wordOf(context.able, 'contentForm'));
    messages.push({ json: messageOf('user', turn, content) });
  } else if (shown.length > 0) {
    messages.push({ json: { role: 'user', content: writeContent(shown, path, context) } });
  }
  return messages;
}

/** Images and files that a result may not hold are put into `shown`, for the message behind it. */
function writeResult(part: ToolResultPart, path: string, context: Context, shown: MediaPart[]): Message {
  const id = context.ids.of(part);
  const parts = part.parts.map((inner) => (movesOut(inner, context) ? moved(inner, path, context, shown) : inner));
  const form = wordOf(context.able, 'toolContentForm') ?? wordOf(context.able, 'contentForm');
  const isError = part.isError === true;
  if (isError) context.losses.hint(`${path}.is_error`, 'a failure is said in words', 'approximated');
  const content = failed(writeContent(parts, path, context, form), isError);
  const json: JsonObject = { role: 'tool', tool_call_id: id, content };
  if (part.name !== undefined) json['name'] = part.name;
  return { json: merged(json, ownFields(part)), answers: id };
}

/** The API's inventor takes texts alone there, and most who took it over do too. */
function movesOut(part: Part, { able }: Context): part is MediaPart {
  return part.kind === 'media' && able['toolImages'] !== true;
}

function moved(part: MediaPart, path: string, { losses }: Context, shown: MediaPart[]): Part {
  losses.hint(path, "images and files in a tool's result follow in a message of the user", 'approximated');
  shown.push(part);
  const what = part.mediaType.startsWith('image/') ? 'image' : 'file';
  return { kind: 'text', text: `[The ${what} is in the message behind this one.]` };
}

/** This dialect has no word for a result that is an error, so the text says it. */
function failed(content: Json, isError: boolean): Json {
  if (!isError) return content;
  if (Array.isArray(content)) return [{ type: 'text', text: 'Error:' }, ...(content as readonly Json[])];
  return typeof content === 'string' && !/^error/i.test(content) ? `Error: ${content}` : content;
}

function writeAssistant(turn: Turn, path: string, context: Context): JsonObject {
  const { able, losses } = context;
  const { texts, reasoning, refusals, images, calls } = sorted(turn.parts, path, losses);
  const thought = writeReasoning(reasoning, path, able, losses);
  const signed = texts.findLast((part): part is TextPart => part.kind === 'text' && part.seal !== undefined);
  const message = messageOf('assistant', turn, assistantContent(texts, thought.content, path, context));
  const toolCalls = calls.map((part, index) =>
    part.kind === 'tool-call'
      ? writeToolCall(part, context.ids.of(part), `${path}.tool_calls[${index}]`, able, losses)
      : writePart(part, `${path}.tool_calls[${index}]`, context),
  );
  merged(message, { ...thought.members, ...(signed && writeSignature(signed, path, able, losses)) });
  if (refusals !== '') message['refusal'] = refusals;
  if (images.length > 0) message['images'] = images.map((image) => writePart(image, path, context) ?? null);
  if (toolCalls.length > 0) message['tool_calls'] = toolCalls.map((call) => call ?? null);
  if (message['content'] === '' && isSilent(message)) message['content'] = can(able, 'nullContent') ? null : '';
  return message;
}

/** Whether a message says something else than a content. */
function isSilent(message: JsonObject): boolean {
  return ['tool_calls', 'refusal', 'audio', 'function_call'].some((member) => message[member] !== undefined);
}

interface Sorted {
  readonly texts: Part[];
  readonly reasoning: ReasoningPart[];
  refusals: string;
  readonly images: MediaPart[];
  readonly calls: (ToolCallPart | Part)[];
}

/** This dialect keeps no order among the kinds of an answer's parts. */
function sorted(parts: readonly Part[], path: string, losses: Losses): Sorted {
  const found: Sorted = { texts: [], reasoning: [], refusals: '', images: [], calls: [] };
  for (const part of parts) {
    if (part.kind === 'text') found.texts.push(part);
    else if (part.kind === 'reasoning') found.reasoning.push(part);
    else if (part.kind === 'refusal') found.refusals += part.text;
    else if (part.kind === 'tool-call' && part.executedBy === 'client') found.calls.push(part);
    else if (part.kind === 'media' && ownExt(part)['$as'] === 'images') found.images.push(part);
    else if (part.kind === 'opaque' && part.origin.dialect === chatDialect) {
      (isToolCall(part.json) ? found.calls : found.texts).push(part);
    } else found.texts.push(...standIn(part, path, losses));
  }
  return found;
}

function isToolCall(json: unknown): boolean {
  return isObject(json) && (json['id'] !== undefined || json['function'] !== undefined);
}

/** What an assistant said that this dialect cannot say again. */
function standIn(part: Part, path: string, losses: Losses): readonly Part[] {
  if (part.kind === 'media') {
    losses.hint(path, 'an answer has no place for media', 'approximated');
    return [{ kind: 'text', text: `[${part.mediaType.replace('/*', '')}]` }];
  }
  losses.hint(
    path,
    part.kind === 'opaque' ? `"${part.type}" is known to ${part.origin.dialect} alone` : 'run by its provider',
  );
  return [];
}

/** Texts of an answer are one text, unless one of them has something of its own. */
function assistantContent(texts: readonly Part[], head: readonly JsonObject[], path: string, context: Context): Json {
  const form = wordOf(context.able, 'contentForm');
  const plain = texts.every((part) => part.kind === 'text' && part.cache === undefined && isEmpty(ownFields(part)));
  if (head.length > 0) {
    const content = writeContent(texts, path, context);
    const tail = typeof content === 'string' ? textPart(content) : (content as readonly Json[]);
    return [...head, ...tail];
  }
  return plain || form === 'string' ? textOfParts(texts) : writeContent(texts, path, context);
}

function textPart(text: string): readonly JsonObject[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}

/** A last message of the assistant is one to continue, where the target does that. */
function markPrefill(messages: readonly JsonObject[], request: ChatRequest, { able, losses }: Context): void {
  const last = messages.at(-1);
  if (request.turns.at(-1)?.role !== 'assistant' || last?.['role'] !== 'assistant') return;
  if (!can(able, 'prefill')) losses.contract(`messages[${messages.length - 1}]`, 'it continues no message');
  const field = wordOf(able, 'prefillField');
  if (field !== undefined) last[field] = true;
}

/** Puts neighbours of one role together: their parts side by side, not their texts run together. */
function merge(messages: readonly JsonObject[]): JsonObject[] {
  const result: JsonObject[] = [];
  for (const message of messages) {
    const last = result.at(-1);
    if (last === undefined || !joins(last, message)) result.push(message);
    else last['content'] = together(last['content'], message['content']);
  }
  return result;
}

function joins(one: JsonObject, other: JsonObject): boolean {
  if (one['role'] !== other['role'] || other['role'] === 'tool') return false;
  return one['tool_calls'] === undefined && other['tool_calls'] === undefined;
}

function together(one: Json | undefined, other: Json | undefined): Json {
  if (typeof one === 'string' && typeof other === 'string') return `${one}\n\n${other}`;
  return [...asParts(one), ...asParts(other)];
}

function asParts(content: Json | undefined): readonly Json[] {
  if (Array.isArray(content)) return content as readonly Json[];
  return typeof content === 'string' ? textPart(content) : [];
}
