import {
  isOwnSeal,
  standInArguments,
  type Capabilities,
  type JsonObject,
  type TextPart,
  type ToolCallPart,
} from '@tapgate/core';
import { can } from '../capabilities.ts';
import { ownExt, ownFields } from '../own.ts';
import type { Losses } from './losses.ts';
import { signatureDialect } from './read-tool-calls.ts';
import { merged } from './write-content.ts';

/** Writes one call of an earlier answer. Its arguments stay the text they were. */
export function writeToolCall(
  part: ToolCallPart,
  id: string,
  path: string,
  able: Capabilities,
  losses: Losses,
): JsonObject {
  const call = callOf(part, id, able);
  return merged({ ...call, ...writeSignature(part, path, able, losses) }, ownFields(part));
}

/** A signature beside what it signs, a call or a text, where the target takes it back. */
export function writeSignature(
  part: ToolCallPart | TextPart,
  path: string,
  able: Capabilities,
  losses: Losses,
): JsonObject {
  const { seal } = part;
  if (seal === undefined) return {};
  if (isOwnSeal(seal, signatureDialect) && takesBack(part, able))
    return { extra_content: { google: { thought_signature: seal.value } } };
  losses.hint(`${path}.extra_content`, `a signature of ${seal.origin.dialect}`);
  return {};
}

/** One that a server of this dialect gave to this client goes back; any other only to a server that is known to take it. */
function takesBack(part: ToolCallPart | TextPart, able: Capabilities): boolean {
  return able['extraContent'] === true || (able['extraContent'] !== false && ownExt(part)['$signed'] === true);
}

function callOf(part: ToolCallPart, id: string, able: Capabilities): JsonObject {
  const { name, argsText } = part;
  if (part.custom === undefined) {
    return { id, type: 'function', function: { name, arguments: argsText === '' ? '{}' : argsText } };
  }
  if (can(able, 'customTools')) return { id, type: 'custom', custom: { name, input: argsText } };
  return { id, type: 'function', function: { name, arguments: standInArguments(argsText) } };
}
