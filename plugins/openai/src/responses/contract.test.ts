import { test } from 'node:test';
import { dialectContract, fixtures, fixturesFolder } from '@tapgate/test-kit';
import { openaiResponses } from './openai-responses.ts';

const recordings = fixturesFolder() === undefined ? [] : fixtures({ dialect: 'openai-responses' });

dialectContract(test, {
  dialect: openaiResponses,
  // A compaction is another operation of the API, and an answer that is not there yet is none.
  fixtures: recordings.filter(({ name }) => !/responses-(compact|background-queued)$/.test(name)),
});
