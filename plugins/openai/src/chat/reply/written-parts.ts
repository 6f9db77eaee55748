import { sealText, tagSeal, type JsonObject, type PartStartEvent, type ReasoningPart, type Seal } from '@tapgate/core';
import { chatDialect, ownExt, ownFields } from '../own.ts';
import { spanMember } from '../request/read-reasoning-details.ts';
import { signatureDialect } from '../request/read-tool-calls.ts';
import { merged } from '../request/write-content.ts';
import { detailOf } from '../request/write-reasoning-parts.ts';

/** The member of a message that a part's text goes into. */
export type TextMember = 'content' | 'refusal' | 'reasoning' | 'reasoning_content';

/** Thinking goes under the name it came by from a server of this dialect, else under the one that most clients read. */
export function memberOf(start: PartStartEvent): TextMember {
  if (start.kind === 'refusal') return 'refusal';
  if (start.kind !== 'reasoning') return 'content';
  const note = ownExt(start);
  return note['$as'] === 'reasoning' || isDetail(start) ? 'reasoning' : 'reasoning_content';
}

/** Whether a text is what was spoken. */
export function isSpoken(start: PartStartEvent): boolean {
  return ownExt(start)['$audio'] === true;
}

/** The entry of `reasoning_details` for a whole thought: for what came as such an entry, and for what is sealed. */
export function wholeDetail(
  start: PartStartEvent,
  text: string,
  seal: Seal | undefined,
  index: number,
): JsonObject | undefined {
  if (seal === undefined && !isDetail(start)) return undefined;
  return detailOf(thoughtOf(start, text, seal), index, seal === undefined ? undefined : sealText(seal, chatDialect));
}

/** Whether a thought came as an entry of `reasoning_details`. */
export function isDetail(start: PartStartEvent): boolean {
  return ownExt(start)['$detail'] !== undefined;
}

/** A piece of such an entry, to stand beside the piece of the text. */
export function detailPiece(start: PartStartEvent, text: string): JsonObject {
  return detailOf(thoughtOf(start, text, undefined), 0);
}

/**
 * The entry that a sealed thought ends with in a stream. Its text has gone out before, and is not said again: clients would
 * show it twice. `span` says which piece of all the thinking it seals.
 */
export function sealingDetail(
  start: PartStartEvent,
  seal: Seal,
  index: number,
  span: readonly [start: number, end: number],
): JsonObject {
  const { text: _, summary: __, ...detail } = detailOf(thoughtOf(start, '', seal), index, sealText(seal, chatDialect));
  return isDetail(start) ? detail : { ...detail, [spanMember]: span };
}

function thoughtOf(start: PartStartEvent, text: string, seal: Seal | undefined): ReasoningPart {
  return {
    kind: 'reasoning',
    ...(start.summary === true ? { summary: [text] } : { text }),
    ...(start.ext !== undefined && { ext: start.ext }),
    ...(seal !== undefined && { seal }),
  };
}

/** A signature where clients of this dialect carry one beside a call. */
export function signatureMember(seal: Seal | undefined): JsonObject {
  if (seal === undefined) return {};
  // What a server of this dialect gave is its own; of any other provider it says so, or it would go to whoever is asked next.
  const value = seal.origin.provider === undefined ? sealText(seal, signatureDialect) : tagSeal(seal);
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
