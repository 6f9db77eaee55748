import assert from 'node:assert/strict';
import { coreErrors, isContent, seen, type ChatEvent } from '@tapgate/core';
import { chunkings } from '../../chunkings.ts';
import type { Rule } from '../rule.ts';
import { contentOf, countsOf } from './content.ts';
import { orderFaults } from './event-order.ts';
import { comparable, failureOf, observerFor, read, readerFor, some, wholeEvents } from './reading.ts';
import type { AnswerSample } from './samples.ts';
import type { PreparedDialect } from './subject.ts';

/** A rule that holds for every sample of an answer of that sort. */
function each(
  name: string,
  of: (sample: AnswerSample) => boolean,
  check: (subject: PreparedDialect, sample: AnswerSample) => void,
): Rule<PreparedDialect> {
  return {
    name,
    skip: ({ answers }) => (answers.some(of) ? undefined : 'There is no such sample of an answer.'),
    check: (subject) => {
      for (const sample of subject.without(name, subject.answers).filter(of)) check(subject, sample);
    },
  };
}

export const isWhole = ({ whole = true }: AnswerSample): boolean => whole;

export const answerRules: readonly Rule<PreparedDialect>[] = [
  each(
    'an answer is read alike however it is cut into chunks',
    () => true,
    (subject, sample) => {
      const [whole, ...others] = chunkings(sample.bytes, { splits: subject.splits });
      const expected = comparable(read(subject, sample, whole?.chunks ?? []));
      for (const { name, chunks } of others) {
        assert.deepEqual(comparable(read(subject, sample, chunks)), expected, `${sample.name}, ${name}`);
      }
    },
  ),
  each(
    'an answer that is whole is read to its end, and one that is not is an error',
    () => true,
    (subject, sample) => {
      const failure = failureOf(read(subject, sample, [sample.bytes]));
      const shown = `${sample.name}: ${failure?.error.message}`;
      assert.equal(failure === undefined, isWhole(sample), shown);
    },
  ),
  each('the parts of an answer begin, go on and end in order', isWhole, (subject, sample) => {
    const events = read(subject, sample, [sample.bytes]);
    // Of what is no answer at all another rule tells.
    if (!failureOf(events)) assert.deepEqual(orderFaults(events), [], sample.name);
  }),
  each(
    'a stream that breaks off before its end is truncated, wherever it breaks',
    (sample) => isWhole(sample) && sample.streamed,
    checkTruncation,
  ),
  each(
    'a document that breaks off is an error and no answer',
    (sample) => isWhole(sample) && !sample.streamed,
    (subject, sample) => {
      const text = Buffer.from(sample.bytes).toString('utf8').trimEnd();
      const length = Buffer.byteLength(text);
      for (const cut of some(
        Array.from({ length }, (_, at) => at),
        40,
      )) {
        const events = read(subject, sample, [sample.bytes.subarray(0, cut)]);
        assert.ok(failureOf(events), `${sample.name} cut at ${cut}`);
        assert.ok(!events.some(({ type }) => type === 'finish'), `${sample.name} cut at ${cut}`);
      }
    },
  ),
  each('the observer sees the usage, the model and the end that the reader reads', isWhole, checkObserver),
  each(
    'the observer commits a stream at the first event that shows something of the answer',
    (sample) => isWhole(sample) && sample.streamed,
    checkCommit,
  ),
  each(
    'the observer tells an event that is cut, on which a client would throw, and no other',
    (sample) => isWhole(sample) && sample.streamed,
    checkBroken,
  ),
  each(
    'what the observer says of a failure goes on from what the client has seen',
    (sample) => isWhole(sample) && sample.streamed,
    checkGoingOn,
  ),
];

/** What ends with a bracket is cut right before it. */
function checkBroken(subject: PreparedDialect, sample: AnswerSample): void {
  const events = wholeEvents(subject, sample, sample.bytes);
  for (const at of some([...events.keys()], 20)) {
    const observer = observerFor(subject, sample);
    for (const event of events.slice(0, at)) {
      const flags = observer.event(event);
      assert.equal(flags & seen.broken, 0, `${sample.name}: ${Buffer.from(event).toString('utf8').slice(0, 200)}`);
    }
    const text = Buffer.from(events[at] ?? [])
      .toString('utf8')
      .trimEnd();
    if (!text.endsWith('}')) continue;
    const flags = observer.event(Buffer.from(text.slice(0, -1)));
    assert.ok((flags & seen.broken) !== 0, `${sample.name}: event ${at} is cut, and the observer lets it pass`);
  }
}

/** Of streams that are as the dialect wants them; what others do is their providers' doing. */
function checkGoingOn(subject: PreparedDialect, sample: AnswerSample): void {
  const { stream } = subject.validate;
  if (stream(sample.bytes, { ended: 'ok' }).length > 0) return;
  const events = wholeEvents(subject, sample, sample.bytes);
  for (const count of some([...events.keys()], 5)) {
    const observer = observerFor(subject, sample);
    const before = events.slice(0, count);
    for (const event of before) observer.event(event);
    if (observer.complete) return;
    const error = coreErrors.UPSTREAM_TRUNCATED({ provider: 'kit' }, { kind: 'truncated' });
    const bytes = Buffer.concat([...before, observer.fail(error)]);
    assert.deepEqual(stream(bytes, { ended: 'error' }), [], `${sample.name}, failed after ${count} events`);
  }
}

/** Offsets at which each whole event begins, and that of the end. */
function startsOf(events: readonly Uint8Array[]): readonly number[] {
  const starts = [0];
  for (const event of events) starts.push((starts.at(-1) ?? 0) + event.byteLength);
  return starts;
}

/** Cuts before the end mark, at the ends of events and in the middle of them. */
function checkTruncation(subject: PreparedDialect, sample: AnswerSample): void {
  const events = wholeEvents(subject, sample, sample.bytes);
  const starts = startsOf(events);
  const reader = readerFor(subject, sample);
  const observer = observerFor(subject, sample);
  const mark = events.findIndex((event) => {
    const finished = reader.push(event).some(({ type }) => type === 'finish');
    observer.event(event);
    return finished || observer.complete;
  });
  const cuts = starts.slice(0, mark + 1).flatMap((start, at) => [start, start + ((events[at]?.byteLength ?? 0) >> 1)]);
  for (const cut of some(cuts, 40)) {
    const found = read(subject, sample, [sample.bytes.subarray(0, cut)]);
    const shown = `${sample.name} cut at ${cut} of ${sample.bytes.byteLength}`;
    const last = found.at(-1);
    assert.equal(last?.type === 'error' ? last.error.kind : last?.type, 'truncated', shown);
    assert.equal(found.filter(({ type }) => type === 'error').length, 1, shown);
  }
}

/** What the reader knows of usage in the end. */
function usageIn(events: readonly ChatEvent[]): Readonly<Record<string, number>> | undefined {
  return contentOf(events).usage;
}

function checkObserver(subject: PreparedDialect, sample: AnswerSample): void {
  const events = read(subject, sample, [sample.bytes]);
  const observer = observerFor(subject, sample);
  if (sample.streamed) for (const event of wholeEvents(subject, sample, sample.bytes)) observer.event(event);
  else observer.whole(sample.bytes);
  const model = events.findLast((event) => event.type === 'start' && event.model !== undefined);
  assert.deepEqual(observer.usage && countsOf(observer.usage), usageIn(events), sample.name);
  assert.equal(observer.model, model?.type === 'start' ? model.model : undefined, sample.name);
  assert.ok(observer.complete, `${sample.name} is complete, and the observer does not see it`);
  assert.equal(observer.error, undefined, sample.name);
  if (sample.streamed) checkCompletion(subject, sample);
}

/** At no event's end does the observer take an answer for complete that the reader takes for truncated. */
function checkCompletion(subject: PreparedDialect, sample: AnswerSample): void {
  const events = wholeEvents(subject, sample, sample.bytes);
  const starts = startsOf(events);
  const observer = observerFor(subject, sample);
  assert.ok(!observer.complete, `${sample.name} has not begun, and the observer sees its end`);
  const looked = new Set(some([...events.keys()], 20));
  for (const [at, event] of events.entries()) {
    observer.event(event);
    if (!looked.has(at) || !observer.complete) continue;
    const kind = failureOf(read(subject, sample, [sample.bytes.subarray(0, starts[at + 1])]))?.error.kind;
    assert.notEqual(kind, 'truncated', `${sample.name}: the observer takes it for complete after its event ${at}`);
  }
}

function checkCommit(subject: PreparedDialect, sample: AnswerSample): void {
  const reader = readerFor(subject, sample);
  const observer = observerFor(subject, sample);
  let committed: number | undefined;
  for (const [at, event] of wholeEvents(subject, sample, sample.bytes).entries()) {
    const flags = observer.event(event);
    if (committed === undefined && (flags & (seen.content | seen.terminal)) !== 0) committed = at;
    const shown = reader.push(event).filter(isContent);
    if (shown.length === 0) continue;
    // An answer of nothing shows itself by its end alone, and the two may see that in different events.
    if (shown[0]?.type !== 'finish') assert.equal(committed, at, sample.name);
    return;
  }
}
