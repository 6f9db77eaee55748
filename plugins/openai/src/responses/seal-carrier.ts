import type { Seal } from '@tapgate/core';
import { sealTag, tagged, untagged } from '../chat/seal-tag.ts';
import { dialectName } from './names.ts';

/** Stands where a client asked for sealed thinking and the model gave none. */
export const noSeal: string = sealTag;

/** Before a seal that is not the item's own: texts and calls have no place for one here. */
const previousTag = `${sealTag}previous:`;

/** What `encrypted_content` says. */
export interface Carried {
  readonly seal?: Seal;
  /** The seal is that of the part before the reasoning item. */
  readonly previous: boolean;
}

/**
 * A seal as `encrypted_content`: this dialect's own as it is, any other under a tag that names whom it goes back to.
 * Clients keep and return it unseen.
 */
export function carry(seal: Seal, previous = false): string {
  const text = tagged(seal, dialectName);
  return previous ? previousTag + text : text;
}

/** Undoes `carry`. */
export function uncarry(encryptedContent: string): Carried {
  const previous = encryptedContent.startsWith(previousTag);
  const text = previous ? encryptedContent.slice(previousTag.length) : encryptedContent;
  const seal = untagged(text, dialectName, 'encrypted');
  return { ...(seal && { seal }), previous };
}
