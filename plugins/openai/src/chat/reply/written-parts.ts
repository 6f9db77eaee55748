import { writeJson, type JsonObject, type PartStartEvent, type ReasoningPart, type Seal } from '@tapgate/core';
import { chatDialect, ownExt, ownFields } from '../own.ts';
import { signatureDialect } from '../request/read-tool-calls.ts';
import { merged } from '../request/write-content.ts';
import { detailOf } from '../request/write-reasoning-parts.ts';
import { tagged } from '../seal-tag.ts';

/** The member of a message that a part's text goes into. */
export type TextMember = 'content' | 'refusal' | 'reasoning' | 'reasoning_content';

/** Thinking goes under the name it came by from a server of this dialect, else under the one that most clients read. */
export function memberOf(start: PartStartEvent): TextMember {
  if (start.kind === 'refusal') return 'refusal';
  if (start.kind !== 'reasoning') return 'content';
  const note = ownExt(start);
  return note['$as'] === 'reasoning' || note['$detail'] !== undefined ? 'reasoning' : 'reasoning_content';
}

/** Whether a text is what was spoken. */
export function isSpoken(start: PartStartEvent): boolean {
  return ownExt(start)['$audio'] === true;
}

/**
 * The entry of `reasoning_details` that a thought ends with, so that a client can give it back: what came as such an entry,
 * and what is sealed. It holds the whole text.
 */
export function detailAtEnd(
  start: PartStartEvent,
  text: string,
  seal: Seal | undefined,
  index: number,
): JsonObject | undefined {
  if (seal === undefined && ownExt(start)['$detail'] === undefined) return undefined;
  const part: ReasoningPart = {
    kind: 'reasoning',
    ...(start.summary === true ? { summary: [text] } : { text }),
    ...(start.ext !== undefined && { ext: start.ext }),
    ...(seal !== undefined && { seal }),
  };
  return detailOf(part, index, seal === undefined ? undefined : tagged(seal, chatDialect));
}

/** A signature where clients of this dialect carry one beside a call. */
export function signatureMember(seal: Seal | undefined): JsonObject {
  if (seal === undefined) return {};
  const value = seal.origin.dialect === signatureDialect ? seal.value : tagged(seal, chatDialect);
  return { extra_content: { google: { thought_signature: value } } };
}

/** A call's beginning: `id`, `type`, name and no arguments yet. */
export function callHead(start: PartStartEvent): JsonObject {
  const { callId: id = '', name = '' } = start;
  const head: JsonObject =
    start.custom === true
      ? { id, type: 'custom', custom: { name, input: '' } }
      : { id, type: 'function', function: { name, arguments: '' } };
  return merged({ ...head, ...signatureMember(start.seal) }, ownFields(start));
}

/** An image that a model made, as an entry of `images`. */
export function imageOf(start: PartStartEvent): JsonObject | undefined {
  const { mediaType = '', base64, url } = start;
  if (!mediaType.startsWith('image/')) return undefined;
  const address = base64 === undefined ? url : `data:${mediaType};base64,${base64}`;
  if (address === undefined) return undefined;
  return merged({ type: 'image_url', image_url: { url: address } }, ownFields(start));
}

/** An object's members as text, without its braces. */
export function innerText(object: JsonObject): string {
  return writeJson(object).slice(1, -1);
}
