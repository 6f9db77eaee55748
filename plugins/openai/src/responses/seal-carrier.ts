import type { Seal } from '@tapgate/core';
import { decoded, sealTag, tagged, untagged } from '../chat/seal-tag.ts';
import { dialectName } from './names.ts';

/** Stands where a client asked for sealed thinking and the model gave none. */
export const noSeal: string = sealTag;

/** Before a seal that is not the item's own: texts and calls have no place for one here. */
const previousTag = `${sealTag}previous:`;
/** The same of a call, by its id: clients do not always keep the order of what was said. */
const callTag = `${sealTag}call:`;

/** Whose a carried seal is; the reasoning item's own where it says nothing. */
export interface Whose {
  /** That of the part before the reasoning item. */
  readonly previous?: true;
  /** The id of the call that it belongs to. */
  readonly call?: string;
}

/** What `encrypted_content` says. */
export interface Carried extends Whose {
  readonly seal?: Seal;
}

/**
 * A seal as `encrypted_content`: this dialect's own as it is, any other under a tag that names whom it goes back to.
 * Clients keep and return it unseen.
 */
export function carry(seal: Seal, { previous, call }: Whose = {}): string {
  const text = tagged(seal, dialectName);
  if (call !== undefined) return `${callTag}${encodeURIComponent(call.toWellFormed())}:${text}`;
  return previous ? previousTag + text : text;
}

/** Undoes `carry`. */
export function uncarry(encryptedContent: string): Carried {
  const { text, ...whose } = opened(encryptedContent);
  const seal = untagged(text, dialectName, 'encrypted');
  return { ...(seal && { seal }), ...whose };
}

function opened(carried: string): Whose & { readonly text: string } {
  if (carried.startsWith(previousTag)) return { text: carried.slice(previousTag.length), previous: true };
  const end = carried.startsWith(callTag) ? carried.indexOf(':', callTag.length) : -1;
  if (end === -1) return { text: carried };
  return { text: carried.slice(end + 1), call: decoded(carried.slice(callTag.length, end)) };
}
