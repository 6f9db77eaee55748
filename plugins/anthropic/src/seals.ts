import type { SealPlaces } from '@tapgate/core';
import { tag, tagOf } from './seal-tag.ts';

/** Thinking is signed, or comes as nothing but sealed data. */
export const seals: SealPlaces = {
  answers: [
    { path: ['delta', 'signature'], type: 'signature_delta', form: 'signature' },
    { path: ['content_block', 'signature'], type: 'thinking', form: 'signature' },
    { path: ['content_block', 'data'], type: 'redacted_thinking', form: 'redacted' },
    { path: ['content', '*', 'signature'], type: 'thinking', form: 'signature' },
    { path: ['content', '*', 'data'], type: 'redacted_thinking', form: 'redacted' },
  ],
  members: ['"signature"', '"redacted_thinking"'],
  tag,
  operations: ['chat', 'count-tokens'],
  tagged: (seal) => tagOf({ seal }),
};
