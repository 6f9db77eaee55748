import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AttemptRecord, Secret, streamOf, type Upstream, type UpstreamRequest } from '@tapgate/core';
import { createGenerationBills } from './generation-bills.ts';

const place = {
  name: 'openrouter',
  baseUrl: 'https://openrouter.ai/api/v1/',
  credentials: { default: new Secret('first'), second: new Secret('other') },
};
const never = new AbortController().signal;

function record(id: string | undefined, credential?: string): AttemptRecord {
  const headers = new Map(id === undefined ? [] : [['x-generation-id', id]]);
  const target = { provider: 'openrouter', model: 'm', ...(credential !== undefined && { credential }) };
  return { number: 1, target, startedAt: 0, result: 'lost', headers };
}

/** Answers in turn, the last one for ever. */
function answering(...answers: readonly (readonly [status: number, body: string] | Error)[]): {
  readonly asked: UpstreamRequest[];
  readonly upstream: Upstream;
} {
  const asked: UpstreamRequest[] = [];
  const upstream: Upstream = async (request) => {
    asked.push(request);
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('none');
    const [status, body] = answer;
    return { status, headers: new Map(), bytes: streamOf(Buffer.from(body)) };
  };
  return { asked, upstream };
}

const generation = (data: object): readonly [number, string] => [200, JSON.stringify({ data })];
const patience = { withinMs: 5_000, firstWaitMs: 1 };

test('a bill is asked for until it is there, with the credential of the attempt', async () => {
  const missing = [404, '{"error":{"code":404,"message":"not found"}}'] as const;
  const there = generation({ total_cost: 0.0015 });
  const { asked, upstream } = answering(
    missing,
    new Error('reset'),
    [502, '<html>'],
    generation({ total_cost: null }),
    there,
  );
  const bill = createGenerationBills({ upstream }, place, patience);
  assert.equal(await bill(record('gen-1-Ab_c', 'second'), never), 1_500_000n);
  assert.equal(asked.length, 5);
  assert.deepEqual(
    [asked[0]?.origin, asked[0]?.path, asked[0]?.method, asked[0]?.credential?.secret.reveal()],
    ['https://openrouter.ai', '/api/v1/generation?id=gen-1-Ab_c', 'GET', 'other'],
  );
});

test('what the operator’s own key was billed elsewhere is in it', async () => {
  const { upstream } = answering(generation({ total_cost: 0.05, is_byok: true, upstream_inference_cost: 1 }));
  const bill = createGenerationBills({ upstream }, place, patience);
  assert.equal(await bill(record('gen-1'), never), 1_050_000_000n);
});

test('an answer without a name, or with one that leads elsewhere, is not asked about', () => {
  const { asked, upstream } = answering(generation({ total_cost: 1 }));
  const bill = createGenerationBills({ upstream }, place, patience);
  for (const id of [undefined, '', 'a/b', '../key', 'a&b=c', 'a b', 'x'.repeat(201)])
    assert.equal(bill(record(id), never), undefined, id);
  assert.equal(asked.length, 0);
});

test('a patience that is over, and a settlement that waits no longer, end it without a bill', async () => {
  const { asked, upstream } = answering([404, '']);
  const bill = createGenerationBills({ upstream }, place, { withinMs: 60, firstWaitMs: 1 });
  assert.equal(await bill(record('gen-1'), never), undefined);
  assert.ok(asked.length > 1);
  const outer = new AbortController();
  const patient = createGenerationBills({ upstream }, place, { withinMs: 60_000, firstWaitMs: 60_000 });
  const waiting = patient(record('gen-1'), outer.signal);
  outer.abort();
  assert.equal(await waiting, undefined);
});

test('a key that may not ask is told once, and not tried again', async () => {
  const { asked, upstream } = answering([401, '{"error":{"message":"No auth"}}']);
  const bill = createGenerationBills({ upstream }, place, patience);
  await assert.rejects(Promise.resolve(bill(record('gen-1'), never)), /answered 401/);
  assert.equal(asked.length, 1);
});

test('no more than so many are waited for at once', async () => {
  const { upstream } = answering([404, '']);
  const outer = new AbortController();
  const bill = createGenerationBills({ upstream }, place, { withinMs: 60_000, firstWaitMs: 60_000 });
  const waiting = Array.from({ length: 200 }, () => bill(record('gen-1'), outer.signal));
  assert.equal(waiting.filter((one) => one !== undefined).length, 64);
  outer.abort();
  for (const one of waiting) await one;
  const later = createGenerationBills({ upstream: answering(generation({ total_cost: 1 })).upstream }, place, patience);
  for (let turn = 0; turn < 70; turn += 1) assert.equal(await later(record('gen-1'), never), 1_000_000_000n);
});
