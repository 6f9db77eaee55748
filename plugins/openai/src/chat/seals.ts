import { sealTag, sealText, type SealPlace, type SealPlaces } from '@tapgate/core';
import { chatDialect } from './own.ts';
import { signatureDialect } from './request/read-tool-calls.ts';

const holders = ['message', 'delta'];

/** Servers of this dialect seal entries of `reasoning_details`; those of Gemini sign texts and calls. */
export const seals: SealPlaces = {
  answers: holders.flatMap((holder): SealPlace[] => {
    const detail = ['choices', '*', holder, 'reasoning_details', '*'];
    const signature = ['extra_content', 'google', 'thought_signature'];
    const call = ['choices', '*', holder, 'tool_calls', '*', ...signature];
    return [
      { path: [...detail, 'signature'], form: 'signature' },
      { path: [...detail, 'data'], type: 'reasoning.encrypted', form: 'encrypted' },
      { path: call, form: 'signature', dialect: signatureDialect },
      { path: ['choices', '*', holder, ...signature], form: 'signature', dialect: signatureDialect },
    ];
  }),
  members: ['"reasoning_details"', '"thought_signature"'],
  tag: sealTag,
  tagged: (seal) => sealText(seal, chatDialect),
};
