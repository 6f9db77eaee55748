import {
  asString,
  defined,
  isOwnSeal as isOf,
  type OwnSeal,
  type PartStartEvent,
  readSealTag,
  type Seal,
  sealTag,
  tagSeal,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/** Stands in the place of opaque state that another vendor has and did not give. */
export const tag: string = sealTag;

/** What a tag says. */
export interface Tagged {
  readonly seal?: Seal;
  /** The reasoning item's id at the vendor that it comes from. */
  readonly itemId?: string;
  /** The block's text is a summary. */
  readonly summary?: true;
  /** The seal belongs to the block before, which has no place for one. */
  readonly previous?: true;
}

/**
 * What stands in the place of a signature that is not of the place at hand, or that nobody gave: a client sends it back as it
 * got it. Towards any other than whom it names such a block is left out.
 */
export function tagOf({ seal, ...note }: Tagged): string {
  return tagSeal(seal, Object.keys(note).length === 0 ? undefined : note);
}

/** Undoes `tagOf`; nothing for what is no tag. A tag that is not of its form says nothing. */
export function readTag(text: string): Tagged | undefined {
  const said = readSealTag(text);
  if (said === undefined) return undefined;
  const { seal, note } = said;
  return defined({
    seal,
    itemId: asString(note['itemId']),
    summary: note['summary'] === true ? (true as const) : undefined,
    previous: note['previous'] === true ? (true as const) : undefined,
  });
}

/** Whether a seal may go back to this vendor. */
export function isOwnSeal(seal: Seal | undefined): seal is OwnSeal {
  return isOf(seal, dialectName) && seal.value !== '';
}

/** What stands as the signature of thinking: the vendor's own, or a tag for any other and for none. */
export function signatureOf(part: PartStartEvent, seal: Seal | undefined): string | undefined {
  if (isOwnSeal(seal)) return seal.form === 'signature' ? seal.value : undefined;
  if (seal === undefined && part.ext?.[dialectName] !== undefined) return undefined;
  return tagOf(defined({ seal, itemId: part.itemId, summary: part.summary }));
}

/** What stands as the data of thinking that this dialect does not show; nothing for any other. */
export function redactedOf(seal: Seal | undefined): string | undefined {
  if (seal?.form !== 'redacted' || seal.origin.dialect !== dialectName) return undefined;
  return isOwnSeal(seal) ? seal.value : tagOf({ seal });
}
