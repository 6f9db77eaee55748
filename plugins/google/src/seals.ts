import type { SealPlaces } from '@tapgate/core';
import { encodedTag, signatureOf } from './seal-tag.ts';

/** Any part may bear a signature. */
export const seals: SealPlaces = {
  answers: [{ path: ['candidates', '*', 'content', 'parts', '*', 'thoughtSignature'], form: 'signature' }],
  members: ['"thoughtSignature"'],
  tag: encodedTag,
  tagged: (seal) => signatureOf(seal),
};
