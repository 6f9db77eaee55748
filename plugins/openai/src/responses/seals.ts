import type { SealPlace, SealPlaces } from '@tapgate/core';
import { madeHere } from './names.ts';
import { operations } from './operations.ts';
import { carry } from './seal-carrier.ts';

/** Where reasoning items stand: in an event of a stream about one, in one about the whole answer, and in an answer. */
const items = [['item'], ['response', 'output', '*'], ['output', '*']];

/** The vendor encrypts what the model thought, for whoever keeps it in the vendor's stead. */
export const seals: SealPlaces = {
  answers: items.map((item): SealPlace => ({
    path: [...item, 'encrypted_content'],
    type: 'reasoning',
    form: 'encrypted',
  })),
  members: ['"encrypted_content"'],
  tag: madeHere,
  operations: operations.filter(({ asks }) => asks).map(({ operation }) => operation),
  tagged: (seal) => carry(seal),
};
