import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterOf } from './retry-after.ts';

const cases: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
  [{ 'retry-after': '30' }, 30_000],
  [{ 'retry-after': '1.5' }, 1500],
  [{ 'retry-after': '30', 'retry-after-ms': '1234' }, 1234],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 30_000],
  [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT' }, undefined],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{}, undefined],
];

test('the time to wait is read from either header, in every form', () => {
  for (const [headers, ms] of cases) assert.equal(retryAfterOf(new Map(Object.entries(headers))), ms);
});
