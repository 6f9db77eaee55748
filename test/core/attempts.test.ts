import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Failure, type Plugin, type Recovery, stage } from '@tapgate/core';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { ask, events, lineGateway, plugin, saying, tell } from './line-gateway.ts';

const head = step.head(200, { 'content-type': 'text/event-stream' });
const good = (text: string) => [head, step.write(saying(text))];
const down = reply.json(500, { error: 'down' });
const streamed = ask({ stream: true });

/** A plugin that answers onError, and tells what it was asked. */
function recover(answer: (failure: Failure) => Recovery | void, asked: Failure[] = []): Plugin {
  return plugin('recover', (gateway) => {
    gateway.hooks.onError.tap({ name: 'recover', stage: stage.reroute }, (failure) => {
      asked.push(failure);
      return answer(failure);
    });
  });
}

/** The next target that nobody has asked yet. */
const next = (failure: Failure): Recovery | void => {
  const [target] = failure.untried;
  return target === undefined || failure.committed ? undefined : { target };
};

/** A plugin that sets fields of every target. */
const targets = (fields: object): Plugin =>
  plugin('targets', (gateway) => {
    gateway.hooks.selectProvider.tap({ name: 'targets', stage: stage.order }, (list) =>
      list.map((target) => ({ ...target, ...fields })),
    );
  });

for (const stream of [true, false]) {
  for (const dialect of ['line', 'other']) {
    test(`a failed attempt is followed by the next target (${dialect}, ${stream ? 'streamed' : 'whole'})`, async () => {
      await using first = await fakeUpstream(down);
      await using second = await fakeUpstream(
        stream ? good('saved') : reply.json(200, [{ text: 'saved' }, { end: true }]),
      );
      const gateway = lineGateway([first.url, second.url], [recover(next)]);
      const told = await tell(gateway, ask({ stream }, { dialect }));
      assert.equal(told.said, 'saved');
      assert.equal(told.settlement.fellBack, true);
      assert.equal(told.headers.get('x-tapgate-attempts'), '2');
      assert.equal(told.headers.get('x-tapgate-provider'), 'b');
      await gateway.close();
    });
  }
}

test('an error inside a 200 before any content still fails over', async () => {
  await using first = await fakeUpstream([head, step.write(events({ error: 'overloaded' }))]);
  await using second = await fakeUpstream(good('saved'));
  const gateway = lineGateway([first.url, second.url], [recover(next)]);
  assert.equal((await tell(gateway, streamed)).said, 'saved');
  await gateway.close();
});

test('a held beginning is recovered as long as it is held', async () => {
  await using first = await fakeUpstream([
    head,
    step.write(events({ text: 'lo' }, { text: 'st' })),
    step.sleep(30),
    step.reset(),
  ]);
  await using second = await fakeUpstream(good('saved'));
  const gateway = lineGateway([first.url, second.url], [targets({ hold: { events: 5 } }), recover(next)]);
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'saved');
  await gateway.close();
});

test('without a plugin there is one attempt, and the failure stands', async () => {
  await using first = await fakeUpstream(down);
  await using second = await fakeUpstream(good('never'));
  const gateway = lineGateway([first.url, second.url]);
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 502);
  assert.equal(second.requests.length, 0);
  assert.equal(told.headers.get('x-tapgate-attempts'), '1');
  await gateway.close();
});

test('what stands in the end is the last failure, with the smallest retry-after of all', async () => {
  await using first = await fakeUpstream(reply.json(429, { error: 'slow down', retryAfterMs: 2000 }));
  await using second = await fakeUpstream(reply.json(429, { error: 'slower', retryAfterMs: 9000 }));
  const gateway = lineGateway([first.url, second.url], [recover(next)]);
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 429);
  assert.match(told.text, /slower/);
  assert.equal(told.headers.get('retry-after'), '2');
  assert.equal(told.headers.get('x-should-retry'), 'false');
  await gateway.close();
});

test('a plugin that has said not to try again is heard by the client, whatever the error says', async () => {
  await using upstream = await fakeUpstream(down);
  const spent = plugin('spent', (gateway) => {
    gateway.hooks.onError.tap({ name: 'spent', stage: stage.reroute }, (_, exchange) => {
      exchange.replyHeaders.set('x-should-retry', 'false');
    });
  });
  const [willing, unwilling] = [lineGateway([upstream.url]), lineGateway([upstream.url], [spent])];
  assert.equal((await tell(willing, streamed)).headers.get('x-should-retry'), 'true');
  assert.equal((await tell(unwilling, streamed)).headers.get('x-should-retry'), 'false');
  await willing.close();
  await unwilling.close();
});

test('a plugin that always wants more is stopped by the budget, and by three tries a target', async () => {
  await using upstream = await fakeUpstream(down);
  const forever = recover((failure) => ({ target: failure.attempt.target }));
  const gateway = lineGateway([upstream.url], [forever]);
  await tell(gateway, streamed);
  assert.equal(upstream.requests.length, 3);
  const tight = lineGateway([upstream.url, upstream.url, upstream.url], [recover(next)], { limits: { attempts: 2 } });
  const told = await tell(tight, ask({ model: 'a/m', stream: true }));
  assert.equal(told.settlement.outcome, 'upstream-error');
  await gateway.close();
  await tight.close();
});

test('a cycle of fallbacks ends with each asked once', async () => {
  await using upstream = await fakeUpstream(down);
  const asked: Failure[] = [];
  const gateway = lineGateway([upstream.url, upstream.url, upstream.url], [recover(next, asked)]);
  await tell(gateway, streamed);
  assert.equal(upstream.requests.length, 3);
  assert.deepEqual(
    asked.map((failure) => failure.untried.length),
    [2, 1, 0],
  );
  await gateway.close();
});

test('a recovery may wait, and a client that leaves meanwhile ends it', async () => {
  await using upstream = await fakeUpstream(down);
  const leaving = new AbortController();
  const gateway = lineGateway(
    [upstream.url],
    [recover((failure) => ({ target: failure.attempt.target, afterMs: 5000 }))],
  );
  const handled = gateway.handle({ ...streamed, signal: leaving.signal });
  await upstream.request(0);
  await wait(50);
  leaving.abort();
  const settlement = await (await handled).settled;
  assert.equal(settlement.outcome, 'client-left');
  assert.equal(upstream.requests.length, 1);
  await gateway.close();
});

test('a hedge beside a slow attempt wins, and the loser is cut off at once', async () => {
  await using slow = await fakeUpstream([head, step.stall()]);
  await using fast = await fakeUpstream(good('fast'));
  const asked: Failure[] = [];
  const hedge = recover((failure) => {
    const [target] = failure.untried;
    return failure.inFlight && target !== undefined ? { target, beside: true } : undefined;
  }, asked);
  const gateway = lineGateway([slow.url, fast.url], [targets({ patienceMs: 30 }), hedge]);
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'fast');
  assert.equal(asked[0]?.inFlight, true);
  assert.equal(asked.length, 1);
  while (slow.openSockets > 0) await wait(5);
  assert.deepEqual(told.settlement.notes, []);
  await gateway.close();
});

test('a slow attempt that wins while onError ponders keeps its answer: the recovery is dropped', async () => {
  await using slow = await fakeUpstream([head, step.sleep(60), step.write(saying('slow'))]);
  await using second = await fakeUpstream(good('second'));
  const ponder = plugin('ponder', (gateway) => {
    gateway.hooks.onError.tapPromise({ name: 'ponder', stage: stage.reroute }, async (failure) => {
      await wait(150);
      return { target: failure.untried[0] ?? failure.attempt.target };
    });
  });
  const gateway = lineGateway([slow.url, second.url], [targets({ patienceMs: 20 }), ponder]);
  const told = await tell(gateway, streamed);
  await wait(200);
  assert.equal(told.said, 'slow');
  assert.equal(second.requests.length, 0);
  await gateway.close();
});

test('without beside the slow attempt is left for the next', async () => {
  await using slow = await fakeUpstream([head, step.stall()]);
  await using second = await fakeUpstream(good('second'));
  const gateway = lineGateway([slow.url, second.url], [targets({ patienceMs: 20 }), recover(next)]);
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'second');
  while (slow.openSockets > 0) await wait(5);
  await gateway.close();
});

test('after the first content nobody else answers: one error, no second call', async () => {
  await using first = await fakeUpstream([head, step.write(events({ text: 'one' })), step.sleep(20), step.reset()]);
  await using second = await fakeUpstream(good('two'));
  const asked: Failure[] = [];
  const gateway = lineGateway(
    [first.url, second.url],
    [recover((failure) => ({ target: failure.untried[0] ?? failure.attempt.target }), asked)],
  );
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'one');
  assert.match(told.text, /"error"/);
  assert.equal(asked[0]?.committed, true);
  assert.equal(second.requests.length, 0);
  await gateway.close();
});

const keeps = plugin('keeps', (gateway) => {
  gateway.hooks.selectProvider.tap({ name: 'keeps', stage: stage.order }, (list, exchange) => {
    exchange.keep({});
    return list;
  });
});
const resumes = (by: 'replay' | 'prefill'): Plugin =>
  recover((failure) => (failure.committed && failure.untried[0] ? { resume: failure.untried[0], by } : undefined));

for (const dialect of ['line', 'other']) {
  test(`a broken answer is resumed by a target that says the same again (${dialect})`, async () => {
    await using first = await fakeUpstream([
      head,
      step.write(events({ text: 'one two' }, { text: ' th' })),
      step.sleep(20),
      step.reset(),
    ]);
    await using second = await fakeUpstream([head, step.write(saying('one', ' two three', ' four'))]);
    const gateway = lineGateway([first.url, second.url], [keeps, resumes('replay')]);
    const told = await tell(gateway, ask({ stream: true }, { dialect }));
    assert.equal(told.said, 'one two three four');
    assert.match(told.text, /"end":true/);
    assert.doesNotMatch(told.text, /"error"/);
    assert.equal(told.settlement.outcome, 'ok');
    await gateway.close();
  });

  test(`two different answers are never glued together (${dialect})`, async () => {
    await using first = await fakeUpstream([
      head,
      step.write(events({ text: 'one two' })),
      step.sleep(20),
      step.reset(),
    ]);
    await using second = await fakeUpstream([head, step.write(saying('one', ' or something else'))]);
    const gateway = lineGateway([first.url, second.url], [keeps, resumes('replay')]);
    const told = await tell(gateway, ask({ stream: true }, { dialect }));
    assert.equal(told.said, 'one two');
    assert.match(told.text, /"error":"UPSTREAM_(RESET|TRUNCATED)"/);
    assert.doesNotMatch(told.text, /"end":true/);
    await gateway.close();
  });
}

for (const [texts, told] of [
  [['one', ' two three'], 'one two three'],
  [['something else'], 'one two'],
] as const) {
  test(`a provider that answers in events resumes like any other: ${texts.join('')}`, async () => {
    await using first = await fakeUpstream([
      head,
      step.write(events({ text: 'one two' })),
      step.sleep(20),
      step.reset(),
    ]);
    const speaker = plugin('speaker', (gateway) => {
      gateway.provider({
        name: 'speaker',
        dialects: [],
        credentials: [],
        capabilities: () => ({}),
        call: async () => ({
          events: [
            { type: 'start', id: 'second' },
            { type: 'part-start', part: 't', choice: 0, kind: 'text' },
            ...texts.map((text) => ({ type: 'part-delta', part: 't', text }) as const),
            { type: 'part-end', part: 't' },
            { type: 'finish', choice: 0, reason: 'stop' },
          ],
        }),
      });
    });
    const both = [
      { provider: 'a', model: 'm' },
      { provider: 'speaker', model: 'm' },
    ];
    const gateway = lineGateway([first.url], [speaker, keeps, resumes('replay')], {
      models: { all: { targets: both, unsupported: 'refuse' } },
    });
    const answered = await tell(gateway, streamed);
    assert.equal(answered.said, told);
    assert.equal(/"error"/.test(answered.text), told === 'one two');
    await gateway.close();
  });
}

for (const [when, contract, unsupported] of [
  ['before it is asked', true, 'refuse'],
  ['before it is asked', true, 'drop'],
  ['before it is asked', false, 'refuse'],
  ['as it answers', true, 'refuse'],
  ['as it answers', true, 'drop'],
  ['as it answers', false, 'refuse'],
] as const) {
  test(`a provider that answers in events tells ${when} what it cannot do: ${contract ? 'a contract' : 'a hint'}, ${unsupported}`, async () => {
    const losses = [{ field: 'top_k', how: 'dropped', reason: 'it has none', contract }] as const;
    const early = when === 'before it is asked';
    let calls = 0;
    const speaker = plugin('speaker', (gateway) => {
      gateway.provider({
        name: 'speaker',
        dialects: [],
        credentials: [],
        capabilities: () => ({}),
        ...(early ? { losses: () => losses } : {}),
        call: async ({ signal }) => {
          calls += 1;
          signal.addEventListener('abort', () => (calls += 100));
          return {
            events: [{ type: 'start' }, { type: 'finish', choice: 0, reason: 'stop' }],
            ...(early ? {} : { losses }),
          };
        },
      });
    });
    const gateway = lineGateway([], [speaker], {
      models: { all: { targets: [{ provider: 'speaker', model: 'm' }], unsupported } },
    });
    const { settlement, ...answered } = await tell(gateway, ask());
    const refused = contract && unsupported === 'refuse';
    assert.equal(answered.status, refused ? 400 : 200);
    assert.equal(answered.headers.get('x-tapgate-dropped'), refused ? undefined : 'top_k');
    assert.equal(settlement.error?.code, refused ? 'FIELD_UNSUPPORTED' : undefined);
    assert.equal(calls, refused ? (early ? 0 : 101) : 1);
    const { losses: explained, refused: why } = await gateway.explain(ask());
    if (early)
      assert.deepEqual(
        [explained, why?.code],
        refused ? [[], 'FIELD_UNSUPPORTED'] : [['top_k: it has none'], undefined],
      );
    await gateway.close();
  });
}

test('a prefill goes on from what was delivered', async () => {
  await using first = await fakeUpstream([head, step.write(events({ text: 'one two' })), step.sleep(20), step.reset()]);
  await using second = await fakeUpstream(good(' three'));
  const gateway = lineGateway([first.url, second.url], [keeps, resumes('prefill')]);
  const told = await tell(gateway, streamed);
  assert.equal(told.said, 'one two three');
  assert.match(second.requests[0]?.body.toString() ?? '', /one two/);
  await gateway.close();
});

test('an answer from onError is delivered though no attempt is left', async () => {
  await using upstream = await fakeUpstream(down);
  const sorry = recover(() => ({
    answer: {
      events: [
        { type: 'part-start', part: 't', choice: 0, kind: 'text' },
        { type: 'part-delta', part: 't', text: 'sorry' },
        { type: 'part-end', part: 't' },
        { type: 'finish', choice: 0, reason: 'stop' },
      ],
    },
  }));
  const gateway = lineGateway([upstream.url], [sorry], { limits: { attempts: 1 } });
  for (const stream of [true, false]) {
    const told = await tell(gateway, ask({ stream }));
    assert.equal(told.said, 'sorry');
    assert.equal(told.settlement.outcome, 'ok');
    assert.equal(told.settlement.answeredBy, 'recover');
  }
  await gateway.close();
});

test('what a target cannot do is a 400 that names the field, or is dropped and told', async () => {
  await using upstream = await fakeUpstream(good('ok'));
  const unable = plugin('unable', (gateway) => {
    gateway.provider({
      name: 'unable',
      dialects: ['other'],
      credentials: [],
      capabilities: () => ({ seed: false }),
      call: async (attempt) => {
        const { status, headers, bytes } = await gateway.upstream({
          provider: 'unable',
          origin: upstream.url,
          path: '/x',
          method: 'POST',
          headers: attempt.headers,
          body: attempt.body,
          signal: attempt.signal,
          allowPrivate: ['127.0.0.1'],
        });
        return { status, headers, dialect: 'other', streamed: true, bytes };
      },
    });
  });
  const model = (unsupported: 'refuse' | 'drop') => ({ targets: [{ provider: 'unable', model: 'm' }], unsupported });
  const gateway = lineGateway([], [unable], { models: { strict: model('refuse'), lax: model('drop') } });
  const refused = await tell(gateway, ask({ model: 'strict', seed: 1, stream: true }));
  assert.equal(refused.status, 400);
  assert.match(refused.text, /"seed"|seed/);
  assert.equal(upstream.requests.length, 0);
  const dropped = await tell(gateway, ask({ model: 'lax', seed: 1, stream: true }));
  assert.equal(dropped.said, 'ok');
  assert.equal(dropped.headers.get('x-tapgate-dropped'), 'seed');
  await gateway.close();
});

test('the deadline ends everything with a true status, or with an error in the stream', async () => {
  await using silent = await fakeUpstream([step.stall()]);
  const gateway = lineGateway([silent.url], [], { limits: { deadlineMs: 60 } });
  const told = await tell(gateway, streamed);
  assert.equal(told.status, 504);
  assert.equal(told.settlement.outcome, 'timeout');
  await using half = await fakeUpstream([head, step.write(events({ text: 'half' })), step.stall()]);
  const second = lineGateway([half.url], [], { limits: { deadlineMs: 100 } });
  const broken = await tell(second, streamed);
  assert.equal(broken.said, 'half');
  assert.match(broken.text, /DEADLINE/);
  assert.equal(broken.settlement.outcome, 'timeout');
  while (silent.openSockets + half.openSockets > 0) await wait(5);
  await gateway.close();
  await second.close();
});
