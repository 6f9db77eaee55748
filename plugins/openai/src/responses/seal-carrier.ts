import { asString, defined, readSealText, sealTag, sealText, tagSeal, type Seal } from '@tapgate/core';
import { dialectName } from './names.ts';

/** Stands where a client asked for sealed thinking and the model gave none. */
export const noSeal: string = sealTag;

/** Whose a carried seal is; the reasoning item's own where it says nothing. Texts and calls have no place for one here. */
export interface Whose {
  /** That of the part before the reasoning item. */
  readonly previous?: true;
  /** The id of the call that it belongs to: clients do not always keep the order of what was said. */
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
  if (previous === undefined && call === undefined) return sealText(seal, dialectName);
  return tagSeal(seal, defined({ previous, call }));
}

/** Undoes `carry`. */
export function uncarry(encryptedContent: string): Carried {
  const { seal, note } = readSealText(encryptedContent, dialectName, 'encrypted');
  const previous = note['previous'] === true ? (true as const) : undefined;
  return defined({ seal, previous, call: asString(note['call']) });
}
