import { test } from 'node:test';
import { type AnswerSample, dialectContract, fixtures } from '@tapgate/test-kit';
import { bedrockConverse } from './bedrock-converse.ts';

const recorded = fixtures({ dialect: 'bedrock-converse' });

dialectContract(test, {
  dialect: bedrockConverse,
  answers: recorded
    .filter(({ status }) => status < 400)
    .map(({ name, streamed, bytes }): AnswerSample => ({ name, streamed, bytes })),
  errors: recorded
    .filter(({ status }) => status >= 400)
    .map(({ name, status, headers, bytes }) => ({
      name,
      status,
      headers: Object.fromEntries(headers),
      body: bytes,
    })),
});
