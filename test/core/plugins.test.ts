import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ChatEvent,
  collectBytes,
  createGateway,
  defineErrors,
  type Kept,
  type LiveGateway,
  type Plugin,
  type Reply,
  stage,
} from '@tapgate/core';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { pino } from 'pino';
import { lineDialect } from './line-dialect.ts';
import { ask, events, lineGateway, plugin, saidIn, saying, tell } from './line-gateway.ts';

const head = step.head(200, { 'content-type': 'text/event-stream' });
const good = (...texts: string[]) => [head, step.write(saying(...texts))];
const streamed = ask({ stream: true });
const errors = defineErrors({ MASKED: [400, 'Not that.'] });

test('a plugin can cache: what was kept is replayed to any dialect and framing, and runs through transforms', async () => {
  await using upstream = await fakeUpstream(good('foo ', 'bar'));
  let stored: Reply | undefined;
  let kept: Kept | undefined;
  const cache = plugin('cache', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'cache', stage: stage.answer }, (exchange) => {
      if (stored !== undefined) return stored;
      kept = exchange.keep({});
      return undefined;
    });
    gateway.hooks.afterResponse.tap({ name: 'cache', stage: stage.store }, (settlement) => {
      const chunks = kept?.chunks();
      if (settlement.outcome !== 'ok' || kept?.complete !== true || chunks === undefined) return;
      const bytes = chunks.map((chunk) => chunk.bytes);
      stored = { dialect: 'line', streamed: true, bytes: { pipe: (sink) => pipeAll(bytes, sink) } };
      kept = undefined;
    });
  });
  const gateway = lineGateway([upstream.url], [cache]);
  assert.equal((await tell(gateway, streamed)).said, 'foo bar');
  for (const stream of [true, false]) {
    for (const dialect of ['line', 'other']) {
      const told = await tell(gateway, ask({ stream }, { dialect }));
      assert.equal(told.said, 'foo bar');
      assert.equal(told.settlement.answeredBy, 'cache');
    }
  }
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

function pipeAll(
  chunks: readonly Uint8Array[],
  sink: Parameters<Extract<Reply, { bytes: object }>['bytes']['pipe']>[0],
) {
  queueMicrotask(() => {
    for (const chunk of chunks) sink.data(chunk);
    sink.end();
  });
  return { pause() {}, resume() {}, abort() {} };
}

test('followers share one flight: the leader leaves, they get all, and the upstream is asked once', async () => {
  await using upstream = await fakeUpstream([
    head,
    step.write(events({ text: 'a' })),
    step.sleep(80),
    step.write(saying('b')),
  ]);
  let flight: Kept | undefined;
  const single = plugin('single', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'single', stage: stage.answer, timeoutMs: 5000 }, (exchange) => {
      if (flight === undefined) {
        flight = exchange.keep({});
        return undefined;
      }
      return flight.follow(exchange.signal) as never;
    });
  });
  const gateway = lineGateway([upstream.url], [single]);
  const leaving = new AbortController();
  const leader = await gateway.handle({ ...streamed, signal: leaving.signal });
  const followers = [tell(gateway, streamed), tell(gateway, streamed)];
  await wait(20);
  leaving.abort();
  for (const told of await Promise.all(followers)) {
    assert.equal(told.said, 'ab');
    assert.equal(told.settlement.outcome, 'ok');
  }
  const settlement = await leader.settled;
  assert.equal(settlement.outcome, 'client-left');
  assert.equal(settlement.usage.output, 1);
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

test('when the last follower has left too, the upstream is cut off', async () => {
  await using upstream = await fakeUpstream([head, step.write(events({ text: 'a' })), step.stall()]);
  let flight: Kept | undefined;
  const single = plugin('single', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'single', stage: stage.answer, timeoutMs: 5000 }, (exchange) => {
      if (flight !== undefined) return flight.follow(exchange.signal) as never;
      flight = exchange.keep({});
      return undefined;
    });
  });
  const gateway = lineGateway([upstream.url], [single]);
  const [one, two] = [new AbortController(), new AbortController()];
  const leader = await gateway.handle({ ...streamed, signal: one.signal });
  const follower = await gateway.handle({ ...streamed, signal: two.signal });
  one.abort();
  await wait(50);
  assert.equal(upstream.openSockets, 1);
  two.abort();
  while (upstream.openSockets > 0) await wait(5);
  assert.equal((await leader.settled).outcome, 'client-left');
  assert.equal((await follower.settled).outcome, 'client-left');
  await gateway.close();
});

/** Replaces a word although it is split across deltas. */
const masks = (word: string, by: string): Plugin =>
  plugin('masks', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'masks', stage: stage.guard }, (exchange) => {
      exchange.transform((source) => masked(source, word, by));
    });
  });

async function* masked(source: AsyncIterable<ChatEvent>, word: string, by: string): AsyncGenerator<ChatEvent> {
  let held = '';
  for await (const event of source) {
    if (event.type === 'part-delta') {
      held = (held + event.text).replaceAll(word, by);
      const safe = held.length - word.length + 1;
      if (safe <= 0) continue;
      yield { ...event, text: held.slice(0, safe) };
      held = held.slice(safe);
    } else {
      if (event.type === 'part-end' && held !== '') yield { type: 'part-delta', part: event.part, text: held };
      if (event.type === 'part-end') held = '';
      yield event;
    }
  }
}

for (const stream of [true, false]) {
  test(`a transform replaces a word that is split across deltas (${stream ? 'streamed' : 'whole'})`, async () => {
    await using upstream = await fakeUpstream(
      stream ? good('a f', 'o', 'o b') : reply.json(200, [{ text: 'a foo b' }, { end: true }]),
    );
    const gateway = lineGateway([upstream.url], [masks('foo', '***')]);
    const told = await tell(gateway, ask({ stream }));
    assert.equal(told.said, 'a *** b');
    assert.deepEqual(told.settlement.changedBy, ['masks']);
    await gateway.close();
  });
}

test('a transform that throws a GatewayError refuses: nobody else is asked', async () => {
  await using upstream = await fakeUpstream(good('secret'));
  const guard = plugin('guard', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'guard', stage: stage.guard }, (exchange) => {
      exchange.transform(async function* (source) {
        for await (const event of source) {
          if (event.type === 'part-delta') throw errors.MASKED();
          yield event;
        }
      });
    });
  });
  const retry = plugin('retry', (gateway) => {
    gateway.hooks.onError.tap({ name: 'retry', stage: stage.retry }, (failure) => ({ target: failure.attempt.target }));
  });
  const gateway = lineGateway([upstream.url], [guard, retry]);
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 400);
  assert.equal(told.settlement.outcome, 'refused');
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

test('a transform that breaks fails the attempt, and another target may answer', async () => {
  await using upstream = await fakeUpstream(good('x'));
  let first = true;
  const broken = plugin('broken', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'broken', stage: stage.guard }, (exchange) => {
      exchange.transform(async function* (source) {
        for await (const event of source) {
          if (first) {
            first = false;
            throw new Error('bug');
          }
          yield event;
        }
      });
    });
    gateway.hooks.onError.tap({ name: 'broken', stage: stage.retry }, (failure) => ({
      target: failure.attempt.target,
    }));
  });
  const gateway = lineGateway([upstream.url], [broken]);
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'x');
  assert.equal(upstream.requests.length, 2);
  await gateway.close();
});

test('an edit changes what the upstream is asked, and leaves the reply native', async () => {
  await using upstream = await fakeUpstream(good('ok'));
  const editor = plugin('editor', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'editor', stage: stage.shape }, (exchange) => {
      exchange.edit((request) => ({
        ...request,
        turns: [{ role: 'user', parts: [{ kind: 'text', text: 'edited' }] }],
      }));
    });
  });
  const gateway = lineGateway([upstream.url], [editor]);
  const told = await tell(gateway, streamed);
  assert.equal(told.text, saying('ok'));
  assert.equal(JSON.parse(upstream.requests[0]?.body.toString() ?? '{}').text, 'edited');
  assert.deepEqual(told.settlement.changedBy, ['editor']);
  await gateway.close();
});

test('a plugin reserves before and settles after, around each attempt too', async () => {
  await using down = await fakeUpstream(reply.json(500, { error: 'down' }));
  await using up = await fakeUpstream(good('ok'));
  const book: string[] = [];
  const limits = plugin('limits', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'limits', stage: stage.limit }, () => void book.push('reserve'));
    gateway.wrap({ name: 'limits', stage: stage.limit }, (provider) => ({
      ...provider,
      call: async (attempt) => {
        book.push(`attempt ${attempt.number}`);
        void attempt.ended().then((record) => book.push(`ended ${record.number} ${record.result}`));
        return provider.call(attempt);
      },
    }));
    gateway.hooks.afterResponse.tap(
      { name: 'limits', stage: stage.settle },
      (_settlement, exchange) => void book.push(`settle ${exchange.attempts.length}`),
    );
    gateway.hooks.onError.tap({ name: 'limits', stage: stage.reroute }, (failure) =>
      failure.untried[0] === undefined ? undefined : { target: failure.untried[0] },
    );
  });
  const gateway = lineGateway([down.url, up.url], [limits]);
  await tell(gateway, streamed);
  assert.deepEqual(
    book,
    ['reserve', 'attempt 1', 'ended 1 failed', 'attempt 2', 'ended 2 won', 'settle 2'].toSorted(
      (one, two) => book.indexOf(one) - book.indexOf(two),
    ),
  );
  await gateway.close();
});

test('wraps stand by stage, outermost first, and an open one that throws is passed over while a closed one refuses', async () => {
  await using upstream = await fakeUpstream(good('ok'));
  const order: string[] = [];
  const wraps = (name: string, at: 'limit' | 'record' | 'observe' | 'simulate', breaks: boolean): Plugin =>
    plugin(name, (gateway) => {
      gateway.wrap({ name, stage: stage[at] }, (provider) => ({
        ...provider,
        call: (attempt) => {
          order.push(name);
          if (breaks) throw new Error('bug');
          return provider.call(attempt);
        },
      }));
    });
  const open = lineGateway(
    [upstream.url],
    [wraps('simulate', 'simulate', false), wraps('observe', 'observe', true), wraps('limit', 'limit', false)],
  );
  assert.equal((await tell(open, streamed)).said, 'ok');
  assert.deepEqual(order, ['limit', 'observe', 'simulate']);
  const closed = lineGateway([upstream.url], [wraps('record', 'record', true)]);
  assert.equal((await tell(closed, streamed)).status, 503);
  assert.equal(upstream.requests.length, 1);
  await open.close();
  await closed.close();
});

test('a wrap that passes on what the call threw has not failed itself', async () => {
  const watches = plugin('watches', (gateway) => {
    gateway.dialect(lineDialect('line'));
    gateway.provider({
      name: 'broken',
      dialects: ['line'],
      credentials: [],
      capabilities: () => ({}),
      call: () => Promise.reject(new Error('bug')),
    });
    gateway.wrap({ name: 'watches', stage: stage.observe }, (provider) => ({
      ...provider,
      call: (attempt) => provider.call(attempt),
    }));
  });
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.use(watches, {});
  const told = await tell(gateway, ask({ model: 'broken/m', stream: true }));
  assert.equal(told.status, 503);
  assert.deepEqual([...gateway.failures.keys()], []);
  await gateway.close();
});

test("a plugin's own call to a model is a child: same caller, no admission anew, at most two deep, ended with its parent", async () => {
  await using upstream = await fakeUpstream((request) =>
    request.body.toString().includes('slow') ? [head, step.stall()] : good('inner'),
  );
  const seen: string[] = [];
  const child: Plugin = plugin('child', (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'child', stage: stage.admit }, (exchange) => {
      seen.push('admit');
      exchange.admit({ id: 'ann', tenant: 't', labels: {}, claims: {} });
    });
    gateway.hooks.beforeRoute.tapPromise(
      { name: 'child', stage: stage.guard, timeoutMs: 5000, failure: 'open' },
      async (exchange) => {
        seen.push(exchange.caller.id);
        if (exchange.headers.get('x-deep') === undefined && exchange.parent !== undefined) return;
        const inner = await gateway.handle({ ...streamed, headers: exchange.headers }, { parent: exchange });
        await collectBytes(inner.bytes);
      },
    );
  });
  const gateway = lineGateway([upstream.url], [child]);
  assert.equal((await tell(gateway, streamed)).said, 'inner');
  assert.deepEqual(seen, ['admit', 'ann', 'ann']);
  assert.equal(upstream.requests.length, 2);
  const deep = await tell(gateway, { ...streamed, headers: new Map([['x-deep', '1']]) });
  assert.match(deep.text, /CHILD_TOO_DEEP|"end"/);
  await gateway.close();
});

test('explain goes up to the first attempt and no further, and tells who decided', async () => {
  await using upstream = await fakeUpstream(good('never'));
  const picks = plugin('picks', (gateway) => {
    gateway.hooks.selectProvider.tap({ name: 'picks', stage: stage.filter }, (targets, exchange) => {
      exchange.note('too far away', targets[0]);
      return targets.slice(1);
    });
  });
  const gateway = lineGateway([upstream.url, upstream.url], [picks]);
  const explained = await gateway.explain(streamed);
  assert.deepEqual(
    explained.selected.map((target) => target.provider),
    ['b'],
  );
  assert.equal(explained.candidates.length, 2);
  assert.equal(explained.lane, 'native');
  assert.deepEqual(
    explained.trace.map((line) => `${line.plugin} ${line.did}`),
    ['picks 2 → 1 targets'],
  );
  assert.equal(explained.notes[0]?.by, 'picks');
  assert.equal(upstream.requests.length, 0);
  await gateway.close();
});

test('a heartbeat keeps a silent stream open, and an error after it is told in the stream', async () => {
  await using upstream = await fakeUpstream([step.sleep(120), step.head(500, {}), step.write('{}')]);
  const gateway = lineGateway([upstream.url], [], { limits: { heartbeatMs: 20 } });
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 200);
  assert.match(told.text, /^: beat\n\n: beat/);
  assert.match(told.text, /"error":"UPSTREAM_FAILED"/);
  assert.equal(saidIn(told.text), '');
  assert.equal(told.settlement.outcome, 'upstream-error');
  await gateway.close();
});

test('digests are of the bytes that came and of those that went', async () => {
  await using upstream = await fakeUpstream(good('one'));
  const audit = plugin('audit', (gateway) => {
    gateway.hooks.beforeRoute.tap(
      { name: 'audit', stage: stage.admit },
      (exchange) => void exchange.keep({ digests: true }),
    );
  });
  const gateway: LiveGateway = lineGateway([upstream.url], [audit]);
  const { settlement } = await tell(gateway, streamed);
  assert.equal(settlement.digests?.received, settlement.digests?.delivered);
  assert.match(settlement.digests?.request ?? '', /^[0-9a-f]{64}$/);
  await gateway.close();
});

test('a secret is never printed, in whatever way', async () => {
  const { Secret } = await import('@tapgate/core');
  const { inspect } = await import('node:util');
  const secret = new Secret('hush');
  for (const printed of [String(secret), JSON.stringify({ secret }), inspect({ secret })])
    assert.doesNotMatch(printed, /hush/);
  assert.equal(secret.reveal(), 'hush');
});
