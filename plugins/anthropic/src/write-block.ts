import {
  asString,
  type Citation,
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
import { dialectName } from './dialect-name.ts';
import { errors } from './errors.ts';
import { toolNames } from './tool-names.ts';
import { ownMembers, ownOf, withCache } from './own-fields.ts';
import { isOwnSeal } from './seal-tag.ts';
import { writeMedia } from './write-media.ts';
import type { Writing } from './writing.ts';

/** A part as a content block; nothing for what cannot be said here, which is then among the losses. */
export function writeBlock(part: Part, path: string, writing: Writing): Json | undefined {
  switch (part.kind) {
    case 'text':
      return writeText(part, path, writing);
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'media':
      return writeMedia(part, path, writing);
    case 'reasoning':
      return writeReasoning(part, path, writing);
    case 'tool-call':
      return writeToolUse(part, toolNames.legal(part.callId), path, writing);
    case 'tool-result':
      return writeToolResult(part, toolNames.legal(part.callId), path, writing);
    case 'opaque':
      if (part.origin.dialect === dialectName) return part.json;
      writing.losses.hint(path, `"${part.type}" belongs to another vendor`);
      return undefined;
  }
}

/** A text, with those of its citations that are this vendor's own. */
export function writeText(part: TextPart, path: string, writing: Writing): JsonObject {
  const citations = (part.citations ?? []).map(ownCitation).filter((citation) => citation !== undefined);
  if (citations.length < (part.citations?.length ?? 0)) {
    writing.losses.hint(`${path}.citations`, 'citations of another vendor are not known here');
  }
  const block = { type: 'text', text: part.text, ...(citations.length > 0 && { citations }) };
  return withCache({ ...block, ...ownMembers(part) }, part.cache);
}

function ownCitation(citation: Citation): JsonObject | undefined {
  return citation.raw?.dialect === dialectName ? citation.raw.json : undefined;
}

/** Thinking goes back to the vendor that signed it, whole, or not at all: unsigned it would be refused. */
function writeReasoning(part: ReasoningPart, path: string, writing: Writing): JsonObject | undefined {
  const { seal } = part;
  if (!isOwnSeal(seal)) {
    writing.losses.hint(path, 'thinking that another model signed, or none, is not taken');
    return undefined;
  }
  if (seal.form === 'redacted') return { type: 'redacted_thinking', data: seal.value, ...ownMembers(part) };
  // A client of another dialect may have kept it as a summary, which this vendor's thinking never is.
  const thinking = part.text ?? part.summary?.join('') ?? '';
  return { type: 'thinking', thinking, signature: seal.value, ...ownMembers(part) };
}

/** A call, under the id that the target knows it by. */
export function writeToolUse(part: ToolCallPart, id: string, path: string, writing: Writing): JsonObject | undefined {
  const own = ownOf(part);
  if (part.executedBy === 'provider' && own === undefined) {
    writing.losses.hint(path, 'a tool that another vendor ran is not known here');
    return undefined;
  }
  const type = own?.['$type'] ?? 'tool_use';
  const input = own?.['$input'] === false && part.argsText === '{}' ? undefined : inputOf(part, path, writing);
  return withCache({ type, id, name: toolNames.legal(part.name), input, ...ownMembers(part) }, part.cache);
}

/**
 * A call's arguments as the object they are. A model that calls without arguments often writes nothing, or null.
 *
 * @throws ARGUMENTS_INVALID where they are no object: the API would refuse them, and every turn that follows.
 */
function inputOf(part: ToolCallPart, path: string, writing: Writing): Json {
  if (part.custom) return { input: part.argsText };
  const text = part.argsText.trim();
  if (text === '' || text === 'null') return {};
  const value = parsed(text);
  if (value !== undefined && (isObject(value) || writing.own)) return new RawJson(text, value);
  throw errors.ARGUMENTS_INVALID({ path }, { param: path });
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

/** A tool's result, under the id that the target knows its call by. */
export function writeToolResult(part: ToolResultPart, id: string, path: string, writing: Writing): JsonObject {
  const content = resultContent(part, path, writing);
  const flags = part.isError === undefined ? {} : { is_error: part.isError };
  return withCache({ type: 'tool_result', tool_use_id: id, content, ...flags, ...ownMembers(part) }, part.cache);
}

/** One plain text is sent as a text, all else as blocks. */
function resultContent(part: ToolResultPart, path: string, writing: Writing): Json | undefined {
  const form = ownOf(part)?.['$content'];
  if (form === 'none' && part.parts.length === 0) return undefined;
  const [only] = part.parts;
  const isPlain = only?.kind === 'text' && only.cache === undefined && only.ext === undefined;
  if (part.parts.length === 1 && isPlain && form !== 'blocks') return only.text;
  const blocks: Json[] = [];
  for (const [index, inner] of part.parts.entries()) {
    const block = writeBlock(inner, `${path}.content[${index}]`, writing);
    if (block !== undefined && (writing.own || !isEmptyText(block))) blocks.push(block);
  }
  return blocks.length === 0 && form !== 'blocks' ? '' : blocks;
}

/** Whether a block is a text that shows nothing, which the API refuses. */
export function isEmptyText(block: Json): boolean {
  return isObject(block) && block['type'] === 'text' && asString(block['text'])?.trim() === '';
}
