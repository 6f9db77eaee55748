import assert from 'node:assert/strict';
import { ask, type Answered } from '@tapgate/test-kit';
import type { Expected, FaultCase } from './fault-case.ts';
import { keyOf, type Lane, setUp, type Stage } from './stage.ts';
import { faultsOfError, text, type Tongue } from './tongues.ts';

/** A bound for a hang, not a measure. */
const hangMs = 15_000;

/** Plays a case for one client, and holds what client and upstreams saw to what it says. */
export async function play(one: FaultCase, tongue: Tongue, lane: Lane, streamed: boolean): Promise<void> {
  const expected = one.expect ?? (streamed ? one.streamed : one.whole);
  if (expected === undefined) return;
  await using stage = await setUp(one, tongue.dialect, lane);
  const { times = 1 } = one;
  let answered: Answered | undefined;
  for (let time = 0; time < times; time += 1) answered = await askOnce(stage, one, tongue, streamed);
  assert.ok(answered !== undefined);
  const shown = `the client got ${answered.status} ${answered.text.slice(0, 600)}`;
  checkAnswer(tongue, streamed, expected, answered, shown);
  checkCalls(stage, one, expected, times, shown);
  checkSecrets(stage);
  checkSettlement(stage, expected, times);
}

async function askOnce(
  stage: Stage,
  { headers = {} }: FaultCase,
  tongue: Tongue,
  streamed: boolean,
): Promise<Answered> {
  const { path, body } = tongue.question(streamed);
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), hangMs);
  const answered = await ask(stage.served.url + path, { headers, body, signal: leaving.signal });
  clearTimeout(timer);
  assert.ok(!leaving.signal.aborted, 'it hangs');
  return answered;
}

/** Whole and equal to the healthy answer, or one clean error in the client's dialect. */
function checkAnswer(tongue: Tongue, streamed: boolean, expected: Expected, answered: Answered, shown: string): void {
  const { status, body, text: said } = answered;
  if (expected.ends === 'error') {
    assert.deepEqual(faultsOfError(tongue, status, said), [], shown);
    if (expected.status !== undefined)
      assert.ok(expected.status.includes(status), `${shown}, not ${expected.status.join(' or ')}`);
  } else {
    assert.equal(status, 200, shown);
    const ended = expected.ends === 'whole' ? 'ok' : 'error';
    const faults = streamed ? tongue.faultsOfStream(body, { ended }) : tongue.faultsOfWhole(said);
    assert.deepEqual(faults, [], shown);
    const heard = tongue.said(said, streamed);
    if (expected.ends === 'whole') assert.equal(heard, text, shown);
    else assert.ok(heard !== '' && text.startsWith(heard), `${shown}: it is no beginning of the answer`);
  }
  if (expected.says !== undefined)
    assert.ok(said.includes(expected.says), `${shown}: it does not say "${expected.says}"`);
  assert.doesNotMatch(said, /<html>|\n\s+at .+:\d+/, shown);
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    const got = answered.headers.get(name);
    assert.ok(value === 'present' ? got !== undefined : got === value, `${shown}: ${name} is ${got}, not ${value}`);
  }
}

function checkCalls(stage: Stage, one: FaultCase, expected: Expected, times: number, shown: string): void {
  const calls = Object.fromEntries([...stage.upstreams].map(([name, upstream]) => [name, upstream.requests.length]));
  assert.deepEqual(calls, expected.calls, shown);
  const attempts = Number(one.failover?.['attempts'] ?? 3);
  const all = stage.served.settled.map(({ exchange }) => exchange.attempts.length);
  assert.ok(
    all.every((made) => made <= attempts),
    `${all.join(', ')} attempts in ${times} requests`,
  );
}

/** A credential goes only to the provider that owns it, with that provider's own model. */
function checkSecrets(stage: Stage): void {
  for (const [name, upstream] of stage.upstreams) {
    for (const request of upstream.requests) {
      const heard = `${request.path} ${JSON.stringify([...request.headers])} ${request.text}`;
      assert.ok(heard.includes(keyOf(name)), `${name} was asked without its key`);
      assert.ok(heard.includes(`model-of-${name}`), `${name} was asked for another model`);
      for (const other of ['a', 'b', 'c'].filter((one) => one !== name)) {
        assert.ok(!heard.includes(keyOf(other)), `${name} has seen the key of ${other}`);
        assert.ok(!heard.includes(`model-of-${other}`), `${name} was asked for the model of ${other}`);
      }
    }
    // Who is left in the middle of an answer cannot write any more.
    assert.deepEqual(
      upstream.failures.filter((failure) => !/ECONNRESET|EPIPE/.test(failure)),
      [],
      name,
    );
  }
}

/** One settlement for each request, and what it says is what the client saw. */
function checkSettlement(stage: Stage, expected: Expected, times: number): void {
  const { settled, gateway, logs } = stage.served;
  assert.equal(settled.length, times, 'settlements');
  const outcome = settled.at(-1)?.settlement.outcome;
  if (expected.outcome !== undefined) assert.equal(outcome, expected.outcome);
  else if (expected.ends === 'whole') assert.equal(outcome, 'ok');
  else assert.notEqual(outcome, 'ok');
  assert.equal(gateway.inFlight, 0);
  assert.ok(logs.join('\n').length < 10_000 * times, 'the log is flooded');
  assert.ok(!logs.some((line) => line.includes('the-secret-of-')), 'a key is in the log');
}
