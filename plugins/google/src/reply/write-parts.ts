import {
  defined,
  isObject,
  type JsonObject,
  type PartEndEvent,
  type PartStartEvent,
  RawJson,
  readJson,
  type ReasoningPart,
  type Seal,
  writeJson,
} from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import { isOfDialect, signatureBefore, signatureOf } from '../seal-tag.ts';
import { onOneLine } from './on-one-line.ts';

/** A part of an answer that is not written yet, or not to its end. */
export interface OpenPart {
  readonly start: PartStartEvent;
  text: string;
  /** A piece of it went out already. */
  begun: boolean;
}

/** A part that a client of this API can be shown: neither another vendor's block, nor a call that it ran itself. */
export function isShown(start: PartStartEvent): boolean {
  if (start.kind === 'opaque') return start.origin?.dialect === dialectName;
  return start.kind !== 'tool-call' || start.executedBy !== 'provider';
}

/** A piece of text, as the part it is. */
function textPart(open: OpenPart, text: string): JsonObject {
  const json: JsonObject = open.start.kind === 'reasoning' ? { text, thought: true } : { text };
  return open.begun ? json : withOwn(json, ownOf(open.start));
}

/** More of a part's text, as JSON. */
export function textPartJson(open: OpenPart, text: string): string {
  if (!open.begun) return writeJson(textPart(open, text));
  return `{"text":${JSON.stringify(text)}${open.start.kind === 'reasoning' ? ',"thought":true' : ''}}`;
}

/** Whether its text goes out piece by piece. A call's does not: this API has no arguments but whole ones. */
export function isText({ kind }: PartStartEvent): boolean {
  return kind === 'text' || kind === 'reasoning' || kind === 'refusal';
}

/** The end of a part whose text is out, where its end says more: its signature, which comes on an empty text. */
export function endOfText(open: OpenPart, end: PartEndEvent): JsonObject | undefined {
  if (end.seal === undefined && Object.keys(ownOf(end)).length === 0) return undefined;
  return signed(withOwn(textPart(open, ''), ownOf(end)), end.seal, open.start);
}

/** A part whole; undefined for a call with arguments that are no object, which no client may be given to run. */
export function wholePart(
  open: OpenPart,
  end: PartEndEvent,
  before: ReasoningPart | undefined,
): JsonObject | undefined {
  const { start, text } = open;
  const own = ownOf(end);
  switch (start.kind) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return signed(withOwn(textPart(open, text), own), end.seal, start);
    case 'tool-call': {
      const call = callOf(start, text);
      const seal = end.seal ?? start.seal;
      const carried = seal === undefined && before !== undefined ? signatureBefore(before) : undefined;
      const signature = carried === undefined ? {} : { thoughtSignature: carried };
      return call && signed(withOwn({ ...call, ...signature }, { ...ownOf(start), ...own }), seal);
    }
    case 'media':
      return signed(withOwn(withOwn(mediaOf(start), ownOf(start)), own), end.seal);
    case 'opaque':
      return opaqueOf(start);
  }
}

function signed(json: JsonObject, seal: Seal | undefined, start?: PartStartEvent): JsonObject {
  return seal === undefined ? json : { ...json, thoughtSignature: signatureOf(seal, start) };
}

function callOf(start: PartStartEvent, text: string): JsonObject | undefined {
  const args = start.custom === true ? { input: text } : argumentsOf(text);
  if (args === undefined) return undefined;
  // The vendor gave it none, and takes its results without one.
  const id = ownOf(start)['$id'] === false ? undefined : start.callId;
  return { functionCall: { ...defined({ id }), name: start.name ?? '', args } };
}

function argumentsOf(text: string): RawJson | JsonObject | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return {};
  try {
    const value = readJson(trimmed);
    return isObject(value) ? new RawJson(onOneLine(trimmed), value) : undefined;
  } catch {
    return undefined;
  }
}

function mediaOf({ mediaType = 'application/octet-stream', base64, url }: PartStartEvent): JsonObject {
  if (base64 !== undefined) return { inlineData: { mimeType: mediaType, data: base64 } };
  return { fileData: { mimeType: mediaType, fileUri: url ?? '' } };
}

function opaqueOf({ json }: PartStartEvent): JsonObject | undefined {
  const value = json instanceof RawJson ? json.value : json;
  return isObject(value) ? (json as JsonObject) : undefined;
}

/** The reasoning that a part was, where another vendor sealed it. */
export function sealedReasoning(open: OpenPart, end: PartEndEvent): ReasoningPart | undefined {
  const { start, text } = open;
  if (start.kind !== 'reasoning' || end.seal === undefined || isOfDialect(end.seal)) return undefined;
  const said = text === '' ? {} : start.summary === true ? { summary: [text] } : { text };
  return { kind: 'reasoning', ...said, ...defined({ itemId: start.itemId }), seal: end.seal };
}
