import { isObject, type JsonObject, type PartEndEvent, type PartStartEvent, type RawJson } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';
import { toolNames } from './tool-names.ts';
import { ownMembers, ownOf } from './own-fields.ts';
import { redactedOf } from './seal-tag.ts';

/** Whether a part can be shown in this dialect at all: what another vendor ran or encrypted cannot. */
export function isShown(part: PartStartEvent): boolean {
  if (part.choice !== 0) return false;
  if (part.kind === 'opaque') return part.origin?.dialect === dialectName;
  return part.kind !== 'tool-call' || part.executedBy !== 'provider' || ownOf(part) !== undefined;
}

/** A block as it begins, before any delta. `end` is there where nothing but it will come. */
export function blockStart(part: PartStartEvent, callId: string, end: PartEndEvent | undefined): JsonObject | RawJson {
  switch (part.kind) {
    case 'reasoning':
      return reasoningStart(part, redactedOf(end?.seal));
    case 'tool-call':
      return callStart(part, callId);
    case 'opaque':
      return isObject(part.json) ? part.json : { type: part.opaqueType ?? '' };
    default:
      return { type: 'text', text: '', ...(ownOf(part) === undefined ? { citations: null } : ownMembers(part)) };
  }
}

function reasoningStart(part: PartStartEvent, redacted: string | undefined): JsonObject {
  if (redacted !== undefined) return { type: 'redacted_thinking', data: redacted, ...ownMembers(part) };
  return { type: 'thinking', thinking: '', signature: '', ...ownMembers(part) };
}

function callStart(part: PartStartEvent, id: string): JsonObject {
  const own = ownOf(part);
  const head = { type: own?.['$type'] ?? 'tool_use', id, name: legalNameOf(part), input: {} };
  return own === undefined ? { ...head, caller: { type: 'direct' } } : { ...head, ...ownMembers(part) };
}

/** A client's tools have the client's names; only a name that the client cannot have given is made legal. */
function legalNameOf({ name }: PartStartEvent): string {
  return name === undefined || name === '' ? 'unnamed' : name;
}

/** An answer holds no media here: what there is is said in words. */
export function mediaText({ mediaType, url }: PartStartEvent): string {
  return `[${mediaType ?? 'media'}${url === undefined ? '' : `: ${url}`}]`;
}

/** The id of a call as a client gets it: the call's own, made legal, and one of the answer's where it has none. */
export function wireCallId(part: PartStartEvent, answerId: string, taken: Set<string>): string {
  const own = part.callId ?? '';
  const base = own === '' ? `toolu_${answerId.replaceAll(/[^a-zA-Z0-9_-]/g, '')}` : toolNames.legal(own);
  let id = base;
  for (let again = 2; id === '' || taken.has(id); again += 1) id = `${base}-${again}`;
  taken.add(id);
  return id;
}
