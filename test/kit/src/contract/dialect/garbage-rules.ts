import assert from 'node:assert/strict';
import { GatewayError, type ChatEvent } from '@tapgate/core';
import { randomSplit } from '../../chunkings.ts';
import { seeded, type Seeded } from '../../seeded.ts';
import type { Rule } from '../rule.ts';
import { observerFor, readerFor, some, wholeEvents, type Framed } from './reading.ts';
import type { PreparedDialect } from './subject.ts';

export const garbageRules: readonly Rule<PreparedDialect>[] = [
  {
    name: 'a reader takes whatever comes and never throws',
    check: (subject) => {
      for (const { framed, bytes, seed } of garbageFor(subject)) {
        const shown = `seed ${seed}, ${framed.streamed ? 'streamed' : 'whole'}: ${preview(bytes)}`;
        const reader = readerFor(subject, framed);
        const events = unthrown(
          () => [...randomSplit(bytes, seed).flatMap((chunk) => reader.push(chunk)), ...reader.end()],
          shown,
        );
        for (const event of events) {
          if (event.type === 'error') assert.ok(GatewayError.is(event.error), shown);
        }
      }
    },
  },
  {
    name: 'an observer takes whatever comes and never throws',
    check: (subject) => {
      for (const { framed, bytes, seed } of garbageFor(subject)) {
        const shown = `seed ${seed}, ${framed.streamed ? 'streamed' : 'whole'}: ${preview(bytes)}`;
        const observer = observerFor(subject, framed);
        const flags = framed.streamed
          ? wholeEvents(subject, framed, bytes).map((event) => unthrown(() => observer.event(event), shown))
          : [unthrown(() => observer.whole(bytes), shown)];
        assert.ok(flags.every(Number.isInteger), shown);
      }
    },
  },
];

const preview = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').slice(0, 300);

function unthrown<T extends readonly ChatEvent[] | number>(act: () => T, shown: string): T {
  try {
    return act();
  } catch (error) {
    throw new assert.AssertionError({ message: `${shown} threw ${String(error)}`, stackStartFn: unthrown });
  }
}

interface Garbage {
  readonly framed: Framed;
  readonly bytes: Uint8Array;
  readonly seed: number;
}

/** Random bytes, and samples with a wrong byte here or a value of a wrong type there. */
function* garbageFor({ answers }: PreparedDialect): Iterable<Garbage> {
  let seed = 0;
  for (const streamed of [true, false]) {
    for (const text of ['', '\n', 'data:\n\n', 'data: [DONE]\n\n', '[DONE]', '<html></html>', 'null', '[]', '{}']) {
      yield { framed: { streamed }, bytes: Buffer.from(text), seed: (seed += 1) };
    }
    for (const value of oddValues) {
      const json = JSON.stringify(value) ?? '';
      yield { framed: { streamed }, bytes: Buffer.from(streamed ? `data: ${json}\n\n` : json), seed: (seed += 1) };
    }
    for (let times = 0; times < 50; times += 1) {
      seed += 1;
      yield { framed: { streamed }, bytes: seeded(seed).bytes(200), seed };
    }
  }
  for (const sample of some(answers, 60)) {
    for (let times = 0; times < 30; times += 1) {
      seed += 1;
      const random = seeded(seed);
      const bytes = times % 3 === 0 ? withWrongBytes(sample.bytes, random) : withWrongValue(sample.bytes, random);
      yield { framed: sample, bytes, seed };
    }
  }
}

const oddValues: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  '',
  'text',
  [],
  [null],
  {},
  { a: { a: { a: {} } } },
  { type: null },
  { index: -1, type: 'text' },
  { choices: [null] },
];

function withWrongBytes(bytes: Uint8Array, random: Seeded): Uint8Array {
  const at = random.integer(bytes.byteLength + 1);
  const gone = random.integer(20);
  return Buffer.concat([bytes.subarray(0, at), random.bytes(random.integer(6)), bytes.subarray(at + gone)]);
}

/** One JSON value somewhere in the text, a member's or an item's, becomes another one of another type. */
function withWrongValue(bytes: Uint8Array, random: Seeded): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  const values = [
    ...text.matchAll(/(?<=[:[,]\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{\}|\[\])(?=\s*[,}\]])/g),
  ];
  const value = values.length === 0 ? undefined : random.pick(values);
  if (!value) return bytes;
  const other = JSON.stringify(random.pick(oddValues));
  return Buffer.from(text.slice(0, value.index) + other + text.slice(value.index + value[0].length));
}
