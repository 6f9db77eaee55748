import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, type Exchange } from '@tapgate/core';
import { ask, pluginContract, reply } from '@tapgate/test-kit';
import rateLimit from './index.ts';
import { fails, OpenStore, says, world } from './world.test.ts';

pluginContract(test, {
  plugin: rateLimit,
  options: {
    limits: [
      { per: ['key', 'model'], requests: 100, window: '1m' },
      { per: 'provider', concurrent: 3 },
    ],
  },
  badOptions: [
    { limits: [{ requests: 10 }] },
    { limits: [{ requests: 0, window: '1m' }] },
    { limits: [{ requests: 1, window: '1 minute' }] },
    { limits: [{ cost: '5 EUR', window: '1m' }] },
    { limits: [{ requests: 1, window: '1m', own: { requests: 'header:rpm' } }] },
    { limits: [{ requests: 1, window: '1m', own: { request: 'label:rpm' } }] },
  ],
  module: import.meta.resolve('./index.ts'),
});

for (const atOnce of [true, false])
  test(`B-02 below a limit of ten, of twenty at once exactly ten are let through, the store ${atOnce ? 'here' : 'elsewhere'}`, async () => {
    const store = new OpenStore({ atOnce });
    await using at = await world({ limits: [{ per: 'key', requests: 10, window: '1m' }] }, { store });
    const answers = await Promise.all(Array.from({ length: 20 }, () => at.chat()));
    assert.equal(answers.filter(({ status }) => status === 200).length, 10);
    assert.equal(answers.filter(({ status }) => status === 429).length, 10);
    assert.equal(at.upstream.requests.length, 10);
    assert.equal((await at.chat({}, { who: 'bob' })).status, 200);
  });

test('B-08 a refusal says which limit, what is left, and when to come back', async () => {
  await using at = await world({
    limits: [
      { name: 'team minute', per: 'tenant', requests: 1, window: '1m' },
      { name: 'roomy', per: 'key', requests: 100, window: '1h' },
    ],
  });
  assert.equal((await at.chat()).status, 200);
  const refused = await at.chat();
  assert.equal(refused.status, 429);
  const { error } = refused.json() as { error: Record<string, string> };
  assert.equal(error['code'], 'rate_limit_exceeded');
  assert.match(error['message'] ?? '', /"team minute" is reached: 1 requests in 1m/);
  const header = (name: string): string => refused.headers.get(name) ?? '';
  assert.equal(header('x-tapgate-limit'), 'team minute');
  assert.equal(header('x-ratelimit-limit-requests'), '1');
  assert.equal(header('x-ratelimit-remaining-requests'), '0');
  assert.match(header('x-ratelimit-reset-requests'), /^(1m[\d.]+s|[\d.]+s)$/);
  const seconds = Number(header('retry-after'));
  assert.ok(seconds >= 55 && seconds <= 65, header('retry-after'));
  assert.ok(Number(header('retry-after-ms')) > 55_000);
  assert.equal(at.upstream.requests.length, 1);
});

test('B-08 a client of another dialect is told in its words', async () => {
  await using at = await world({
    limits: [
      { per: 'key', requests: 2, window: '1m' },
      { per: 'key', inputTokens: 1000, outputTokens: 500, window: '1m' },
    ],
  });
  const granted = await at.messages();
  assert.equal(granted.status, 200, granted.text);
  assert.equal(granted.headers.get('anthropic-ratelimit-requests-limit'), '2');
  assert.equal(granted.headers.get('anthropic-ratelimit-requests-remaining'), '1');
  assert.equal(granted.headers.get('anthropic-ratelimit-output-tokens-remaining'), '490');
  assert.match(granted.headers.get('anthropic-ratelimit-requests-reset') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(granted.headers.get('x-ratelimit-limit-requests'), undefined);
  await at.messages();
  const refused = await at.messages();
  assert.equal(refused.status, 429);
  assert.equal((refused.json() as { error: { type: string } }).error.type, 'rate_limit_error');
  assert.ok(refused.headers.has('retry-after'));
});

test('a wait longer than clients take is not one to try again after', async () => {
  await using at = await world({ limits: [{ per: 'key', requests: 1, window: '1d' }] });
  await at.chat();
  assert.equal((await at.chat()).headers.get('x-should-retry'), 'false');
});

test('every answer says what is left, of several limits the one of which least is left', async () => {
  await using at = await world({
    limits: [
      { per: 'key', requests: 100, window: '1h' },
      { per: 'key', requests: 4, window: '1m' },
      { per: 'key', tokens: 100_000, window: '1m' },
    ],
  });
  const { headers } = await at.chat({ max_tokens: 100 });
  assert.equal(headers.get('x-ratelimit-limit-requests'), '4');
  assert.equal(headers.get('x-ratelimit-remaining-requests'), '3');
  const left = Number(headers.get('x-ratelimit-remaining-tokens'));
  assert.ok(left < 99_900 && left > 99_800, String(left));
});

test('headers can be left out', async () => {
  await using at = await world({ headers: false, limits: [{ per: 'key', requests: 1, window: '1m' }] });
  assert.equal((await at.chat()).headers.has('x-ratelimit-limit-requests'), false);
  assert.ok((await at.chat()).headers.has('retry-after'));
});

for (const atOnce of [true, false])
  test(`all limits or none: what one refuses the others do not count, the store ${atOnce ? 'here' : 'elsewhere'}`, async () => {
    const store = new OpenStore({ atOnce });
    await using at = await world(
      {
        limits: [
          { name: 'wide', per: 'tenant', requests: 10, window: '1m' },
          { name: 'narrow', per: ['key', 'model'], requests: 1, window: '1m' },
        ],
      },
      { store },
    );
    for (let count = 0; count < 5; count += 1) await at.chat();
    await at.settled(5);
    assert.equal(await at.store.spent('wide'), 1n);
    assert.equal((await at.chat({}, { model: 'only-a' })).status, 200);
  });

for (const atOnce of [true, false])
  test(`all or none goes across instances, the store ${atOnce ? 'here' : 'elsewhere'}`, async () => {
    await using at = await world(
      { limits: [{ name: 'first', per: 'key', requests: 10, tokens: 100_000, window: '1m' }] },
      {
        store: new OpenStore({ atOnce }),
        plugins: [[rateLimit, { limits: [{ name: 'second', per: 'key', requests: 1, window: '1m' }] }, { id: 'two' }]],
      },
    );
    await at.chat();
    await at.chat();
    await at.chat();
    await at.settled(3);
    assert.equal(await at.store.spent('first:requests'), 1n);
    assert.equal(await at.store.spent('first:tokens'), 12n);
  });

test('B-08 threat: a hundred keys of one tenant are no way around its limit', async () => {
  await using at = await world({
    limits: [
      { per: 'key', requests: 5, window: '1m' },
      { per: 'tenant', requests: 30, window: '1m' },
    ],
  });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, number) => at.chat({}, { who: `caller-${number}/acme/{}/key-${number}` })),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 30);
});

test('a key that several callers have in common is not counted for them together, and several keys of a caller are', async () => {
  await using at = await world({
    limits: [
      { name: 'of key', per: 'key', requests: 2, window: '1m' },
      { name: 'of caller', per: 'caller', requests: 3, window: '1m' },
    ],
  });
  const status = async (who: string): Promise<number> => (await at.chat({}, { who })).status;
  assert.deepEqual(
    [await status('ann/acme/{}/k1'), await status('ann/acme/{}/k1'), await status('ann/acme/{}/k1')],
    [200, 200, 429],
  );
  assert.deepEqual([await status('ann/acme/{}/k2'), await status('ann/acme/{}/k2')], [200, 429]);
  assert.equal(await status('bob/acme/{}/k1x'), 200);
});

test('a caller brings its own amount in a label; what is no amount is not taken for one', async () => {
  await using at = await world({
    limits: [{ per: 'key', requests: 1, own: { requests: 'label:rpm' }, window: '1m' }],
  });
  const many = async (who: string): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => at.chat({}, { who })));
    return answers.filter(({ status }) => status === 200).length;
  };
  assert.equal(await many('ann/acme/{"rpm":"3"}'), 3);
  assert.equal(await many('bob/acme/{}'), 1);
  assert.equal(await many('eve/acme/{"rpm":"unlimited"}'), 1);
  assert.equal(await many('mallory/acme/{"rpm":"-5"}'), 1);
  assert.equal(await many('dan/acme/{"rpm":"0"}'), 0);
});

test('a limit that is for some does not meet the others', async () => {
  await using at = await world({
    limits: [{ per: 'key', only: { 'label:plan': ['free', 'tr*'] }, requests: 1, window: '1m' }],
  });
  const second = async (who: string): Promise<number> => {
    await at.chat({}, { who });
    return (await at.chat({}, { who })).status;
  };
  assert.equal(await second('ann/acme/{"plan":"free"}'), 429);
  assert.equal(await second('bob/acme/{"plan":"trial"}'), 429);
  assert.equal(await second('eve/acme/{"plan":"pro"}'), 200);
  assert.equal(await second('dan/acme/{}'), 200);
});

test('users count apart within their caller, and one who makes up names gets no further than the bound', async () => {
  await using at = await world({ maxClientValues: 3, limits: [{ per: 'user', requests: 1, window: '1m' }] });
  const status = async (user: string | undefined, who: string): Promise<number> =>
    (await at.chat(user === undefined ? {} : { user }, { who })).status;
  assert.deepEqual([await status('u1', 'ann'), await status('u1', 'ann')], [200, 429]);
  assert.equal(await status('u1', 'bob'), 200);
  // The third value, the fourth that shares a counter, and the fifth that finds it used up.
  assert.deepEqual([await status('u2', 'ann'), await status(undefined, 'ann')], [200, 200]);
  assert.deepEqual([await status('u4', 'ann'), await status('u5', 'ann'), await status('u6', 'ann')], [200, 429, 429]);
  assert.equal(await status('u9', 'bob'), 200);
});

test('names that a client makes up for models fill no counters of others', async () => {
  await using at = await world({ maxClientValues: 2, limits: [{ per: 'model', requests: 2, window: '1m' }] });
  for (let number = 0; number < 6; number += 1) await at.chat({}, { who: 'mallory', model: `a/made-up-${number}` });
  assert.equal((await at.chat({}, { who: 'ann' })).status, 200);
  assert.equal((await at.chat({}, { who: 'bob' })).status, 200);
  assert.equal((await at.chat({}, { who: 'eve' })).status, 429);
});

test('hostile values have keys of their own, and none breaks anything', async () => {
  await using at = await world({ limits: [{ per: 'user', requests: 1, window: '1m' }] });
  const values = ['a;b', 'a%3Bb', '~others', 'x'.repeat(100), '\ud800', 'a\u0000b', 'ü', '', 'x'.repeat(101)];
  for (const user of values) assert.equal((await at.chat({ user })).status, 200, JSON.stringify(user));
  for (const user of values) assert.equal((await at.chat({ user })).status, 429, JSON.stringify(user));
  for (const key of at.store.seen.keys()) assert.ok(key.length < 250, key);
});

test('lists of models and what is not known count nothing upstream, and a list is no request', async () => {
  await using at = await world({ limits: [{ name: 'l', per: 'key', requests: 2, tokens: 100_000, window: '1m' }] });
  for (let count = 0; count < 5; count += 1) {
    const listed = await ask(`${at.gateway.url}/v1/models`, {
      method: 'GET',
      headers: { authorization: 'Bearer ann' },
    });
    assert.equal(listed.status, 200);
  }
  assert.equal((await at.chat({}, { model: 'no such model/x' })).status, 404);
  assert.equal((await at.chat()).status, 200);
  assert.equal((await at.chat()).status, 429);
  await at.settled(8);
  assert.equal(await at.store.spent('l:tokens'), 12n);
});

test('what no model reads costs a request, and no tokens', async () => {
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', requests: 10, tokens: 100_000, window: '1m' }] },
    { answer: reply.json(200, { id: 'r', results: [] }) },
  );
  const input = 'many words '.repeat(500);
  const asked = await ask(`${at.gateway.url}/v1/moderations`, {
    headers: { authorization: 'Bearer ann' },
    body: { model: 'only-a', input },
  });
  assert.equal(asked.status, 200, asked.text);
  await ask(`${at.gateway.url}/v1/embeddings`, {
    headers: { authorization: 'Bearer ann' },
    body: { model: 'only-a', input },
  });
  await at.settled(2);
  assert.equal(await at.store.spent('l:requests'), 2n);
  // The vectors are read, and nothing was said of it; the verdict is free.
  const tokens = Number(await at.store.spent('l:tokens'));
  assert.ok(tokens > 1000 && tokens < 2000, String(tokens));
});

for (const atOnce of [true, false])
  test(`shadow counts as if it refused, notes it, and refuses nothing, the store ${atOnce ? 'here' : 'elsewhere'}`, async () => {
    const store = new OpenStore({ atOnce });
    await using at = await world(
      {
        limits: [
          { name: 'tight', per: 'key', requests: 2, window: '1m', shadow: true },
          { name: 'loose', per: 'key', requests: 3, window: '1m', shadow: true },
        ],
      },
      { store },
    );
    for (let count = 0; count < 5; count += 1) {
      const answered = await at.chat();
      assert.equal(answered.status, 200);
      assert.equal(answered.headers.has('x-ratelimit-limit-requests'), false);
    }
    assert.equal(await at.store.spent('tight'), 2n);
    assert.equal(await at.store.spent('loose'), 3n);
    const notes = (await at.settled(5)).flatMap(({ settlement }) => settlement.notes.map(({ reason }) => reason));
    assert.equal(notes.filter((note) => note.includes('"tight" would refuse')).length, 3);
    assert.equal(notes.filter((note) => note.includes('"loose" would refuse')).length, 2);
  });

test('shadow for all of an instance, with ceilings and amounts that never fit', async () => {
  await using at = await world({
    shadow: true,
    ceilings: { outputTokens: 10 },
    limits: [{ per: 'key', outputTokens: 5, window: '1m' }],
  });
  for (let count = 0; count < 3; count += 1) assert.equal((await at.chat({ max_tokens: 1000 })).status, 200);
});

test('who explains reserves nothing', async () => {
  await using at = await world({ limits: [{ name: 'l', per: 'key', requests: 1, window: '1m' }] });
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }] }));
  const headers = new Map([['authorization', 'Bearer ann']]);
  for (let count = 0; count < 3; count += 1) {
    const told = await at.gateway.gateway.explain({
      dialect: 'openai-chat',
      path: '/v1/chat/completions',
      headers,
      body,
    });
    assert.equal(told.refused, undefined);
    assert.match(JSON.stringify(told.notes), /would reserve 1 of \\"l\\"/);
  }
  assert.equal(at.store.reserves, 0);
});

test('B-04 threat: what asks for too much is a 400 before anything is asked', async () => {
  await using at = await world({ ceilings: { inputTokens: 1000, outputTokens: 500, choices: 4 } });
  for (const [fields, says_] of [
    [{ max_tokens: 1e9 }, /1000000000 output tokens; at most 500/],
    [{ max_completion_tokens: 501 }, /501 output tokens/],
    [{ n: 128 }, /128 answers; at most 4/],
    [{ messages: [{ role: 'user', content: 'word '.repeat(2000) }] }, /input tokens; at most 1000/],
  ] as const) {
    const answered = await at.chat(fields);
    assert.equal(answered.status, 400, answered.text);
    assert.match(answered.text, says_);
    assert.equal(answered.headers.get('x-should-retry'), 'false');
  }
  assert.equal((await at.chat({ max_tokens: 500, n: 4 })).status, 200);
  assert.equal(at.upstream.requests.length, 1);
});

test('what could never fit is refused for good, and what is only assumed is not', async () => {
  await using at = await world({ limits: [{ per: 'key', outputTokens: 100, window: '1m' }] });
  const refused = await at.chat({ max_tokens: 101 });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /may use 101 output tokens, and the limit .* allows 100 output tokens in 1m at all/);
  assert.equal((await at.chat()).status, 200);
});

test('a failed request is a request, and costs no tokens', async () => {
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', requests: 10, tokens: 100_000, window: '1m' }] },
    { answer: fails(500) },
  );
  assert.equal((await at.chat({}, { model: 'only-a' })).status, 502);
  await at.settled(1);
  assert.equal(await at.store.spent('l:requests'), 1n);
  assert.equal(await at.store.spent('l:tokens'), 0n);
});

test('mistakes in the limits are told, with the nearest right word', () => {
  const of = (...limits: readonly object[]): void => {
    createGateway({ log: { level: 'silent' } }).use(rateLimit, { limits });
  };
  const window = '1m';
  assert.throws(
    () => of({ per: 'tenent', requests: 1, window }),
    /limits\[0\] has "tenent" \(did you mean "tenant"\?\)/,
  );
  assert.throws(() => of({ per: 'key', window }), /limits\[0\] counts nothing/);
  assert.throws(
    () => of({ per: 'key', requests: 1, window, own: { tokens: 'label:tpm' } }),
    /limits\[0\] has "own.tokens" and no "tokens" for the others/,
  );
  const named = { name: 'same', per: 'key', requests: 1, window };
  assert.throws(() => of(named, named), /limits\[1\] has the name "same" of another/);
  of({ per: 'key', requests: 1, window }, { per: 'key', requests: 2, window });
});

test('administrators see what is refused, and what is left at providers', async () => {
  const learned = {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '41',
    'x-ratelimit-reset-requests': '19s',
  };
  await using at = await world(
    { limits: [{ name: 'l', per: 'key', requests: 1, window: '1m' }] },
    { answer: says(undefined, learned) },
  );
  await at.chat();
  await at.chat();
  const route = at.gateway.gateway.routes.find(({ path }) => path === '/rate-limit/limits');
  assert.equal(route?.admin, true);
  const shown = await route.answer(at.gateway.settled[0]?.exchange as Exchange);
  assert.ok(shown.bytes !== undefined);
  const { limits, providers } = JSON.parse(Buffer.from(await collectBytes(shown.bytes)).toString()) as {
    limits: { limit: string; granted: number; refused: number; lately: { subject: string }[] }[];
    providers: { target: string; limit: string; of: number; left: number }[];
  };
  assert.equal(limits.length, 1);
  assert.deepEqual([limits[0]?.limit, limits[0]?.granted, limits[0]?.refused], ['l: requests', 1, 1]);
  assert.equal(limits[0]?.lately[0]?.subject, 'key=ann;');
  assert.deepEqual([providers[0]?.target, providers[0]?.of, providers[0]?.left], ['a/real#default', 60, 41]);
});
