import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { coreErrors, type Exchange, GatewayError } from '@tapgate/core';
import * as fc from 'fast-check';
import { FairQueue, type QueueRules } from './fair-queue.ts';

const start = 1_700_000_000_000;
beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start }));
afterEach(() => mock.timers.reset());

const usual: QueueRules = {
  maxWaiting: 256,
  maxPerKey: 64,
  maxWaitMs: 60_000,
  keyOf: ({ caller }) => caller.tenant,
  rankOf: ({ caller }) => Number(caller.labels['rank'] ?? 1),
  weightOf: () => 1,
};

/** Lets what is promised come to pass; no time goes by. */
async function turnOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await turnOfTheLoop();
}

interface Client {
  readonly exchange: Exchange;
  readonly headers: Map<string, string>;
  readonly leave: () => void;
}

/** An exchange as the queue sees it. */
function client(
  key = 'k',
  more: { rank?: number; deadlineMs?: number; headers?: Record<string, string> } = {},
): Client {
  const leaving = new AbortController();
  const headers = new Map<string, string>();
  const exchange = {
    startedAt: Date.now(),
    deadline: Date.now() + (more.deadlineMs ?? 600_000),
    signal: leaving.signal,
    dry: false,
    headers: new Map(Object.entries(more.headers ?? {})),
    replyHeaders: headers,
    caller: { id: key, tenant: key, labels: { rank: String(more.rank ?? 1) }, claims: {} },
    waitFor: <Value>(turn: Promise<Value>) => turn,
  } as unknown as Exchange;
  return { exchange, headers, leave: () => leaving.abort(coreErrors.CLIENT_LEFT()) };
}

/** What came of each wait, in order: a name when it was let go, a name and a code when it was refused. */
function listener(queue: FairQueue): {
  readonly told: string[];
  readonly wait: (name: string, who: Client, untilMs: number, rules?: QueueRules) => void;
} {
  const told: string[] = [];
  return {
    told,
    wait: (name, { exchange }, untilMs, rules = usual) => {
      const until = untilMs === 0 ? 0 : Date.now() + untilMs;
      queue.wait(exchange, { resource: 'r', until, reason: 'there are too many' }, rules).then(
        () => told.push(name),
        (error: unknown) => told.push(`${name} ${GatewayError.is(error) ? error.code : String(error)}`),
      );
    },
  };
}

test('one at a time is let go when the time has come, and the next when the first has gone on', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const [one, two, three] = [client('a'), client('b'), client('c')];
  wait('one', one, 1000);
  wait('two', two, 1000);
  wait('three', three, 0);
  await turnOfTheLoop();
  assert.equal(queue.waiting('r'), 3);
  await pass(999);
  assert.deepEqual(told, []);
  await pass(1);
  assert.deepEqual(told, ['one']);
  queue.went(one.exchange);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'two']);
  queue.went(two.exchange);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'two', 'three']);
  assert.equal(queue.waiting('r'), 1);
  queue.settled(three.exchange);
  assert.equal(queue.waiting('r'), 0);
  assert.deepEqual(queue.standings(), []);
});

test('who tries in vain keeps its place, and nobody tries before it', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const [one, two] = [client('a'), client('b')];
  wait('one', one, 1000);
  wait('two', two, 1000);
  await pass(1000);
  wait('one again', one, 500);
  await pass(499);
  assert.deepEqual(told, ['one']);
  await pass(1);
  assert.deepEqual(told, ['one', 'one again']);
  assert.equal(one.headers.get('x-tapgate-queue-wait-ms'), '1500');
  queue.went(one.exchange);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'one again', 'two']);
  queue.settled(two.exchange);
});

test('what is freed lets the next try at once, though somebody is just trying in vain', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const one = client('a');
  wait('one', one, 30_000);
  await pass(10);
  queue.freed('another');
  await pass(10);
  assert.deepEqual(told, []);
  queue.freed('r');
  await turnOfTheLoop();
  assert.deepEqual(told, ['one']);
  queue.freed('r');
  wait('one again', one, 30_000);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'one again']);
  queue.settled(one.exchange);
});

test('tries that nobody knows a better time for come ever more seldom', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const one = client('a');
  wait('try', one, 0);
  for (let ms = 0; ms < 30_000; ms += 10) {
    const before = told.length;
    await pass(10);
    if (told.length > before || ms === 0) wait('try', one, 0);
  }
  assert.ok(told.length > 10 && told.length < 50, `${told.length} tries`);
  one.leave();
});

test('who was let go and is not seen again does not hold up the others', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const [one, two] = [client('a'), client('b')];
  wait('one', one, 10);
  wait('two', two, 10);
  await pass(10);
  await pass(999);
  assert.deepEqual(told, ['one']);
  await pass(1);
  assert.deepEqual(told, ['one', 'two']);
  queue.settled(two.exchange);
  assert.equal(queue.size, 0);
  assert.deepEqual(queue.standings(), []);
});

test('who goes on to wait for something else has got the first', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const [one, two] = [client('a'), client('b')];
  wait('one', one, 10);
  wait('two', two, 10);
  await pass(10);
  const elsewhere = queue.wait(one.exchange, { resource: 'other', until: Date.now() + 50, reason: 'x' }, usual);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'two']);
  await pass(50);
  await elsewhere;
  for (const { exchange } of [one, two]) queue.settled(exchange);
  assert.equal(queue.size, 0);
});

test('B-10, S-16: who leaves is removed at once and never let go, waiting or trying; the others move up', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const [one, two, three] = [client('a'), client('b'), client('c')];
  wait('one', one, 1000);
  wait('two', two, 1000);
  wait('three', three, 1000);
  one.leave();
  await turnOfTheLoop();
  assert.deepEqual(told, ['one CLIENT_LEFT']);
  assert.equal(queue.waiting('r'), 2);
  await pass(1000);
  assert.deepEqual(told, ['one CLIENT_LEFT', 'two']);
  two.leave();
  await turnOfTheLoop();
  assert.deepEqual(told, ['one CLIENT_LEFT', 'two', 'three']);
  queue.went(three.exchange);
  wait('left already', two, 10);
  await turnOfTheLoop();
  assert.equal(told.at(-1), 'left already CLIENT_LEFT');
  assert.equal(queue.size, 0);
});

test('an attempt that is over ends its wait, though the exchange goes on', async () => {
  const queue = new FairQueue();
  const { exchange } = client('a');
  const over = new AbortController();
  const wanted = { resource: 'r', until: Date.now() + 1000, reason: 'x', signal: over.signal };
  const waiting = assert.rejects(queue.wait(exchange, wanted, usual), { code: 'CLIENT_LEFT' });
  await turnOfTheLoop();
  over.abort();
  await waiting;
  assert.equal(queue.size, 0);
});

test('B-10: what cannot be in time is refused at once, with the time after which it can', async () => {
  const queue = new FairQueue();
  const { wait, told } = listener(queue);
  for (const [why, who, rules] of [
    ['the longest wait', client('a'), { ...usual, maxWaitMs: 4000 }],
    ['the deadline', client('a', { deadlineMs: 5000 }), usual],
    ['the client', client('a', { headers: { 'x-request-timeout-ms': '5100' } }), usual],
    ['an official client', client('a', { headers: { 'x-stainless-timeout': '5' } }), usual],
  ] as const) {
    const wanted = { resource: 'r', until: Date.now() + 5000, reason: 'too many' };
    await assert.rejects(queue.wait(who.exchange, wanted, rules), (error: GatewayError) => {
      assert.equal(error.code, 'QUEUE_LATE', why);
      assert.equal(error.retryAfterMs, 5000);
      return true;
    });
  }
  wait('nonsense is no patience', client('a', { headers: { 'x-stainless-timeout': '-1e9' } }), 5000);
  await pass(5000);
  assert.deepEqual(told, ['nonsense is no patience']);
});

test('who has waited the longest it may is refused, over all its lines together', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const rules = { ...usual, maxWaitMs: 1000 };
  const one = client('a');
  wait('one', one, 600, rules);
  await pass(600);
  wait('again', one, 500, rules);
  await turnOfTheLoop();
  assert.deepEqual(told, ['one', 'again QUEUE_LATE']);
  const [two, three] = [client('b'), client('c')];
  wait('two', two, 900, rules);
  wait('three', three, 900, rules);
  await pass(900);
  // Whoever was let go takes its time.
  await pass(100);
  assert.deepEqual(told.slice(2), ['two', 'three QUEUE_TIMEOUT']);
  assert.equal(queue.waiting('r'), 1);
  queue.settled(two.exchange);
});

test('B-10: a queue of depth two refuses the third at once', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const rules = { ...usual, maxWaiting: 2 };
  const clients = ['a', 'b', 'c'].map((key) => client(key));
  for (const [at, who] of clients.entries()) wait(String(at), who, 1000, rules);
  await turnOfTheLoop();
  assert.deepEqual(told, ['2 QUEUE_FULL']);
  const perKey = { ...usual, maxPerKey: 1 };
  wait('same key', client('a'), 1000, perKey);
  await turnOfTheLoop();
  assert.deepEqual(told.slice(1), ['same key QUEUE_KEY_FULL']);
  for (const { leave } of clients) leave();
  assert.equal(queue.size, 0);
});

test('R-03: where all is full the newest of the least important makes room, else the newest of who has most', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  const rules = { ...usual, maxWaiting: 4 };
  wait('batch 1', client('noisy', { rank: 2 }), 1000, rules);
  wait('batch 2', client('noisy', { rank: 2 }), 1000, rules);
  wait('noisy 1', client('noisy'), 1000, rules);
  wait('noisy 2', client('noisy'), 1000, rules);
  wait('critical', client('other', { rank: 0 }), 1000, rules);
  await turnOfTheLoop();
  assert.deepEqual(told, ['batch 2 QUEUE_FULL']);
  wait('quiet', client('quiet'), 1000, rules);
  await turnOfTheLoop();
  assert.deepEqual(told.slice(1), ['batch 1 QUEUE_FULL']);
  wait('third', client('third'), 1000, rules);
  await turnOfTheLoop();
  assert.deepEqual(told.slice(2), ['noisy 2 QUEUE_FULL']);
  // Now everybody has one place, and one has no better right than another.
  wait('fourth', client('fourth'), 1000, rules);
  wait('noisy 3', client('noisy'), 1000, rules);
  await turnOfTheLoop();
  assert.deepEqual(told.slice(3), ['fourth QUEUE_FULL', 'noisy 3 QUEUE_FULL']);
});

test('a header tells the place', async () => {
  const queue = new FairQueue();
  const { wait } = listener(queue);
  const clients = ['a', 'a', 'a', 'b'].map((key) => client(key));
  const urgent = client('a', { rank: 0 });
  for (const who of [...clients, urgent]) wait('x', who, 1000);
  await turnOfTheLoop();
  assert.deepEqual(
    [...clients, urgent].map(({ headers }) => headers.get('x-tapgate-queue-position')),
    ['1', '2', '3', '2', '1'],
  );
});

test('when the gateway closes whoever waits is told', async () => {
  const queue = new FairQueue();
  const { told, wait } = listener(queue);
  wait('one', client('a'), 1000);
  wait('two', client('b'), 1000);
  queue.close();
  await turnOfTheLoop();
  assert.deepEqual(told, ['one QUEUE_CLOSED', 'two QUEUE_CLOSED']);
  assert.equal(queue.size, 0);
});

test('who only looks, as explain does, does not wait', async () => {
  const queue = new FairQueue();
  const exchange = { ...client('a').exchange, dry: true };
  await assert.rejects(queue.wait(exchange, { resource: 'r', until: Date.now() + 10, reason: 'x' }, usual), {
    code: 'QUEUE_LATE',
  });
  assert.equal(queue.size, 0);
});

type Step =
  | {
      readonly does: 'come';
      readonly key: string;
      readonly rank: number;
      readonly where: string;
      readonly inMs: number;
    }
  | { readonly does: 'leave' | 'answered' | 'in vain'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number }
  | { readonly does: 'freed'; readonly where: string };

const where = fc.constantFrom('r', 's');
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant('come' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        rank: fc.constantFrom(0, 1, 2),
        where,
        inMs: fc.constantFrom(0, 5, 100, 3000, 9000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constantFrom('leave' as const, 'answered' as const, 'in vain' as const),
        which: fc.nat(50),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 50, 500, 2000) }),
    },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('freed' as const), where }) },
  ),
  { maxLength: 80 },
);

test('whatever happens: bounds hold, one tries at a time, who left is never let go, everybody is told once, and nothing is left behind', async () => {
  const rules = { ...usual, maxWaiting: 6, maxPerKey: 3, maxWaitMs: 5000 };
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const queue = new FairQueue();
      const present: { who: Client; where: string; state: 'waits' | 'tries' | 'left'; since: number }[] = [];
      const wait = (one: (typeof present)[number], inMs: number): void => {
        one.state = 'waits';
        let told = false;
        const heard = (now: 'tries' | 'left'): void => {
          assert.ok(!told, 'told twice');
          told = true;
          assert.ok(now === 'left' || one.state !== 'left', 'who had left was let go');
          if (now === 'tries') {
            const trying = present.filter((other) => other.where === one.where && other.state === 'tries');
            // Who has been trying for a second is not waited for.
            assert.ok(
              trying.every(({ since }) => Date.now() - since >= 1000),
              'two tried at a time',
            );
          }
          one.state = now;
          one.since = Date.now();
        };
        queue.wait(one.who.exchange, { resource: one.where, until: Date.now() + inMs, reason: 'x' }, rules).then(
          () => heard('tries'),
          () => heard('left'),
        );
      };
      for (const step of all) {
        if (step.does === 'come') {
          const one = {
            who: client(step.key, { rank: step.rank }),
            where: step.where,
            state: 'waits' as const,
            since: 0,
          };
          present.push(one);
          wait(one, step.inMs);
        } else if (step.does === 'pass') await pass(step.ms);
        else if (step.does === 'freed') queue.freed(step.where);
        else {
          const able = present.filter(({ state }) => (step.does === 'leave' ? state !== 'left' : state === 'tries'));
          const one = able[step.which % Math.max(1, able.length)];
          if (one === undefined) continue;
          if (step.does === 'in vain') wait(one, step.which * 10);
          else if (step.does === 'answered') queue.went(one.who.exchange);
          else one.who.leave();
          if (step.does !== 'in vain') one.state = 'left';
        }
        await turnOfTheLoop();
        assert.ok(queue.size <= rules.maxWaiting);
        assert.equal(queue.size, queue.waiting('r') + queue.waiting('s'));
        for (const key of ['a', 'b', 'c']) {
          const waits = present.filter(({ state, who }) => state === 'waits' && who.exchange.caller.id === key);
          assert.ok(waits.length <= rules.maxPerKey);
        }
      }
      // Nobody waits longer than it may.
      await pass(5000);
      assert.deepEqual(
        present.filter(({ state }) => state === 'waits'),
        [],
      );
      for (const { who } of present) queue.settled(who.exchange);
      assert.equal(queue.size, 0);
      assert.deepEqual(queue.standings(), []);
    }),
    { numRuns: 300 },
  );
});
