import {
  asString,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type OpaquePart,
  type Part,
  RawJson,
  type ReasoningPart,
  type Seal,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownFields } from '../own-fields.ts';
import { readCitation } from '../reply/read-citation.ts';
import { mediaTypeOf } from './write-media.ts';

/** The blocks of a message or a system prompt, each mark on the block before it. */
export function readBlocks(blocks: readonly Json[]): readonly Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const cache = markIn(block);
    const before = parts.at(-1);
    if (cache !== undefined && before !== undefined && before.cache === undefined)
      parts[parts.length - 1] = { ...before, cache };
    else parts.push(readBlock(block));
  }
  return parts;
}

/** The mark that a block is, if it says no more than how long it lives. */
export function markIn(block: Json): { readonly ttl?: string } | undefined {
  const point = isObject(block) && Object.keys(block).length === 1 ? block['cachePoint'] : undefined;
  if (!isObject(point)) return undefined;
  const { type, ttl, ...rest } = point;
  if (type !== 'default' || Object.keys(rest).length > 0 || (ttl !== undefined && typeof ttl !== 'string'))
    return undefined;
  return defined({ ttl });
}

/** A block as a part. What has no canonical word becomes an opaque part, which goes back as it came. */
export function readBlock(block: Json): Part {
  const members = isObject(block) ? Object.entries(block) : [];
  const [[name, value] = []] = members;
  const known = members.length === 1 && name !== undefined ? readMember(name, value ?? null) : undefined;
  return known ?? opaqueBlock(block);
}

/** A block that goes back as it came, and to no other dialect. */
export function opaqueBlock(block: Json): OpaquePart {
  const origin = { dialect: dialectName };
  if (!isObject(block)) return { kind: 'opaque', origin, type: '', json: new RawJson(writeJson(block), block) };
  return { kind: 'opaque', origin, type: Object.keys(block)[0] ?? '', json: block };
}

function readMember(name: string, value: Json): Part | undefined {
  if (name === 'text') return typeof value === 'string' ? { kind: 'text', text: value } : undefined;
  if (!isObject(value)) return undefined;
  switch (name) {
    case 'image':
    case 'document':
    case 'video':
    case 'audio':
      return readMedia(name, value);
    case 'toolUse':
      return readToolUse(value);
    case 'toolResult':
      return readToolResult(value);
    case 'reasoningContent':
      return readReasoning(value);
    case 'citationsContent':
      return readCited(value);
    default:
      return undefined;
  }
}

function readMedia(kind: string, block: JsonObject): MediaPart | undefined {
  const { format, source, name, ...rest } = block;
  const data = dataOf(source);
  const mediaType = mediaTypeOf(kind, asString(format) ?? (kind === 'document' ? 'txt' : ''));
  if (data === undefined || mediaType === undefined || (name !== undefined && typeof name !== 'string'))
    return undefined;
  if ('$source' in data) rest['$source'] = data.$source;
  return { kind: 'media', mediaType, data: data.data, ...defined({ name }), ...ownFields(rest) };
}

/** `$source` is the source as it was written, where its data alone does not say it. */
function dataOf(
  source: Json | undefined,
): { readonly data: MediaPart['data']; readonly $source?: JsonObject } | undefined {
  const members = isObject(source) ? Object.entries(source) : [];
  const [[name, value] = []] = members;
  if (members.length !== 1 || !isObject(source)) return undefined;
  if (name === 'bytes' && typeof value === 'string') return { data: { base64: value } };
  if (name === 'text' && typeof value === 'string') return { data: { text: value }, $source: source };
  if (name === 's3Location' && isObject(value) && typeof value['uri'] === 'string')
    return { data: { url: value['uri'] }, $source: source };
  return undefined;
}

function readToolUse(block: JsonObject): ToolCallPart | undefined {
  const { toolUseId, name, input, ...rest } = block;
  if (typeof toolUseId !== 'string' || typeof name !== 'string') return undefined;
  return {
    kind: 'tool-call',
    callId: toolUseId,
    name: toolNames.own(name),
    argsText: input === undefined ? '{}' : writeJson(input),
    executedBy: block['type'] === 'server_tool_use' ? 'provider' : 'client',
    ...ownFields(rest),
  };
}

function readToolResult(block: JsonObject): ToolResultPart | undefined {
  const { toolUseId, content, status, ...rest } = block;
  if (typeof toolUseId !== 'string' || !isArray(content)) return undefined;
  if (status !== undefined && status !== 'success' && status !== 'error') rest['status'] = status;
  const isError = status === 'error' ? true : status === 'success' ? false : undefined;
  return {
    kind: 'tool-result',
    callId: toolUseId,
    parts: content.map(readResultBlock),
    ...defined({ isError }),
    ...ownFields(rest),
  };
}

/** Within a result JSON is for all others a text; `$json` notes what it was. */
function readResultBlock(block: Json): Part {
  const isJson = isObject(block) && Object.keys(block).length === 1 && block['json'] !== undefined;
  if (!isJson) return readBlock(block);
  return { kind: 'text', text: writeJson(block['json'] ?? null), ...ownFields({ $json: true }) };
}

function readReasoning(block: JsonObject): ReasoningPart | undefined {
  const { reasoningText, redactedContent, ...rest } = block;
  if (Object.keys(rest).length > 0) return undefined;
  if (typeof redactedContent === 'string') return { kind: 'reasoning', seal: sealOf('redacted', redactedContent) };
  if (!isObject(reasoningText)) return undefined;
  const { text, signature, ...more } = reasoningText;
  if (typeof text !== 'string' || Object.keys(more).length > 0) return undefined;
  if (signature === undefined) return { kind: 'reasoning', text, ext: { [dialectName]: {} } };
  return typeof signature === 'string' ? { kind: 'reasoning', text, seal: sealOf('signature', signature) } : undefined;
}

function sealOf(form: Seal['form'], value: string): Seal {
  return { origin: { dialect: dialectName }, form, value };
}

function readCited(block: JsonObject): TextPart | undefined {
  const { content, citations } = block;
  if (!isArray(content) || !isArray(citations) || !citations.every(isObject) || citations.length === 0)
    return undefined;
  const texts = content.map((piece) => (isObject(piece) ? asString(piece['text']) : undefined));
  if (!texts.every((text) => text !== undefined)) return undefined;
  return {
    kind: 'text',
    text: texts.join(''),
    citations: citations.map(readCitation),
    ...ownFields({ $content: content }),
  };
}
