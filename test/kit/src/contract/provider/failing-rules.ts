import assert from 'node:assert/strict';
import type { Answered } from '../../ask.ts';
import type { CutBy, Script } from '../../fake-upstream/step.ts';
import { reply } from '../../fake-upstream/reply.ts';
import { step } from '../../fake-upstream/step.ts';
import type { Rule } from '../rule.ts';
import { withTrials, type ProviderSubject, type ProviderTrial } from './subject.ts';
import type { Wire } from './wire.ts';

/** A bound for a hang, not a measure: the promise is 200 ms, and a busy machine may take its time. */
const leftWithinMs = 2000;

/** What a failure of the provider is, and what the client is told. */
interface Failing {
  readonly status: number;
  readonly page?: true;
  readonly kinds: readonly string[];
  readonly told: readonly number[];
}

const failings: readonly Failing[] = [
  { status: 400, kinds: ['caller'], told: [400] },
  { status: 401, kinds: ['credential'], told: [502] },
  { status: 404, kinds: ['rejected', 'caller'], told: [400, 404] },
  { status: 429, kinds: ['throttled'], told: [429] },
  { status: 500, kinds: ['broken'], told: [500, 502] },
  { status: 529, kinds: ['throttled', 'broken'], told: [503, 529] },
  { status: 502, page: true, kinds: ['broken'], told: [500, 502] },
];

export const failingRules: readonly Rule<ProviderSubject>[] = [
  {
    name: 'its errors are told apart: whom they blame, and what the client is told',
    check: async (subject) => {
      for (const failing of failings) await checkError(subject, failing);
    },
  },
  {
    name: 'an answer that breaks off is an error for the client, however it breaks',
    check: async (subject) => {
      for (const by of ['close', 'reset', 'end'] as const) {
        await withTrials(subject, (wire) => reply.sse(wire.streamed, { cutAt: half(wire), cutBy: by }), checkCut);
      }
      await withTrials(subject, (wire) => cutDocument(wire, 'close'), checkCut);
    },
  },
  {
    name: 'it asks once, and leaves it to others to try again',
    check: async (subject) => {
      const scripts: readonly ((wire: Wire) => Script)[] = [
        (wire) => reply.json(500, wire.error(500, 'It failed.')),
        (wire) => reply.json(429, wire.error(429, 'Slow down.')),
        () => reply.hangUp('reset'),
        (wire) => cutDocument(wire, 'reset'),
      ];
      for (const [at, script] of scripts.entries()) {
        await withTrials(subject, script, async ({ ask, upstream, wire }) => {
          await ask(false);
          assert.equal(upstream.requests.length, 1, `${wire.dialect}, failure ${at}`);
        });
      }
    },
  },
  {
    name: 'it is left at once when its client leaves: before it answers, in a stream, and in a document',
    check: async (subject) => {
      await withTrials(
        subject,
        () => reply.stall(),
        (trial) => checkLeaving(trial, true, false),
      );
      await withTrials(subject, stalledStream, (trial) => checkLeaving(trial, true, true));
      await withTrials(subject, stalledDocument, (trial) => checkLeaving(trial, false, true));
    },
  },
];

/** A cut within the answer's text, so that something of it has been said and its end has not. */
function half({ streamed, text }: Wire): number {
  return Buffer.from(streamed).indexOf(text) + Buffer.byteLength(text) - 2;
}

function cutDocument({ whole }: Wire, by: CutBy): Script {
  const head = { 'content-type': 'application/json', 'content-length': String(whole.byteLength) };
  const cut = by === 'reset' ? step.reset() : step.cut();
  return [step.head(200, head), step.write(whole.subarray(0, whole.byteLength >> 1)), cut];
}

function stalledStream({ streamed, text }: Wire): Script {
  const events = Buffer.from(streamed);
  const end = events.indexOf('\n', events.indexOf(text)) + 1;
  // Up to the blank line after the event that says the text.
  const rest = events.subarray(end).indexOf('\n') + 1;
  const head = step.head(200, { 'content-type': 'text/event-stream' });
  return [head, step.write(events.subarray(0, end + rest)), step.stall()];
}

function stalledDocument({ whole }: Wire): Script {
  return [step.head(200, { 'content-type': 'application/json' }), step.write(whole.subarray(0, 10)), step.stall()];
}

async function checkError(subject: ProviderSubject, { status, page, kinds, told }: Failing): Promise<void> {
  const waits = { 'retry-after': '7' };
  const script = (wire: Wire): Script =>
    page
      ? reply.text(status, '<h1>Bad Gateway</h1>', waits)
      : reply.json(status, wire.error(status, 'It is so.'), waits);
  await withTrials(subject, script, async ({ ask, served, wire }) => {
    for (const streamed of [true, false]) {
      const answered = await ask(streamed);
      const shown = `${wire.dialect}, status ${status}: the client got ${answered.status} ${answered.text}`;
      assert.ok(told.includes(answered.status), shown);
      assert.deepEqual(wire.faultsOfError(answered.status, answered.text), [], shown);
      assert.ok(!answered.text.includes('<h1>'), shown);
      if (status === 429) assert.equal(answered.headers.get('retry-after'), '7', shown);
      const failure = served.settled.at(-1)?.exchange.attempts[0]?.failure;
      assert.ok(
        failure !== undefined && kinds.includes(failure),
        `${wire.dialect}, status ${status}: blames ${failure}`,
      );
    }
  });
}

async function checkCut({ ask, served, wire }: ProviderTrial): Promise<void> {
  const answered = await ask(true);
  const outcome = served.settled[0]?.settlement.outcome;
  const shown = `${wire.dialect}: ${outcome}, the client got ${answered.status} ${answered.text}`;
  assert.ok(outcome !== undefined && outcome !== 'ok', shown);
  assert.deepEqual(faultsOf(answered, wire), [], shown);
}

function faultsOf(answered: Answered, wire: Wire): readonly string[] {
  if (answered.status >= 500) return wire.faultsOfError(answered.status, answered.text);
  return answered.status === 200 ? wire.faultsOfStream(answered.body, { ended: 'error' }) : ['The status is not true.'];
}

async function checkLeaving({ ask, upstream, wire }: ProviderTrial, streamed: boolean, begun: boolean): Promise<void> {
  const leaving = new AbortController();
  const chunk = Promise.withResolvers<void>();
  const asked = ask(streamed, { signal: leaving.signal, onChunk: () => chunk.resolve() });
  const request = await upstream.request(0);
  if (streamed && begun) await chunk.promise;
  while (begun && request.sent === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(request.closedAt, undefined, `${wire.dialect}: the connection is gone before the client is`);
  leaving.abort();
  await asked;
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), leftWithinMs);
  const left = await Promise.race([request.closed, late.promise]);
  clearTimeout(timer);
  const when = begun ? (streamed ? 'in a stream' : 'in a document') : 'before it answers';
  assert.notEqual(left, 'late', `${wire.dialect}, ${when}: it is still asked after ${leftWithinMs} ms`);
}
