import {
  asString,
  type Citation,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  type OpaquePart,
  type Part,
  RawJson,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  writeJson,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { toolNames } from './tool-names.ts';
import { ownFields, takeCache } from './own-fields.ts';
import { readDocument, readImage, readSearchResult } from './read-media.ts';
import { readTag, tag } from './seal-tag.ts';

/** A content block as a part. What has no canonical word becomes an opaque part, which goes back as it came. */
export function readBlock(block: Json): Part {
  return (isObject(block) ? known(block) : undefined) ?? opaqueBlock(block);
}

function known(block: JsonObject): Part | undefined {
  switch (block['type']) {
    case 'text':
      return readText(block);
    case 'image':
      return readImage(block);
    case 'document':
      return readDocument(block);
    case 'search_result':
      return readSearchResult(block);
    case 'thinking':
      return readThinking(block);
    case 'redacted_thinking':
      return readRedacted(block);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return readToolUse(block);
    case 'tool_result':
      return readToolResult(block);
    default:
      return undefined;
  }
}

/** A block that goes back as it came, and to no other dialect. */
export function opaqueBlock(block: Json): OpaquePart {
  const origin = { dialect: dialectName };
  if (!isObject(block)) return { kind: 'opaque', origin, type: '', json: new RawJson(writeJson(block), block) };
  return { kind: 'opaque', origin, type: asString(block['type']) ?? '', json: block };
}

/** A text block. */
export function readText(block: JsonObject): TextPart | undefined {
  const { type: _type, text, citations, ...rest } = block;
  if (typeof text !== 'string') return undefined;
  const read =
    isArray(citations) && citations.length > 0 && citations.every(isObject) ? citations.map(readCitation) : undefined;
  if (read === undefined && citations !== undefined) rest['citations'] = citations;
  return { kind: 'text', text, ...takeCache(rest), ...(read && { citations: read }), ...ownFields(rest) };
}

/** A citation. It rests under the whole of its text block, so it has no span. */
export function readCitation(json: JsonObject): Citation {
  const index = asString(json['encrypted_index']);
  return defined({
    url: asString(json['url']),
    title: asString(json['title']) ?? asString(json['document_title']),
    text: asString(json['cited_text']),
    raw: index?.startsWith(tag) ? undefined : { dialect: dialectName, json },
  });
}

function readThinking(block: JsonObject): ReasoningPart | undefined {
  const { type: _type, thinking, signature, ...rest } = block;
  if (typeof thinking !== 'string') return undefined;
  const sealed = typeof signature === 'string' ? signature : '';
  if (sealed === '' && signature !== undefined && signature !== '') rest['signature'] = signature;
  const tagged = readTag(sealed);
  if (tagged !== undefined) {
    const said = tagged.summary ? { summary: [thinking] } : { text: thinking };
    return {
      kind: 'reasoning',
      ...(thinking !== '' && said),
      ...defined({ itemId: tagged.itemId, seal: tagged.seal }),
      ...ownFields(rest),
    };
  }
  const seal =
    sealed === '' ? {} : { seal: { origin: { dialect: dialectName }, form: 'signature' as const, value: sealed } };
  return { kind: 'reasoning', text: thinking, ...seal, ...ownFields(rest) };
}

function readRedacted(block: JsonObject): ReasoningPart | undefined {
  const { type: _type, data, ...rest } = block;
  if (typeof data !== 'string') return undefined;
  const tagged = readTag(data);
  if (tagged !== undefined)
    return { kind: 'reasoning', ...defined({ itemId: tagged.itemId, seal: tagged.seal }), ...ownFields(rest) };
  return {
    kind: 'reasoning',
    seal: { origin: { dialect: dialectName }, form: 'redacted', value: data },
    ...ownFields(rest),
  };
}

/** Whether a block is a tag for the block before it: `read-turns.ts` hangs its seal there. */
export function tagsPrevious(block: Json): boolean {
  const data = isObject(block) && block['type'] === 'redacted_thinking' ? asString(block['data']) : undefined;
  return data !== undefined && readTag(data)?.previous === true;
}

function readToolUse(block: JsonObject): ToolCallPart | undefined {
  const { type, id, name, input, ...rest } = block;
  if (typeof id !== 'string' || typeof name !== 'string') return undefined;
  const client = type === 'tool_use';
  if (!client) rest['$type'] = type;
  if (input === undefined) rest['$input'] = false;
  return {
    kind: 'tool-call',
    callId: toolNames.own(id),
    name: toolNames.own(name),
    argsText: input === undefined ? '{}' : writeJson(input),
    executedBy: client ? 'client' : 'provider',
    ...takeCache(rest),
    ...ownFields(rest),
  };
}

function readToolResult(block: JsonObject): ToolResultPart | undefined {
  const { type: _type, tool_use_id: id, content, is_error: isError, ...rest } = block;
  if (typeof id !== 'string') return undefined;
  if (isError !== undefined && typeof isError !== 'boolean') rest['is_error'] = isError;
  if (isArray(content) || content === undefined) rest['$content'] = content === undefined ? 'none' : 'blocks';
  else if (typeof content !== 'string') rest['content'] = content;
  const parts = isArray(content) ? content.map(readBlock) : [{ kind: 'text' as const, text: asString(content) ?? '' }];
  return {
    kind: 'tool-result',
    callId: toolNames.own(id),
    parts: typeof content === 'string' || isArray(content) ? parts : [],
    ...(typeof isError === 'boolean' && { isError }),
    ...takeCache(rest),
    ...ownFields(rest),
  };
}
