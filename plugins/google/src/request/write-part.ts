import {
  isObject,
  isOwnSeal,
  RawJson,
  readJson,
  type Capabilities,
  type JsonObject,
  type OpaquePart,
  type Part,
  type ReasoningPart,
  type Seal,
  type ToolCallPart,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { errors } from '../errors.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import { toolNames } from '../tool-names.ts';
import type { Losses } from './losses.ts';
import { isMadeId } from './made-id.ts';
import { writeMedia } from './write-media.ts';

/** Where a part stands, for what is lost of it. */
export interface Place {
  /** `messages[3].content[0]` */
  readonly at: string;
  /** Whether the model said it: what it said is history, what a user says is asked. */
  readonly said: 'model' | 'user';
  readonly able: Capabilities;
  readonly losses: Losses;
}

/** One part as parts of this API: none where it cannot be said, several where it holds several thoughts. */
export function writePart(part: Part, place: Place): readonly JsonObject[] {
  const { losses } = place;
  losses.foreign(part.ext);
  if (part.cache !== undefined) losses.hint('cache_control', 'this API caches by itself');
  switch (part.kind) {
    case 'text':
      return signed(part.text === '' && ownSeal(part.seal) === undefined ? [] : [{ text: part.text }], part, place);
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'media': {
      const media = writeMedia(part, place.at, place.able, losses);
      return signed(media === undefined ? [] : [media], part, place);
    }
    case 'reasoning':
      return signed(thoughtsOf(part), part, place);
    case 'tool-call':
      return writeCall(part, place);
    case 'opaque':
      return writeOpaque(part, place);
    case 'tool-result':
      return [];
  }
}

/** A seal that may go back to this vendor. */
export function ownSeal(seal: Seal | undefined): string | undefined {
  return isOwnSeal(seal, dialectName) && seal.value !== '' ? seal.value : undefined;
}

/** The written parts with what came along for them and their signature, which belongs to the last. */
function signed(
  written: readonly JsonObject[],
  part: Part & { readonly seal?: Seal },
  { losses }: Place,
): readonly JsonObject[] {
  const signature = ownSeal(part.seal);
  if (part.seal !== undefined && signature === undefined) {
    losses.hint('signature', 'it is sealed for the vendor that it comes from, and goes back to no other');
  }
  const last = written.length - 1;
  return written.map((json, index) => {
    if (index < last) return json;
    return withOwn(signature === undefined ? json : { ...json, thoughtSignature: signature }, ownOf(part));
  });
}

function thoughtsOf({ text, summary, seal }: ReasoningPart): readonly JsonObject[] {
  const texts = [...(summary ?? []), ...(text === undefined ? [] : [text])].filter((thought) => thought !== '');
  if (texts.length === 0 && ownSeal(seal) !== undefined) return [{ text: '', thought: true }];
  return texts.map((thought) => ({ text: thought, thought: true }));
}

/** @throws ARGUMENTS_INVALID where a client's history has arguments that no model may be shown as what it wrote. */
function writeCall(part: ToolCallPart, place: Place): readonly JsonObject[] {
  if (part.executedBy === 'provider') {
    place.losses.hint(place.at, 'a vendor ran this call itself; its history stays with it');
    return [];
  }
  const functionCall = {
    ...(!isMadeId(part.callId) && { id: part.callId }),
    name: toolNames.legal(part.name),
    args: part.custom === true ? { input: part.argsText } : argumentsOf(part.argsText, place.at),
  };
  return signed([{ functionCall }], part, place);
}

/** Nothing at all, which models write for tools without arguments, is an empty object. */
function argumentsOf(text: string, path: string): RawJson | JsonObject {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return {};
  let value: unknown;
  try {
    value = readJson(trimmed);
  } catch {
    value = undefined;
  }
  if (!isObject(value)) throw errors.ARGUMENTS_INVALID({ path }, { param: path });
  return new RawJson(trimmed, value);
}

function writeOpaque(part: OpaquePart, { at, said, losses }: Place): readonly JsonObject[] {
  const json = part.json instanceof RawJson ? part.json.value : part.json;
  if (part.origin.dialect === dialectName && isObject(json)) return [part.json as JsonObject];
  const reason = `"${part.type}" means nothing to this API`;
  if (said === 'user') losses.contract(at, reason);
  else losses.hint(at, reason);
  return [];
}
