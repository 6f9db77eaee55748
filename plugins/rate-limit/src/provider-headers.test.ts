import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureOrSkip } from '@tapgate/test-kit';
import { Learned } from './learned.ts';
import { limitsIn, resetIn } from './provider-headers.ts';

const now = Date.parse('2025-04-28T14:31:00Z');

/** `name kind remaining/limit in ms`, for each that is found. */
function found(headers: Readonly<Record<string, string>>): readonly string[] {
  return limitsIn(new Map(Object.entries(headers)), now).map(
    ({ name, kind, remaining, limit, resetInMs, refills }) =>
      `${name} ${kind} ${remaining}/${limit ?? '?'} in ${resetInMs}${refills ? ' little by little' : ''}`,
  );
}

for (const [vendor, recording, expected] of [
  [
    'OpenAI',
    'openai/chat-empty-stream-body',
    [
      'x-ratelimit-requests requests 29999/30000 in 2 little by little',
      'x-ratelimit-tokens tokens 149999879/150000000 in 0 little by little',
    ],
  ],
  [
    'Anthropic',
    'anthropic/max-tokens',
    [
      'anthropic-ratelimit-input-tokens inputTokens 400000/400000 in 29000 little by little',
      'anthropic-ratelimit-output-tokens outputTokens 70000/80000 in 36000 little by little',
      'anthropic-ratelimit-requests requests 3999/4000 in 29000 little by little',
      'anthropic-ratelimit-tokens tokens 470000/480000 in 29000 little by little',
    ],
  ],
  [
    'Azure',
    'azure/chat-content-filter-error',
    [
      'x-ratelimit-requests requests 10106/? in 60000 little by little',
      'x-ratelimit-tokens tokens 1008843/? in 60000 little by little',
    ],
  ],
  [
    'Fireworks',
    'fireworks/text-stream',
    [
      'x-ratelimit-requests requests 59/60 in 60000 little by little',
      'x-ratelimit-tokens-generated outputTokens 6000/6000 in 60000 little by little',
      'x-ratelimit-tokens-prompt inputTokens 59953/60000 in 60000 little by little',
    ],
  ],
  [
    'Mistral',
    'mistral/max-tokens',
    [
      'ratelimitbysize tokens 1999410/2000000 in 35000',
      'x-ratelimitbysize-minute tokens 1999410/2000000 in 60000',
      'x-ratelimitbysize-month tokens 9999805631/10000000000 in 2592000000',
    ],
  ],
  [
    'Together',
    'together/parallel-tools-stream',
    ['x-ratelimit requests 198/100 in 2000', 'x-ratelimit-tokens tokens 100000/100000 in 60000 little by little'],
  ],
] as const) {
  test(`limits are learned from the recorded headers of ${vendor}`, (t) => {
    const fixture = fixtureOrSkip(t, recording);
    if (fixture === undefined) return;
    assert.deepEqual(found(fixture.entry.response_headers ?? {}).toSorted(), [...expected].toSorted());
  });
}

test('limits are learned from what other vendors document', () => {
  // Groq: requests of a day, tokens of a minute.
  assert.deepEqual(
    found({
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
    }),
    ['x-ratelimit-requests requests 14370/14400 in 179560 little by little'],
  );
  // Cerebras.
  assert.deepEqual(
    found({
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-remaining-requests-day': '14399',
      'x-ratelimit-reset-requests-day': '33011.382867',
      'x-ratelimit-remaining-tokens-minute': '0',
    }),
    [
      'x-ratelimit-requests-day requests 14399/14400 in 33011382.867 little by little',
      'x-ratelimit-tokens-minute tokens 0/? in 60000 little by little',
    ],
  );
  // OpenRouter: a moment in milliseconds.
  assert.deepEqual(
    found({
      'x-ratelimit-limit': '20',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(now + 12_000),
    }),
    ['x-ratelimit requests 0/20 in 12000'],
  );
  // The draft of the IETF, old and new.
  assert.deepEqual(found({ 'ratelimit-limit': '100', 'ratelimit-remaining': '5', 'ratelimit-reset': '30' }), [
    'ratelimit requests 5/100 in 30000',
  ]);
  assert.deepEqual(found({ ratelimit: '"api";r=50;t=30', 'ratelimit-policy': '"api";q=100;w=60' }), [
    'ratelimit requests 50/100 in 30000',
  ]);
});

test('a moment is one of the provider’s own clock', () => {
  const headers = {
    date: 'Mon, 28 Apr 2025 15:31:00 GMT',
    'anthropic-ratelimit-requests-remaining': '1',
    'anthropic-ratelimit-requests-reset': '2025-04-28T15:31:05Z',
  };
  assert.deepEqual(found(headers), ['anthropic-ratelimit-requests requests 1/? in 5000 little by little']);
});

test('what makes no sense says nothing', () => {
  for (const headers of [
    { 'x-ratelimit': 'false' },
    { 'x-ratelimit-remaining-requests': 'many' },
    { 'x-ratelimit-remaining-requests': '' },
    { 'x-ratelimit-remaining-input-images': '3' },
    { 'anthropic-ratelimit-unified-status': 'allowed' },
    { ratelimit: 'nonsense' },
    { ratelimit: '"x";r=1;t=99999999999' },
  ])
    assert.deepEqual(found(headers), [], JSON.stringify(headers));
  for (const value of ['', 'soon', '1e9999', '99999999d', '-5', 'NaN'])
    assert.equal(resetIn(value, now), undefined, value);
  assert.deepEqual(
    ['0s', '6ms', '1m26.4s', '1h0m0s', '2d', '12', '0.5', '2025-04-28T14:30:00Z'].map((value) => resetIn(value, now)),
    [0, 6, 86_400, 3_600_000, 172_800_000, 12_000, 500, 0],
  );
});

const requests = (remaining: number, limit = 10, reset = '10s'): ReadonlyMap<string, string> =>
  new Map([
    ['x-ratelimit-limit-requests', String(limit)],
    ['x-ratelimit-remaining-requests', String(remaining)],
    ['x-ratelimit-reset-requests', reset],
  ]);
const few = (): number => 1;

test('what is left falls with what is sent, and comes back little by little', () => {
  let time = 1000;
  const learned = new Learned(() => time);
  const place = learned.place('p');
  place.send(few)(requests(2), 200);
  assert.equal(place.exhausted(few), undefined);
  place.send(few);
  place.send(few);
  // Eight are missing and come back in ten seconds: one in 1,250 ms.
  assert.deepEqual(place.exhausted(few), { kind: 'requests', until: time + 1250 });
  time += 1250;
  assert.equal(place.exhausted(few), undefined);
  assert.equal(learned.place('q').exhausted(few), undefined);
});

test('a late word of an early request changes nothing', () => {
  const place = new Learned(() => 1000).place('p');
  place.send(few)(requests(4), 200);
  const early = place.send(few);
  const late = place.send(few);
  late(requests(0), 200);
  early(requests(3), 200);
  assert.notEqual(place.exhausted(few), undefined);
});

test('while there is plenty a provider is listened to once in a while, but always where it refuses', () => {
  let time = 1000;
  const place = new Learned(() => time).place('p');
  place.send(few)(requests(9), 200);
  place.send(few)(requests(0), 200);
  assert.equal(place.exhausted(few), undefined);
  place.send(few)(requests(0), 429);
  assert.notEqual(place.exhausted(few), undefined);
  const other = new Learned(() => time).place('p');
  other.send(few)(requests(9), 200);
  time += 201;
  other.send(few)(requests(0), 200);
  assert.notEqual(other.exhausted(few), undefined);
});

test('silence shuts nobody out for ever: behind its reset a limit is whole again', () => {
  let time = 1000;
  const place = new Learned(() => time).place('p');
  place.send(few)(requests(0, 3, '5s'), 200);
  for (let round = 0; round < 5; round += 1) {
    time += 5001;
    for (let count = 0; count < 3; count += 1) {
      assert.equal(place.exhausted(few), undefined, `round ${round}`);
      place.send(few);
    }
    assert.notEqual(place.exhausted(few), undefined);
  }
});

test('nobody is left alone for longer than an hour on a header’s word, nor longer than a minute on a 429’s', () => {
  let time = 1000;
  const learned = new Learned(() => time);
  const place = learned.place('p');
  const headers = new Map([
    ['ratelimit-remaining', '0'],
    ['ratelimit-reset', '999999'],
  ]);
  place.send(few)(headers, 200);
  assert.equal(place.exhausted(few)?.until, time + 3_600_000);
  const shut = learned.place('q');
  shut.shut(1e9);
  assert.equal(shut.exhausted(few)?.until, time + 60_000);
  time += 60_001;
  assert.equal(shut.exhausted(few), undefined);
});

test('a request larger than a whole limit waits for the whole, and is for the provider to refuse', () => {
  const place = new Learned(() => 1000).place('p');
  const tokens = (remaining: number): ReadonlyMap<string, string> =>
    new Map([
      ['x-ratelimit-limit-tokens', '100'],
      ['x-ratelimit-remaining-tokens', String(remaining)],
      ['x-ratelimit-reset-tokens', '1s'],
    ]);
  const many = (): number => 1000;
  place.send(few)(tokens(40), 200);
  assert.notEqual(place.exhausted(many), undefined);
  place.send(few)(tokens(100), 200);
  assert.equal(place.exhausted(many), undefined);
});
