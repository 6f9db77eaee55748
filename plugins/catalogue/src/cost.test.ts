import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noUsage, type Usage } from '@tapgate/core';
import * as fc from 'fast-check';
import { billionths } from './amount.ts';
import { type Cost, costOf } from './cost.ts';
import type { Known, TokenPrices } from './model.ts';
import { rateCard } from './rates.ts';

const usual = { tiers: new Set(['default', 'standard']), regions: new Set(['global']) };
const monday = Date.parse('2026-11-23T12:00:00Z');

function cost(known: Known, usage: Partial<Usage>, time: number = monday): Cost {
  return costOf({ ...noUsage, ...usage }, rateCard(known), usual, time);
}

const nanos = (known: Known, usage: Partial<Usage>, time?: number): bigint | undefined => {
  const found = cost(known, usage, time);
  return 'nanos' in found ? found.nanos : undefined;
};
const reason = (known: Known, usage: Partial<Usage>): string | undefined => {
  const found = cost(known, usage);
  return 'unknown' in found ? found.unknown : undefined;
};

const sonnet: Known = {
  prices: { input: '3', output: '15', cacheRead: '0.3', cacheWrite: '3.75', cacheWrite1h: '6' },
};

// U-01
test('cached tokens are counted once, each at its own price', () => {
  assert.equal(nanos(sonnet, { input: 3, cacheWrite: 12_304, output: 550 }), 54_399_000n);
  const mini: Known = { prices: { input: '0.15', output: '0.6', cacheRead: '0.075' } };
  assert.equal(nanos(mini, { input: 86, cacheRead: 1920, output: 300 }), 336_900n);
  const pro: Known = {
    prices: {
      input: '1.25',
      output: '10',
      cacheRead: '0.125',
      above: [{ tokens: 200_000, input: '2.5', output: '15', cacheRead: '0.25' }],
    },
  };
  assert.equal(nanos(pro, { input: 5005, cacheRead: 257_955, output: 1000 }), 92_001_250n);
});

test('what is written to a cache for an hour costs its own price, and none is guessed', () => {
  assert.equal(nanos(sonnet, { cacheWrite: 1000, cacheWrite1h: 400 }), 4_650_000n);
  assert.match(
    reason({ prices: { input: '3', output: '15', cacheWrite: '3.75' } }, { cacheWrite: 2, cacheWrite1h: 1 }) ?? '',
    /for an hour/,
  );
});

test('thinking is a part of the output, and costs more only where a list says so', () => {
  assert.equal(nanos({ prices: { input: '1', output: '2' } }, { output: 10, reasoning: 7 }), 20_000n);
  assert.equal(nanos({ prices: { input: '1', output: '2', reasoning: '3' } }, { output: 10, reasoning: 7 }), 27_000n);
});

test('sound and pictures cost their own price, or that of their side', () => {
  const known: Known = { prices: { input: '1', output: '2', inputAudio: '10', outputImage: '30' } };
  assert.equal(nanos(known, { input: 100, inputAudio: 40, inputImage: 10 }), 60_000n + 400_000n);
  assert.equal(nanos(known, { output: 100, outputImage: 90, outputAudio: 5 }), 20_000n + 2_700_000n);
  const cached: Known = { prices: { input: '1', cacheRead: '0.1', cacheReadAudio: '0.5' } };
  assert.equal(nanos(cached, { cacheRead: 100, cacheReadAudio: 20 }), 8_000n + 10_000n);
});

test('a part that is larger than its whole is no more than its whole', () => {
  const known: Known = { prices: { input: '1', output: '2', inputAudio: '10', cacheRead: '0.5' } };
  assert.equal(nanos(known, { input: 5, cacheRead: 5, inputAudio: 8 }), 50_000n + 2_500n);
});

test('a prompt above a size has the prices of that size for all its tokens, cached ones counted for the size', () => {
  const known: Known = {
    prices: {
      input: '1',
      output: '2',
      cacheRead: '0.1',
      above: [
        { tokens: 100, input: '2', output: '3', cacheRead: '0.2' },
        { tokens: 200, input: '4', output: '6', cacheRead: '0.4' },
      ],
    },
  };
  assert.equal(nanos(known, { input: 60, cacheRead: 40, output: 1 }), 60_000n + 4_000n + 2_000n);
  assert.equal(nanos(known, { input: 60, cacheRead: 41, output: 1 }), 120_000n + 8_200n + 3_000n);
  assert.equal(nanos(known, { input: 201 }), 804_000n);
});

test('a tier is billed by its own prices or its factor, and one that no list knows is unknown', () => {
  const known: Known = {
    prices: { input: '1', output: '2', above: [{ tokens: 10, input: '2', output: '4' }] },
    tiers: { flex: { times: '0.5' }, priority: { input: '3', output: '5' } },
  };
  assert.equal(nanos(known, { input: 10, output: 10, tier: 'flex' }), 15_000n);
  assert.equal(nanos(known, { input: 20, tier: 'FLEX' }), 20_000n);
  assert.equal(nanos(known, { input: 10, output: 10, tier: 'priority' }), 80_000n);
  assert.equal(nanos(known, { input: 10, tier: 'default' }), 10_000n);
  assert.match(reason(known, { input: 10, tier: 'scale' }) ?? '', /tier "scale"/);
});

test('a region multiplies all tokens and no calls', () => {
  const known: Known = { prices: { input: '1', output: '2' }, regions: { us: '1.1' }, calls: { search: '10' } };
  assert.equal(nanos(known, { input: 1000, region: 'us', calls: { search: 1 } }), 1_100_000n + 10_000_000n);
  assert.equal(nanos(known, { input: 1000, region: 'global' }), 1_000_000n);
  assert.match(reason(known, { input: 1000, region: 'mars' }) ?? '', /region "mars"/);
  assert.equal(nanos({ prices: { input: '1' } }, { input: 1000, region: 'mars' }), 1_000_000n);
});

test('calls are billed each or once a request, requests by the thousand, and a call without a price is unknown', () => {
  const known: Known = {
    prices: { input: '1', output: '1' },
    calls: { search: '10', ground: { perRequest: '35' }, fetch: '0' },
    requests: '5',
  };
  assert.equal(nanos(known, { input: 1, calls: { search: 3 } }), 1000n + 30_000_000n + 5_000_000n);
  assert.equal(nanos(known, { input: 1, calls: { ground: 3, fetch: 9 } }), 1000n + 35_000_000n + 5_000_000n);
  assert.match(reason(known, { input: 1, calls: { shell: 1 } }) ?? '', /calls of "shell"/);
});

test('a model that is billed by its calls alone has no price for tokens', () => {
  const rerank: Known = { calls: { search_units: '2' } };
  assert.equal(nanos(rerank, { calls: { search_units: 3 }, billedTokens: { input: 0, output: 0 } }), 6_000_000n);
  assert.equal(nanos(rerank, { calls: { search_units: 3 }, input: 1 }), undefined);
  assert.equal(nanos(rerank, { calls: { images: 3 } }), undefined);
});

test('what a vendor bills in the place of what it counted is billed', () => {
  const known: Known = { prices: { input: '2.5', output: '10' } };
  const usage = { input: 507, output: 10, cacheRead: 448, billedTokens: { input: 12, output: 7 } };
  assert.equal(nanos(known, usage), 100_000n);
});

test('prices change on their day, and at the hours of the week they have', () => {
  const changing: Known = {
    prices: { input: '0.75' },
    changes: [{ from: '2027-01-01', prices: { input: '1.5' } }],
  };
  assert.equal(nanos(changing, { input: 1000 }, Date.parse('2026-12-31T23:59:59.999Z')), 750_000n);
  assert.equal(nanos(changing, { input: 1000 }, Date.parse('2027-01-01T00:00:00Z')), 1_500_000n);
  const peak: Known = {
    prices: { input: '1' },
    hours: [{ days: [1, 2, 3, 4, 5], from: 6, until: 10, prices: { input: '2' } }],
  };
  for (const [when, price] of [
    ['2026-11-23T05:59:59Z', 1_000n],
    ['2026-11-23T06:00:00Z', 2_000n],
    ['2026-11-23T10:00:00Z', 1_000n],
    ['2026-11-22T07:00:00Z', 1_000n],
  ] as const)
    assert.equal(nanos(peak, { input: 1 }, Date.parse(when)), price, when);
});

// U-04
test('an unknown price is unknown and never 0; nothing at all costs nothing', () => {
  assert.match(reason({}, { input: 1 }) ?? '', /not known/);
  assert.match(reason({ prices: { input: '1' } }, { input: 1, output: 1 }) ?? '', /for output/);
  assert.match(reason({ prices: { input: '1', output: '1' } }, { cacheRead: 1 }) ?? '', /from a cache/);
  assert.equal(nanos({}, {}), 0n);
  assert.equal(nanos({ prices: { input: '0', output: '0' } }, { input: 10, output: 10 }), 0n);
});

// B-02
test('counts that are none make the cost unknown, and throw nothing', () => {
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e308]) {
    for (const name of ['input', 'output', 'cacheRead', 'cacheWrite', 'inputAudio'])
      assert.match(reason(sonnet, { output: 1, [name]: count }) ?? '', new RegExp(`"${name}"`));
    assert.match(reason({ ...sonnet, calls: { s: '1' } }, { output: 1, calls: { s: count } }) ?? '', /"s"/);
  }
});

test('a tenth of a billionth is rounded once, at the end, halves upwards', () => {
  const known: Known = { prices: { input: '0.0005' } };
  assert.equal(nanos(known, { input: 1 }), 1n);
  assert.equal(nanos({ prices: { input: '0.000499999' } }, { input: 1 }), 0n);
  assert.equal(nanos(known, { input: 3 }), 2n);
  assert.equal(nanos({ prices: { input: '0.0003', output: '0.0003' } }, { input: 1, output: 1 }), 1n);
});

/** Decimal text as a fraction, another way than the plugin's. */
function fraction(text: string): [bigint, bigint] {
  const [whole = '', rest = ''] = text.split('.');
  return [BigInt(whole + rest), 10n ** BigInt(rest.length)];
}

/** The cost as a sum of fractions, in billionths of a dollar, rounded at the end. */
function byFractions(prices: TokenPrices, counts: Partial<Record<keyof TokenPrices, number>>, times: string): bigint {
  let [sum, of]: [bigint, bigint] = [0n, 1n];
  for (const [name, tokens] of Object.entries(counts) as [keyof TokenPrices, number][]) {
    const [price, unit] = fraction(prices[name] ?? '0');
    [sum, of] = [sum * unit + BigInt(tokens) * price * of, of * unit];
  }
  const [factor, unit] = fraction(times);
  const [top, bottom] = [sum * factor * 1_000n, of * unit];
  return (2n * top + bottom) / (2n * bottom);
}

const price = fc
  .tuple(fc.nat(999), fc.stringMatching(/^\d{0,9}$/))
  .map(([whole, rest]) => (rest === '' ? String(whole) : `${whole}.${rest}`));
const tokens = fc.nat(2_000_000);

test('any usage at any price costs what fractions say, to the last billionth', () => {
  fc.assert(
    fc.property(
      fc.record({ input: price, output: price, cacheRead: price, cacheWrite: price, reasoning: price }),
      fc.record({ input: tokens, output: tokens, cacheRead: tokens, cacheWrite: tokens, reasoning: tokens }),
      fc.constantFrom('1', '0.5', '1.1', '1.8', '0.123456789'),
      (prices, counts, times) => {
        const usage = { ...counts, output: counts.output + counts.reasoning, tier: 'own' };
        assert.equal(nanos({ prices, tiers: { own: { times } } }, usage), byFractions(prices, counts, times));
      },
    ),
    { numRuns: 500 },
  );
});

test('a price is decimal text with at most nine places, and nothing else', () => {
  assert.equal(billionths('1.25'), 1_250_000_000n);
  assert.equal(billionths('0'), 0n);
  for (const wrong of ['', '-1', '1e3', '1.', '.5', '1.0000000001', '1,5', ' 1', 'Infinity', '1234567890'])
    assert.throws(() => billionths(wrong), RangeError, wrong);
});
