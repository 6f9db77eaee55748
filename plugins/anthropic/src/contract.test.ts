import { test } from 'node:test';
import { dialectContract, fixtures } from '@tapgate/test-kit';
import { anthropicMessages } from './anthropic-messages.ts';

dialectContract(test, {
  dialect: anthropicMessages,
  fixtures: fixtures({ dialect: 'anthropic-messages' }),
});
