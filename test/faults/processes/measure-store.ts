import { parseArgs } from 'node:util';
import type { Claim } from '@tapgate/core';
import { latencies } from './added-latency.ts';
import { measureCost } from './store-cost.ts';
import { backAfterMs, models, phases, playStoreOutage, quantile } from './store-outage.ts';

/**
 * Measures a store that is away, and prints the table of docs/reliability.md:
 * `node --conditions=@tapgate/source test/faults/processes/measure-store.ts [--rate 100] [--phase 10000]`.
 */
const { values } = parseArgs({
  options: { rate: { type: 'string', default: '100' }, phase: { type: 'string', default: '10000' } },
});
const { samples, ended, said } = await playStoreOutage({ rate: Number(values.rate), phaseMs: Number(values.phase) });
console.log(
  '| the store is | limit | requests | served | refused, 503 | half take | 99 of 100 take | last refused after |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const phase of phases) {
  for (const model of models) {
    const of = samples.filter((one) => one.phase === phase && one.model === model);
    const took = of.map(({ tookMs }) => tookMs);
    const [served, refused] = [200, 503].map((status) => of.filter((one) => one.status === status).length);
    const back = backAfterMs(samples, phase, model);
    const cells = [phase, model, of.length, served, refused, `${quantile(took, 0.5).toFixed(1)} ms`];
    console.log(
      `| ${[...cells, `${quantile(took, 0.99).toFixed(1)} ms`, back === 0 ? '' : `${Math.round(back)} ms`].join(' | ')} |`,
    );
  }
}
console.log(`\nProcesses that ended: ${ended}. Lines logged of the store: ${said.length}.`);

const window = (key: string, limit: bigint): Claim => ({ key, amount: 1n, limit, windowMs: 60_000 });
const many = 1_000_000n;
const held: Claim = { key: 'tenant:ann:slots', amount: 1n, limit: many, windowMs: 'concurrent' };
console.log(
  '\n| a reservation of | granted | refused | settled | memory while it is under way | and for a minute after |',
);
console.log('| --- | --- | --- | --- | --- | --- |');
for (const [name, claims] of [
  ['one window', [window('tenant:ann:requests', many)]],
  ['two windows and a slot', [window('tenant:ann:requests', many), window('tenant:ann:tokens', many), held]],
] as const) {
  const cost = await measureCost(name, claims);
  const times = [cost.reserveUs, cost.refuseUs, cost.settleUs].map((us) => `${us.toFixed(0)} µs`);
  console.log(`| ${[name, ...times, `${cost.heldBytes} bytes`, `${cost.settledBytes} bytes`].join(' | ')} |`);
}

console.log('\n| a request | half take | 90 of 100 take |');
console.log('| --- | --- | --- |');
for (const [model, took] of await latencies(['free', 'hard'], 2000)) {
  const name = model === 'free' ? 'without a limit' : 'with two windows and a slot on the store';
  console.log(`| ${name} | ${quantile(took, 0.5).toFixed(2)} ms | ${quantile(took, 0.9).toFixed(2)} ms |`);
}
