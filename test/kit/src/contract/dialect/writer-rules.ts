import assert from 'node:assert/strict';
import { coreErrors, isContent, seen, type ChatEvent, type ReplyWriter } from '@tapgate/core';
import type { Rule } from '../rule.ts';
import { isWhole } from './answer-rules.ts';
import { alike, contentOf } from './content.ts';
import { failureOf, observerFor, read, wholeEvents } from './reading.ts';
import type { AnswerSample } from './samples.ts';
import type { PreparedDialect } from './subject.ts';

const needsAnswers = ({ answers }: PreparedDialect): string | undefined =>
  answers.some(isWhole) ? undefined : 'There is no sample of a whole answer.';

function each(name: string, check: (subject: PreparedDialect, sample: AnswerSample) => void): Rule<PreparedDialect> {
  return {
    name,
    skip: needsAnswers,
    check: (subject) => {
      for (const sample of subject.without(name, subject.answers).filter(isWhole)) check(subject, sample);
    },
  };
}

export const writerRules: readonly Rule<PreparedDialect>[] = [
  each('an answer that is written reads as what it was, streamed and whole', (subject, sample) => {
    const events = read(subject, sample, [sample.bytes]);
    const expected = contentOf(events, subject.ordered);
    for (const streamed of [true, false]) {
      const bytes = written(subject, streamed, events);
      const again = contentOf(read(subject, { streamed }, [bytes]), subject.ordered);
      assert.deepEqual(
        alike(again, expected),
        expected,
        `${sample.name}, written ${streamed ? 'as a stream' : 'whole'}`,
      );
    }
  }),
  each('an answer that is written is valid in its dialect, streamed and whole', (subject, sample) => {
    const { stream, reply } = subject.validate;
    const events = read(subject, sample, [sample.bytes]);
    const asStream = stream(written(subject, true, events), { ended: 'ok' });
    assert.deepEqual(asStream, [], `${sample.name}, written as a stream`);
    assert.deepEqual(reply(written(subject, false, events)), [], `${sample.name}, written whole`);
  }),
  each('a whole answer is written in one piece at its end', (subject, sample) => {
    const writer = writerFor(subject, false);
    for (const event of read(subject, sample, [sample.bytes])) {
      assert.equal(bytesOf(writer.push(event)).byteLength, 0, `${sample.name}: ${event.type}`);
    }
    assert.notEqual(bytesOf(writer.end()).byteLength, 0, sample.name);
  }),
  each('a stream that fails tells its client so, before content and after it, and does not end well', checkFailure),
  each('nothing follows an error, and nothing but what was said comes before it', checkErrorIsLast),
];

function writerFor({ dialect }: PreparedDialect, streamed: boolean): ReplyWriter {
  return dialect.writer({
    streamed,
    model: 'kit-model',
    id: '0195f3a0-5d1e-7c3b-9a52-3f0e6a7b8c9d',
    createdAt: 1_700_000_000,
    request: {
      model: 'kit-model',
      instructions: [],
      turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
      tools: [],
      output: {},
      sampling: {},
      stream: streamed,
      wantUsage: true,
      ext: {},
    },
  });
}

const bytesOf = (piece: string | Uint8Array | undefined): Uint8Array =>
  typeof piece === 'string' ? Buffer.from(piece) : (piece ?? Buffer.alloc(0));

function written(subject: PreparedDialect, streamed: boolean, events: readonly ChatEvent[]): Uint8Array {
  const writer = writerFor(subject, streamed);
  return Buffer.concat([...events.map((event) => bytesOf(writer.push(event))), bytesOf(writer.end())]);
}

/** The answer as far as its first content, or one event further, and then a failure. */
function brokenOff(subject: PreparedDialect, sample: AnswerSample, after: 'nothing' | 'content'): Uint8Array {
  const events = read(subject, sample, [sample.bytes]);
  const first = events.findIndex((event) => event.type === 'part-delta' && event.text !== '');
  const said = after === 'nothing' ? [] : events.slice(0, first + 1);
  const writer = writerFor(subject, true);
  const error = coreErrors.UPSTREAM_TRUNCATED({ provider: 'kit' }, { kind: 'truncated' });
  return Buffer.concat([...said.map((event) => bytesOf(writer.push(event))), bytesOf(writer.fail(error))]);
}

function checkFailure(subject: PreparedDialect, sample: AnswerSample): void {
  for (const after of ['nothing', 'content'] as const) {
    const bytes = brokenOff(subject, sample, after);
    const shown = `${sample.name}, failed after ${after}`;
    assert.deepEqual(subject.validate.stream(bytes, { ended: 'error' }), [], shown);
    assert.ok(failureOf(read(subject, { streamed: true }, [bytes])), `${shown}: its own reader sees no error`);
    const observer = observerFor(subject, { streamed: true });
    let flags = 0;
    for (const event of wholeEvents(subject, { streamed: true }, bytes)) flags |= observer.event(event);
    assert.ok((flags & seen.error) !== 0 && observer.error, `${shown}: the observer sees no error`);
    assert.ok(!observer.complete, `${shown}: the observer takes it for complete`);
  }
}

function checkErrorIsLast(subject: PreparedDialect, sample: AnswerSample): void {
  for (const after of ['nothing', 'content'] as const) {
    const more = sample.streamed ? sample.bytes : Buffer.alloc(0);
    const events = read(subject, { streamed: true }, [brokenOff(subject, sample, after), more]);
    const at = events.findIndex(({ type }) => type === 'error');
    const shown = `${sample.name}, failed after ${after}`;
    // Whether there is an error at all is for another rule to say.
    if (at < 0) continue;
    assert.equal(events.length, at + 1, `${shown}: ${JSON.stringify(events[at + 1])} follows the error`);
    const content = events.filter(isContent).length > 0;
    const expected = after === 'content' && contentOf(read(subject, sample, [sample.bytes])).choices[0] !== undefined;
    assert.ok(!content || expected, `${shown}: content comes from nowhere`);
  }
}
