import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  RawJson,
  readJson,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errors } from '../errors.ts';
import { toolNames } from '../tool-names.ts';
import { vendorOf } from '../model-abilities.ts';
import { ownMembers, ownOf } from '../own-fields.ts';
import { cachePoint } from './cache-points.ts';
import { writeMedia } from './write-media.ts';
import { wordOf, type Writing } from './writing.ts';

/** What stands where a tool gave nothing: the API takes no text that shows nothing. */
const NOTHING = '(no output)';

/** A part as blocks, its cache mark behind it; none for what cannot be said here, which is then among the losses. */
export function writePart(part: Part, path: string, writing: Writing): readonly JsonObject[] {
  const block = writeBlock(part, path, writing);
  return block === undefined ? [] : marked(block, part, path, writing);
}

/** A block, and the mark behind it. */
function marked(block: JsonObject, part: Part, path: string, writing: Writing): readonly JsonObject[] {
  const point = cachePoint(part.cache, path, writing);
  return point === undefined ? [block] : [block, point];
}

function writeBlock(part: Part, path: string, writing: Writing): JsonObject | undefined {
  switch (part.kind) {
    case 'text':
      return writeText(part, path, writing);
    case 'refusal':
      return part.text.trim() === '' ? undefined : { text: part.text };
    case 'media':
      return writeMedia(part, path, writing);
    case 'reasoning':
      return writeReasoning(part, path, writing);
    case 'opaque':
      if (part.origin.dialect === dialectName && isObject(part.json)) return part.json;
      writing.losses.hint(path, `"${part.type}" belongs to another vendor`);
      return undefined;
    // Calls and results have their places, and are not written here.
    case 'tool-call':
    case 'tool-result':
      return undefined;
  }
}

/** A text, with its sources where they are this vendor's own. One that shows nothing is none. */
function writeText(part: TextPart, path: string, writing: Writing): JsonObject | undefined {
  const { text, citations = [] } = part;
  if (text.trim() === '') return undefined;
  const own = citations.flatMap(({ raw }) => (raw?.dialect === dialectName ? [raw.json] : []));
  if (own.length < citations.length)
    writing.losses.hint(`${path}.citations`, 'citations of another vendor are not known here');
  const content = ownOf(part)?.['$content'];
  if (own.length === 0) return { text };
  return { citationsContent: { content: content ?? [{ text }], citations: own } };
}

/** Thinking goes back to the model's own maker that signed it, whole, or not at all. */
function writeReasoning(part: ReasoningPart, path: string, { able, losses }: Writing): JsonObject | undefined {
  const { seal } = part;
  // A client of another dialect may have kept it as a summary, which the thinking of this place never is.
  const text = part.text ?? part.summary?.join('') ?? '';
  const isOwn = seal === undefined ? ownOf(part) !== undefined : seal.origin.dialect === dialectName;
  const maker = seal?.origin.model === undefined ? undefined : vendorOf(seal.origin.model);
  const vendor = wordOf(able, 'vendor');
  if (!isOwn || (maker !== undefined && vendor !== undefined && maker !== vendor)) {
    losses.hint(path, 'thinking that another model signed, or none, is not taken');
    return undefined;
  }
  if (seal?.form === 'redacted') return { reasoningContent: { redactedContent: seal.value } };
  return { reasoningContent: { reasoningText: { text, signature: seal?.value } } };
}

/** A call, under the id that the target knows it by. */
export function writeToolUse(part: ToolCallPart, id: string, path: string): JsonObject {
  return {
    toolUse: { toolUseId: id, name: toolNames.legal(part.name), input: inputOf(part, path), ...ownMembers(part) },
  };
}

/**
 * A call's arguments as the object they are. A model that calls without arguments often writes nothing, or null.
 *
 * @throws ARGUMENTS_INVALID where they are no object: the API would refuse them, and every turn that follows.
 */
function inputOf(part: ToolCallPart, path: string): Json {
  if (part.custom) return { input: part.argsText };
  const text = part.argsText.trim();
  if (text === '' || text === 'null') return {};
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

/** A tool's result, under the id that the target knows its call by, and its cache mark. */
export function writeToolResult(
  part: ToolResultPart,
  id: string,
  path: string,
  writing: Writing,
): readonly JsonObject[] {
  const content: JsonObject[] = [];
  for (const [index, inner] of part.parts.entries()) {
    const json = inner.kind === 'text' && ownOf(inner)?.['$json'] === true ? parsed(inner.text) : undefined;
    if (json !== undefined && inner.kind === 'text') content.push({ json: new RawJson(inner.text, json) });
    // A mark within a result has no place of its own: it stands behind the result.
    else content.push(...writePart(withoutMark(inner), `${path}.content[${index}]`, writing));
  }
  if (content.length === 0) content.push({ text: NOTHING });
  const cache = part.cache ?? part.parts.find((inner) => inner.cache !== undefined)?.cache;
  const status = statusOf(part);
  const result = { toolResult: { toolUseId: id, content, status, ...ownMembers(part) } };
  return marked(result, cache === undefined ? part : { ...part, cache }, path, writing);
}

function withoutMark(part: Part): Part {
  const { cache: _cache, ...rest } = part;
  return rest;
}

function statusOf({ isError }: ToolResultPart): string | undefined {
  return isError === undefined ? undefined : isError ? 'error' : 'success';
}
