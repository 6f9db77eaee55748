import { test } from 'node:test';
import { dialectContract, fixtures } from '@tapgate/test-kit';
import { cohereChat } from './cohere-chat.ts';

/** The index of the recordings has three names for what is one dialect here. */
const mine = [
  ...fixtures({ dialect: 'cohere-chat-v2' }),
  ...fixtures({ dialect: 'cohere-rerank' }),
  ...fixtures({ dialect: 'cohere-embed' }),
];
const noStream = (request: unknown): unknown => {
  const { stream, ...rest } = request as { stream?: boolean };
  return stream === false ? rest : request;
};

dialectContract(test, {
  dialect: cohereChat,
  fixtures: mine
    .map((fixture) => ({ ...fixture, dialect: cohereChat.name }))
    .filter(({ name }) => name !== 'cohere/rerank'),
  // A request that does not say so does not stream.
  equivalent: noStream,
});
