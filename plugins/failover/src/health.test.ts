import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AttemptRecord,
  type Changed,
  coreErrors,
  createGateway,
  GatewayError,
  type Target,
  upstreamFailed,
} from '@tapgate/core';
import { pino } from 'pino';
import { blameOf } from './blame.ts';
import { Health, type HealthRules } from './health.ts';
import { shareHealth } from './shared-health.ts';

const rules: HealthRules = {
  breaker: { consecutive: 5, failureShare: 0.5, leastResults: 20, openMs: 30_000, maxOpenMs: 300_000, successes: 3 },
  cooldown: { baseMs: 1000, maxMs: 60_000, honourMs: 3_600_000 },
  quarantine: { after: 3, withinMs: 60_000, forMs: 300_000 },
};
const target: Target = { provider: 'p', model: 'm' };

function made(): { readonly health: Health; readonly clock: { now: number } } {
  const clock = { now: 1_000_000 };
  const health = new Health({ now: () => clock.now, random: () => 0 });
  health.places.know('p', ['one', 'two']);
  return { health, clock };
}

/** An attempt that failed with an upstream's own error, or with one of core's. */
function failed(
  clock: { now: number },
  failure: NonNullable<AttemptRecord['failure']>,
  error: GatewayError,
  at: Target = target,
): AttemptRecord {
  return { number: 1, target: at, startedAt: clock.now, endedAt: clock.now, result: 'failed', failure, error };
}

const said = (status: number, kind: 'server' | 'rate-limit' | 'authentication' | 'permission', retryAfterMs?: number) =>
  upstreamFailed('p', { status, kind, message: 'no', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

test('a throttled credential cools alone: the breaker knows nothing of it, and the other credential is asked', () => {
  const { health, clock } = made();
  for (let time = 0; time < 10; time += 1)
    health.learn(failed(clock, 'throttled', said(429, 'rate-limit', 20_000)), rules);
  assert.equal(health.absence(target)?.because, 'cooldown');
  assert.equal(health.absence({ ...target, credential: 'one' })?.because, 'cooldown', 'the first is the unnamed one');
  assert.equal(health.absence({ ...target, credential: 'two' }), undefined);
  assert.equal(health.absence({ ...target, model: 'other' }), undefined);
  assert.equal(health.breaker(target)?.state ?? 'closed', 'closed');
  assert.deepEqual(health.withLiveCredential(target), { ...target, credential: 'two' });
  clock.now += 20_000;
  assert.equal(health.absence(target), undefined);
  assert.equal(health.withLiveCredential(target), target);
});

test('a dead credential is dead for every model, a missing permission for one', () => {
  const { health, clock } = made();
  for (let time = 0; time < 3; time += 1) health.learn(failed(clock, 'credential', said(403, 'permission')), rules);
  assert.equal(health.absence(target)?.because, 'quarantine');
  assert.equal(health.absence({ ...target, model: 'other' }), undefined);
  for (let time = 0; time < 3; time += 1) health.learn(failed(clock, 'credential', said(401, 'authentication')), rules);
  assert.equal(health.absence({ ...target, model: 'other' })?.because, 'quarantine');
  assert.equal(health.absence({ ...target, credential: 'two' }), undefined);
  health.forgetCredentials();
  assert.equal(health.absence(target), undefined);
});

test('a hundred faults of callers leave a target as it was', () => {
  const { health, clock } = made();
  for (const kind of ['caller', 'context', 'policy', 'rejected', 'gateway'] as const)
    for (let time = 0; time < 100; time += 1)
      health.learn(failed(clock, kind, new GatewayError('UPSTREAM_REFUSED', 400, 'no')), rules);
  assert.equal(health.absence(target), undefined);
  assert.deepEqual(health.standings(), []);
});

test('what this gateway refused itself is no word of the upstream', () => {
  const { health, clock } = made();
  const own = new GatewayError('BUDGET_SPENT', 429, 'no', { kind: 'rate-limit', retryAfterMs: 60_000 });
  for (let time = 0; time < 10; time += 1) {
    health.learn(failed(clock, 'throttled', own), rules);
    health.learn(failed(clock, 'credential', new GatewayError('BUDGET_SPENT', 402, 'no')), rules);
  }
  assert.equal(health.absence(target), undefined);
});

test('an attempt counts once, however often it is told', () => {
  const { health, clock } = made();
  const record = failed(clock, 'broken', said(500, 'server'));
  for (let time = 0; time < 10; time += 1) health.learn(record, rules);
  assert.equal(health.absence(target), undefined);
});

test('a silence that the deadline ended is held against the target, a lost race is not', () => {
  const lost = { number: 1, target, startedAt: 0, endedAt: 1, result: 'lost' } as const;
  assert.equal(blameOf({ ...lost, error: coreErrors.DEADLINE() }), 'deployment');
  assert.equal(blameOf({ ...lost, error: coreErrors.DEADLINE(), firstEventAt: 1 }), undefined);
  assert.equal(blameOf({ ...lost, error: coreErrors.CLIENT_LEFT() }), undefined);
  assert.equal(blameOf(lost), undefined);
});

test('a certificate that is not trusted opens no breaker: the operator must hear of it each time', () => {
  const expired = Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' });
  const cause = new Error('unreached', { cause: expired });
  const error = coreErrors.UPSTREAM_UNREACHABLE({ provider: 'p', reason: 'its certificate has expired' }, { cause });
  assert.equal(blameOf(failed({ now: 0 }, 'broken', error)), undefined);
  assert.equal(blameOf(failed({ now: 0 }, 'broken', coreErrors.UPSTREAM_UNREACHABLE())), 'deployment');
});

test('names without end do not push an open breaker out', () => {
  const { health, clock } = made();
  for (let time = 0; time < 5; time += 1) health.learn(failed(clock, 'broken', said(500, 'server')), rules);
  clock.now += 100;
  for (let name = 0; name < 10_500; name += 1) {
    const other = { provider: 'p', model: `x${name}` };
    health.learn({ number: 1, target: other, startedAt: clock.now, endedAt: clock.now, result: 'won' }, rules);
  }
  assert.equal(health.absence(target)?.because, 'breaker');
});

test('what one process learns another knows at once, and from then on asks nobody in vain', async () => {
  const log = pino({ level: 'silent' });
  const gateway = createGateway({}, { log });
  const store = gateway.service('store');
  assert.ok(store);
  const [one, other] = [made(), made()];
  other.clock.now += 3_600_000;
  one.health.hear = () => assert.fail('it has heard itself');
  const stops = [shareHealth(one.health, store, log), shareHealth(other.health, store, log)];
  for (let time = 0; time < 5; time += 1) one.health.learn(failed(one.clock, 'broken', said(500, 'server')), rules);
  one.health.learn(
    failed(one.clock, 'throttled', said(429, 'rate-limit', 5000), { provider: 'q', model: 'm:x' }),
    rules,
  );
  for (let time = 0; time < 3; time += 1)
    one.health.learn(
      failed(one.clock, 'credential', said(401, 'authentication'), { provider: 'r', model: 'm' }),
      rules,
    );
  await new Promise((resolve) => setImmediate(resolve));
  const heard = [target, { provider: 'q', model: 'm:x' }, { provider: 'r', model: 'm' }].map((at) => {
    const absence = other.health.absence(at);
    return absence === undefined ? undefined : [absence.because, absence.until - other.clock.now];
  });
  // Clocks an hour apart: spans travel, not moments.
  assert.deepEqual(heard, [
    ['breaker', 30_000],
    ['cooldown', 5000],
    ['quarantine', 300_000],
  ]);
  for (const stop of stops) stop();
  await gateway.close();
});

test('a store that fails, or says what nobody understands, changes nothing', async () => {
  const warnings: unknown[] = [];
  const log = { ...pino({ level: 'silent' }), warn: (what: unknown) => warnings.push(what) } as never;
  const { health, clock } = made();
  let tell: Changed | undefined;
  const store = {
    set: () => Promise.reject(new Error('away')),
    watch: (_: string, changed: typeof tell) => {
      tell = changed;
      return () => {};
    },
  } as never;
  const stop = shareHealth(health, store, log);
  for (let time = 0; time < 10; time += 1)
    health.learn(failed(clock, 'throttled', said(429, 'rate-limit', 5000)), rules);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(warnings.length, 1, 'it is said once, not each time');
  for (const value of [undefined, Buffer.from('x'), Buffer.from('{"forMs":"long"}'), Buffer.from('{"forMs":9}')])
    for (const key of ['failover:', 'failover:breaker', 'failover:breaker:', 'failover:weather:p/m'])
      tell?.(key, value);
  assert.equal(health.standings().filter(({ state }) => state !== 'cooling').length, 0);
  tell?.('failover:breaker:late/m', Buffer.from('{"forMs":60000}'), 5000);
  const late = health.absence({ provider: 'late', model: 'm' });
  assert.equal((late?.until ?? 0) - clock.now, 5000, 'what is told late counts for what is left of it');
  stop();
});
