import type { Wire } from '../src/contract/provider/wire.ts';
import { toyAnswer, toyValidators } from './toy-samples.ts';

const kinds: Readonly<Record<number, string>> = {
  401: 'authentication',
  404: 'not-found',
  429: 'rate-limit',
  529: 'overloaded',
};

/** The toy dialect as both ends speak it. */
export const toyWire: Wire = {
  dialect: 'toy',
  question: ({ model, streamed }) => ({
    path: '/toy/chat',
    body: { model, stream: streamed, say: [{ text: 'Hello' }] },
  }),
  endOfPath: () => '/chat',
  wishIn: (request) => {
    const { model, stream } = request.json() as { model: string; stream?: boolean };
    return { model, streamed: stream === true };
  },
  text: 'Grüße',
  whole: Buffer.from(JSON.stringify({ model: 'm1', parts: [{ text: 'Grüße' }], end: 'stop', usage: [5, 3] })),
  streamed: toyAnswer,
  error: (status, message) => ({
    error: { message, kind: kinds[status] ?? (status < 500 ? 'invalid-request' : 'server') },
  }),
  faultsOfError: toyValidators.error,
  faultsOfStream: toyValidators.stream,
};
