import { sseText, readSse } from '../src/sse.ts';
import type { DialectSubject, DialectValidators } from '../src/contract/dialect/subject.ts';
import { toyDialect } from './toy-dialect.ts';

const stream = (...pieces: object[]): Uint8Array => Buffer.from(sseText(pieces.map((data) => ({ data }))));

/** A good answer, streamed. */
export const toyAnswer: Buffer = Buffer.from(
  stream({ model: 'm1' }, { text: 'Grüße' }, { end: 'stop', usage: [5, 3] }),
);

const call = { call: { id: 'call_1', name: 'look', args: '{"at":"Köln"}' } };

const members: readonly (readonly string[])[] = [
  ['model'],
  ['text'],
  ['think'],
  ['call'],
  ['end'],
  ['end', 'usage'],
  ['error'],
];

/** The toy's own rules, as strict as those of a real dialect. */
export const toyValidators: DialectValidators = {
  stream: (bytes, { ended = 'either' }) => {
    const pieces = readSse(bytes).map(({ data }) => JSON.parse(data) as Record<string, unknown>);
    const odd = pieces.filter((piece) => !members.some((names) => names.join() === Object.keys(piece).join()));
    const last = pieces.at(-1) ?? {};
    return [
      ...odd.map((piece) => `There is ${JSON.stringify(piece)}.`),
      ...(ended === 'ok' && last['end'] === undefined ? ['It does not end.'] : []),
      ...(ended === 'error' && last['error'] === undefined ? ['It has no error.'] : []),
    ];
  },
  reply: (bytes) => {
    const { model, parts, end } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    return typeof model === 'string' && Array.isArray(parts) && typeof end === 'string' ? [] : ['It is no answer.'];
  },
  error: (status, body) => {
    const { error } = JSON.parse(body) as { error?: { message?: unknown; kind?: unknown } };
    const fits = typeof error?.message === 'string' && typeof error.kind === 'string' && status >= 400;
    return fits ? [] : ['It is no error.'];
  },
};

/** A dialect that keeps every promise, with samples that show it. */
export function toySubject(change?: Parameters<typeof toyDialect>[0]): DialectSubject {
  return {
    dialect: toyDialect(change),
    validate: toyValidators,
    requests: [
      {
        name: 'a stream',
        path: '/toy/chat',
        body: Buffer.from('{ "stream" : true,\n "model":"m1", "say": [ { "text": "Grüße" } ], "temperature": 1.0 }'),
        model: 'm1',
        streamed: true,
      },
      {
        name: 'a document',
        path: '/toy/chat?x=1',
        body: { model: 'm2', say: [{ text: 'x' }], stream: false },
        model: 'm2',
        streamed: false,
      },
    ],
    answers: [
      {
        name: 'a streamed answer',
        streamed: true,
        bytes: stream({ model: 'm1' }, { think: 'Hm…' }, { text: 'Grü' }, { text: 'ße 🙂' }, call, {
          end: 'call',
          usage: [5, 3],
        }),
      },
      {
        name: 'a whole answer',
        streamed: false,
        bytes: Buffer.from(JSON.stringify({ model: 'm2', parts: [{ text: 'é' }, call], end: 'call', usage: [7, 2] })),
      },
      {
        name: 'a stream that failed',
        streamed: true,
        bytes: stream({ model: 'm1' }, { error: { message: 'No.', kind: 'overloaded' } }),
        whole: false,
      },
    ],
    errors: [
      {
        name: 'a recorded error',
        status: 429,
        body: Buffer.from('{"error":{"message":"Slow down.","kind":"rate-limit"}}'),
      },
    ],
    splits: 5,
  };
}
