import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import {
  type Attempt,
  type Capabilities,
  type ChatEvent,
  collectBytes,
  coreErrors,
  createGateway,
  definePlugin,
  type ErrorKind,
  type GatewayError,
  type LiveGateway,
  type Plugin,
  type Queue,
  type QueueTurn,
  type Settlement,
  stage,
  type Target,
  upstreamFailed,
} from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { pino } from 'pino';
import { createFailover } from './failover.ts';

const gateways: LiveGateway[] = [];
afterEach(async () => {
  // What one test has found out must not be known to the next.
  for (const gateway of gateways.splice(0)) await gateway.close();
});

/** What a provider does with an attempt: an answer, another answer, half of one, an error, or silence until it is left. */
type Behaviour = (attempt: Attempt) => 'ok' | 'other' | 'half' | 'silent' | Error;

const saying = (text: string): readonly ChatEvent[] => [
  { type: 'part-start', part: 't', choice: 0, kind: 'text' },
  { type: 'part-delta', part: 't', text },
  { type: 'part-end', part: 't' },
  { type: 'finish', choice: 0, reason: 'stop' },
];
const answer = saying('well');

async function* half(): AsyncGenerator<ChatEvent> {
  yield* saying('we').slice(0, 2);
  // Long enough for the client to have seen it.
  await new Promise((resolve) => setTimeout(resolve, 10));
  yield { type: 'error', error: coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' }) };
}

const said = (status: number, kind: ErrorKind, retryAfterMs?: number): GatewayError =>
  upstreamFailed('p', { status, kind, message: 'no', ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

interface World {
  readonly clock: { now: number; dice: () => number };
  /** Who was asked, in order: `a`, or `a#two` where the credential is not the first. */
  readonly calls: string[];
  readonly ask: (fields?: object, headers?: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<Asked>;
}
interface Asked {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly settlement: Settlement;
}

interface Wanted {
  readonly targets?: readonly (string | Target)[];
  readonly options?: object;
  readonly credentials?: readonly string[];
  readonly able?: (provider: string) => Capabilities;
  readonly plugins?: readonly Plugin[];
}

/** A gateway whose providers a, b and c do as they are told, without a socket, under a clock of the test's own. */
function world(behaviour: Behaviour, wanted: Wanted = {}): World {
  const { targets = ['a', 'b', 'c'], options = {}, credentials = [], able = () => ({}), plugins = [] } = wanted;
  const clock = { now: 1_000_000, dice: () => 0.5 };
  const calls: string[] = [];
  const model = {
    targets: targets.map((target) => (typeof target === 'string' ? { provider: target, model: 'm' } : target)),
    unsupported: 'refuse' as const,
  };
  const gateway = createGateway({ models: { m: model } }, { log: pino({ level: 'silent' }) });
  const providers = definePlugin({
    name: 'providers',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      to.dialect(openaiChat);
      for (const name of ['a', 'b', 'c']) {
        to.provider({
          name,
          dialects: [],
          credentials,
          capabilities: () => able(name),
          call: async (attempt) => {
            const { credential } = attempt.target;
            calls.push(credential === undefined || credential === credentials[0] ? name : `${name}#${credential}`);
            const what = behaviour(attempt);
            if (what instanceof Error) throw what;
            if (what === 'silent')
              await new Promise((_, reject) =>
                attempt.signal.addEventListener('abort', () => reject(new Error('left'))),
              );
            if (what === 'half') return { events: half() };
            return { events: what === 'other' ? saying('nothing of that') : answer };
          },
        });
      }
    },
  });
  gateway.use(providers, {});
  gateway.use(createFailover({ now: () => clock.now, random: () => clock.dice() }), {
    retry: { baseMs: 0, maxMs: 0 },
    ...options,
  });
  for (const plugin of plugins) gateway.use(plugin, {});
  gateways.push(gateway);
  const ask: World['ask'] = async (fields = {}, headers = {}, signal) => {
    const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...fields }));
    const reply = await gateway.handle({
      dialect: 'openai-chat',
      path: '/v1/chat/completions',
      headers: new Map(Object.entries(headers)),
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    const text = Buffer.from(await collectBytes(reply.bytes)).toString();
    return { status: reply.status, headers: reply.headers, text, settlement: await reply.settled };
  };
  return { clock, calls, ask };
}

const windows: Readonly<Record<string, number>> = { a: 10, b: 5, c: 100 };
const one = ['a'];
const two = ['a', 'b'];

/** What fails everywhere, who is configured, and who is asked in which order. */
const sequences: readonly (readonly [what: string, error: Error, sequence: string, wanted?: Wanted])[] = [
  ['broken, one target', said(500, 'server'), 'a a', { targets: one }],
  ['broken, two targets', said(500, 'server'), 'a a b', { targets: two }],
  ['broken, three targets: nobody’s only try is spent on another’s second', said(500, 'server'), 'a b c'],
  ['broken, two targets and more attempts', said(500, 'server'), 'a a b b', { targets: two, options: { attempts: 8 } }],
  ['broken, and one attempt only', said(500, 'server'), 'a', { options: { attempts: 1 } }],
  ['unreachable', coreErrors.UPSTREAM_UNREACHABLE({ provider: 'p', reason: 'x' }), 'a a b', { targets: two }],
  ['truncated', coreErrors.UPSTREAM_TRUNCATED({ provider: 'p' }), 'a a b', { targets: two }],
  ['silent until a timeout, two targets', coreErrors.UPSTREAM_TIMEOUT({ provider: 'p' }), 'a b b', { targets: two }],
  ['silent until a timeout, one target', coreErrors.UPSTREAM_TIMEOUT({ provider: 'p' }), 'a a', { targets: one }],
  ['too large to take', coreErrors.UPSTREAM_TOO_LARGE({ provider: 'p', limit: 1 }), 'a b', { targets: two }],
  ['throttled', said(429, 'rate-limit'), 'a b c'],
  ['overloaded by 529', said(529, 'overloaded'), 'a b c'],
  ['credential unknown', said(401, 'authentication'), 'a b c'],
  ['credential without money', said(402, 'billing'), 'a b c'],
  ['credential without quota', said(429, 'quota'), 'a b c'],
  [
    'credential refused, and the provider has another',
    said(401, 'authentication'),
    'a a#two b',
    {
      targets: two,
      credentials: ['one', 'two'],
    },
  ],
  [
    'throttled, and the provider has another credential',
    said(429, 'rate-limit'),
    'a a#two b',
    {
      targets: two,
      credentials: ['one', 'two'],
    },
  ],
  [
    'broken, and the provider has another credential',
    said(500, 'server'),
    'a a b',
    {
      targets: two,
      credentials: ['one', 'two'],
    },
  ],
  [
    'broken, and another credential stands before another provider',
    said(500, 'server'),
    'a b a#two',
    {
      targets: ['a', { provider: 'a', model: 'm', credential: 'two' }, 'b'],
      credentials: ['one', 'two'],
    },
  ],
  [
    'context too long, and its own window is not known',
    said(400, 'context-length'),
    'a',
    { able: (provider) => (provider === 'a' ? {} : { contextWindow: 100 }) },
  ],
  ['model unknown', said(404, 'not-found'), 'a b c'],
  ['request at fault', said(400, 'invalid-request'), 'a'],
  ['request too large', said(413, 'too-large'), 'a'],
  [
    'request at fault, and the operator lets 400 through',
    said(400, 'invalid-request'),
    'a b c',
    {
      options: { fallbackOnStatuses: [400] },
    },
  ],
  ['refused by policy', said(400, 'content-policy'), 'a'],
  [
    'refused by policy, and the operator lets that through',
    said(400, 'content-policy'),
    'a b c',
    {
      options: { onPolicy: true },
    },
  ],
  ['context too long, no windows known', said(400, 'context-length'), 'a'],
  [
    'context too long, one window larger',
    said(400, 'context-length'),
    'a c',
    {
      able: (provider) => ({ contextWindow: windows[provider] }),
    },
  ],
  ['a provider’s own fault', new Error('a bug in the provider’s plugin'), 'a b c'],
  ['this gateway’s own fault', coreErrors.INTERNAL(), 'a'],
];

for (const [what, error, sequence, wanted] of sequences) {
  test(`the sequence of calls: ${what}: ${sequence}`, async () => {
    const { calls, ask } = world(() => error, wanted);
    const { status, settlement } = await ask();
    assert.equal(calls.join(' '), sequence);
    assert.ok(status >= 400);
    assert.notEqual(settlement.outcome, 'ok');
  });
}

test('a retry is never spent twice on the same target, and never on one whose breaker has opened', async () => {
  const { calls, ask } = world(() => said(500, 'server'), { targets: one });
  for (let request = 0; request < 4; request += 1) await ask();
  assert.equal(calls.join(' '), 'a a a a a', 'the fifth failure opens it, and then nobody is asked');
});

test('a provider gets at most a tenth more than its demand, and three calls a second', async () => {
  let asked = 0;
  // One in three fails: too few to open a breaker.
  const { calls, ask } = world(() => (asked++ % 3 === 0 ? said(500, 'server') : 'ok'), { targets: one });
  let unwilling = 0;
  for (let request = 0; request < 300; request += 1) {
    const { status, headers } = await ask();
    if (status !== 200 && headers.get('x-should-retry') === 'false') unwilling += 1;
  }
  assert.ok(calls.length <= 300 + 30 + 30, `${calls.length} calls`);
  assert.ok(unwilling > 0, 'who has spent the budget tells the client not to try again');
});

test('the second of two deadlines wins where it is later, and a tripped target is not asked before it', async () => {
  const waits = [1000, undefined];
  const { calls, clock, ask } = world(() => (waits.length > 0 ? said(429, 'rate-limit', waits.shift()) : 'ok'), {
    targets: one,
    options: { attempts: 1 },
  });
  clock.dice = () => 0;
  await ask();
  clock.now += 250;
  const { status, headers, text } = await ask();
  assert.equal(status, 429);
  assert.equal(headers.get('retry-after-ms'), '750');
  assert.match(text, /TARGETS_COOLING|slow down/);
  assert.equal(calls.length, 1);
  clock.now += 750;
  await ask();
  clock.now += 1999;
  assert.equal((await ask()).status, 429);
  clock.now += 1;
  assert.equal((await ask()).status, 200);
  assert.equal(calls.length, 3);
});

test('all targets absent: the soonest of them says when to come back, and half-open lets one probe through', async () => {
  let up = false;
  const { calls, clock, ask } = world(
    ({ target }) => (up ? 'ok' : target.provider === 'a' ? said(500, 'server') : said(429, 'rate-limit', 40_000)),
    { targets: two },
  );
  clock.dice = () => 0.2;
  for (let request = 0; request < 4; request += 1) await ask();
  const before = calls.length;
  const { status, headers } = await ask();
  assert.equal(status, 503);
  assert.ok(Number(headers.get('retry-after')) <= 30, headers.get('retry-after'));
  assert.equal(calls.length, before);
  up = true;
  clock.now += 30_000;
  const probes = await Promise.all([ask(), ask(), ask()]);
  assert.equal(probes.filter((probe) => probe.status === 200).length, 1);
  assert.equal(calls.length, before + 1);
  for (let probe = 0; probe < 2; probe += 1) assert.equal((await ask()).status, 200);
  assert.deepEqual(
    (await Promise.all([ask(), ask(), ask()])).map((answered) => answered.status),
    [200, 200, 200],
  );
});

test('with every breaker open a tenth of the requests tries all the same, and a success brings the rest back', async () => {
  let up = false;
  const { calls, clock, ask } = world(() => (up ? 'ok' : said(500, 'server')), { targets: one });
  let drawn = 0;
  clock.dice = () => (drawn++ % 10) / 10;
  for (let request = 0; request < 4; request += 1) await ask();
  const before = calls.length;
  for (let request = 0; request < 100; request += 1) await ask();
  const through = calls.length - before;
  assert.ok(through >= 5 && through <= 15, `${through} of 100 went through`);
  up = true;
  let served = 0;
  for (let request = 0; request < 40; request += 1) served += (await ask()).status === 200 ? 1 : 0;
  assert.ok(served >= 25, `${served} of 40 were served after it was well`);
});

test('two targets that fail half of the time are not both taken away', async () => {
  let asked = 0;
  const { ask, clock } = world(() => (asked++ % 2 === 0 ? said(500, 'server') : 'ok'), { targets: two });
  clock.dice = () => 0.99;
  let served = 0;
  for (let request = 0; request < 100; request += 1) served += (await ask()).status === 200 ? 1 : 0;
  assert.ok(served >= 60, `${served} of 100`);
});

test('a recovered target that is not the fastest any more is probed all the same', async () => {
  let up = false;
  const slowest = definePlugin({
    name: 'prefers-b',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      // What a balancer by speed does with one that failed.
      to.hooks.selectProvider.tap({ name: 'prefers-b', stage: stage.filter }, (targets) =>
        up ? targets.toSorted((one_, other) => other.provider.localeCompare(one_.provider)) : targets,
      );
    },
  });
  const { calls, clock, ask } = world(({ target }) => (target.provider === 'a' && !up ? said(500, 'server') : 'ok'), {
    targets: two,
    plugins: [slowest],
  });
  for (let request = 0; request < 5; request += 1) await ask();
  up = true;
  clock.now += 30_000;
  calls.length = 0;
  for (let request = 0; request < 4; request += 1) await ask();
  assert.equal(calls.join(' '), 'a a a b');
});

test('when nobody may be asked, who answers after all has failed is heard, and no provider is', async () => {
  const sorry = definePlugin({
    name: 'sorry',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      to.hooks.onError.tap({ name: 'sorry', stage: stage.answer }, () => ({ answer: { events: answer } }));
    },
  });
  const { calls, ask } = world(() => said(429, 'rate-limit', 60_000), { plugins: [sorry] });
  await ask();
  const before = calls.length;
  const { status, settlement, text } = await ask();
  assert.equal(status, 200);
  assert.match(text, /well/);
  assert.equal(settlement.answeredBy, 'sorry');
  assert.equal(calls.length, before);
});

/** A plugin that lets requests wait as the test says. */
function queueThat(wait: Queue['wait']): Plugin {
  return definePlugin({
    name: 'lets-wait',
    apiVersion: 1,
    schema: { type: 'object' },
    apply: (to) => to.provide('queue', { wait, waiting: () => 0, freed: () => {} }),
  });
}

test('F-11: where requests may wait they wait for the soonest target, and go on from there', async () => {
  const turns: QueueTurn[] = [];
  const patient = queueThat(async (_, turn) => {
    turns.push(turn);
    if (throttles) throw coreErrors.TARGETS_NONE();
    clock.now = turn.until;
  });
  let throttles = true;
  const { calls, clock, ask } = world(() => (throttles ? said(429, 'rate-limit', 5000) : 'ok'), {
    targets: one,
    plugins: [patient],
  });
  assert.equal((await ask()).status, 429);
  const told = clock.now;
  throttles = false;
  assert.equal((await ask()).status, 200);
  assert.equal(turns.length, 2);
  for (const { resource, reason, until } of turns) {
    assert.equal(resource, 'failover:a/m');
    assert.match(reason, /slow down/);
    assert.ok(until >= told + 5000 && until <= told + 5500);
  }
  assert.equal(calls.length, 2);
});

test('F-11: the request that is told to slow down waits like those after it, and asks again', async () => {
  const { calls, clock, ask } = world(() => (calls.length < 3 ? said(429, 'rate-limit', 5000) : 'ok'), {
    targets: two,
    plugins: [
      queueThat((_, { until }) => {
        clock.now = until;
        return Promise.resolve();
      }),
    ],
  });
  const { status, headers } = await ask();
  assert.equal(status, 200);
  assert.equal(calls.join(' '), 'a b a');
  assert.equal(headers.get('x-tapgate-tried'), 'a/m throttled, b/m throttled');
});

test('who waits after a 429 spends attempts and retries like any other: waiting adds no load of its own', async () => {
  const { calls, clock, ask } = world(() => said(429, 'rate-limit', 5000), {
    targets: one,
    options: { retry: { share: 0, perSecond: 0 } },
    plugins: [
      queueThat((_, { until }) => {
        clock.now = until;
        return Promise.resolve();
      }),
    ],
  });
  const { status, headers } = await ask();
  assert.equal(status, 429);
  assert.equal(headers.get('x-should-retry'), 'false');
  assert.equal(calls.length, 1);
});

for (const [what, error] of [
  ['a broken target', said(500, 'server')],
  ['a refused credential', said(401, 'authentication')],
  ['the caller’s own fault', said(400, 'invalid-request')],
] as const) {
  test(`nobody waits for ${what}`, async () => {
    let waits = 0;
    const { ask } = world(() => error, { targets: one, plugins: [queueThat(async () => void (waits += 1))] });
    await ask();
    assert.equal(waits, 0);
  });
}

test('what was tried is in the answer’s headers, and on the exchange', async () => {
  const { ask } = world(({ target }) => (target.provider === 'a' ? said(429, 'rate-limit') : 'ok'));
  const { headers, settlement } = await ask();
  assert.equal(headers.get('x-tapgate-tried'), 'a/m throttled');
  assert.equal(headers.get('x-tapgate-provider'), 'b');
  assert.equal(settlement.fellBack, true);
});

for (const error of [said(500, 'server'), said(429, 'rate-limit'), said(401, 'authentication')]) {
  test(`a client that asks for one target gets one, though that says ${error.upstream?.status}`, async () => {
    const { calls, ask } = world(() => error);
    await ask({}, { 'x-tapgate-failover': 'off' });
    assert.equal(calls.join(' '), 'a');
  });
}

for (const [what, options, able, after, sequence, heard] of [
  ['by default it ends', {}, {}, { b: 'ok' }, 'a', 'we'],
  ['resumed where the next says the same', { afterCommit: 'resume' }, {}, { b: 'ok' }, 'a b', 'well'],
  ['ended where the next says something else', { afterCommit: 'resume' }, {}, { b: 'other', c: 'ok' }, 'a b', 'we'],
  ['not continued where nobody is known to go on', { afterCommit: 'continue' }, {}, { b: 'ok' }, 'a', 'we'],
] as const) {
  test(`an answer that breaks off: ${what}`, async () => {
    const others: Readonly<Record<string, 'ok' | 'other'>> = after;
    const { calls, ask } = world(
      ({ target: { provider } }) => (provider === 'a' ? 'half' : (others[provider] ?? 'ok')),
      {
        options,
        able: () => able,
      },
    );
    const { text } = await ask({ stream: true });
    assert.equal(calls.join(' '), sequence);
    assert.equal([...text.matchAll(/"content":"([^"]*)"/g)].map(([, piece]) => piece).join(''), heard);
    assert.equal(text.includes('[DONE]'), heard === 'well');
  });
}

test('what has been said is the beginning for a target that is known to go on from one', async () => {
  let given: unknown;
  const { calls, ask } = world(
    ({ target: { provider }, request }) => {
      if (provider === 'a') return 'half';
      given = request?.turns.at(-1);
      return 'ok';
    },
    { options: { afterCommit: 'continue' }, able: (provider) => ({ prefill: provider === 'c' }) },
  );
  const { text } = await ask({ stream: true });
  assert.equal(calls.join(' '), 'a c');
  assert.deepEqual(given, { role: 'assistant', parts: [{ kind: 'text', text: 'we' }] });
  assert.match(text, /\[DONE\]/);
});

test('while somebody is under way a failure beside it asks nobody else', async () => {
  let silent = false;
  const { calls, ask } = world(
    ({ target: { provider } }) => (!silent ? 'ok' : provider === 'a' ? 'silent' : said(500, 'server')),
    { options: { onSlow: 'hedge' } },
  );
  for (let request = 0; request < 110; request += 1) await ask();
  calls.length = 0;
  silent = true;
  const leaving = new AbortController();
  const asked = ask({ stream: true }, {}, leaving.signal);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(calls.join(' '), 'a b');
  leaving.abort();
  await asked;
});

test('a queue that lets go without having waited does not keep the process busy', async () => {
  let waits = 0;
  const hasty = queueThat(async () => void (waits += 1));
  const { ask } = world(() => said(429, 'rate-limit', 5000), { targets: one, plugins: [hasty] });
  for (let request = 0; request < 2; request += 1) assert.equal((await ask()).status, 429);
  assert.ok(waits > 0 && waits <= 400, `${waits} times`);
});

const patient = { wholePatienceMs: 20, patienceMs: 20 };

test('a slow target is left for the next; where there is none it is waited for', async () => {
  const { calls, ask } = world(({ target }) => (target.provider === 'a' ? 'silent' : 'ok'), {
    targets: two,
    options: patient,
  });
  assert.equal((await ask({ stream: true })).status, 200);
  assert.equal(calls.join(' '), 'a b');
});

for (const [why, fields, hedges] of [
  ['a plain request', {}, true],
  ['a request with tools', { tools: [{ type: 'function', function: { name: 'pay', parameters: {} } }] }, false],
  ['a request whose answer is stored', { store: true }, false],
] as const) {
  test(`beside a slow target the next is asked ${hedges ? '' : 'never '}for ${why}`, async () => {
    let silent = false;
    const { calls, ask } = world(({ target }) => (silent && target.provider === 'a' ? 'silent' : 'ok'), {
      targets: two,
      options: { onSlow: 'hedge' },
    });
    for (let request = 0; request < 110; request += 1) await ask();
    calls.length = 0;
    silent = true;
    const leaving = new AbortController();
    const asked = ask({ stream: true, ...fields }, {}, leaving.signal);
    if (hedges) assert.equal((await asked).status, 200);
    else await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(calls.join(' '), hedges ? 'a b' : 'a');
    leaving.abort();
    await asked;
  });
}

test('hedges are a twentieth of the requests at most', async () => {
  let request = 0;
  const { calls, ask } = world(({ target }) => (request >= 100 && target.provider === 'a' ? 'silent' : 'ok'), {
    targets: two,
    options: { onSlow: 'hedge', hedge: { share: 0.05, leastSamples: 100 }, patienceMs: 5 },
  });
  for (; request < 100; request += 1) await ask();
  calls.length = 0;
  const leaving = new AbortController();
  const asked = Array.from({ length: 40 }, () => ask({ stream: true }, {}, leaving.signal));
  await new Promise((resolve) => setTimeout(resolve, 150));
  const hedged = calls.filter((call) => call === 'b').length;
  assert.ok(hedged >= 5 && hedged <= 7, `${hedged} of 140`);
  leaving.abort();
  await Promise.all(asked);
});
