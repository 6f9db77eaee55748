import { type Crowd, type Guard, playCrowds, refusalCost } from './overload.ts';

/**
 * Measures crowds before an upstream of a known capacity, and prints the table of docs/reliability.md:
 * `node --conditions=@tapgate/source test/faults/overloads.ts`. It takes four minutes.
 */
const round = (ms: number): string => ms.toFixed(ms < 10 ? 1 : 0);

function rowOf(guard: Guard, { times, requests, goodput, refused, left, firstMs, ...of }: Crowd): string {
  const refusals = refused === 0 ? '–' : `${round(of.refusedMs.p50)} / ${round(of.refusedMs.p99)} ms`;
  const within = refused === 0 ? '–' : `${round(of.refusedWithinMs.p50)} / ${round(of.refusedWithinMs.p99)} ms`;
  const first = `${round(firstMs.p50)} / ${round(firstMs.p99)} ms`;
  return `| ${guard} | ${times} × | ${requests} | ${goodput.toFixed(1)} | ${refused} | ${left} | ${first} | ${refusals} | ${within} |`;
}

console.log(
  '| guarded by | crowd | requests | good a second | refused | left | first token, p50 / p99 | refusal, p50 / p99 | of it in the gateway |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const guard of ['nothing', 'load-shedding', 'load-shedding and queue'] as const) {
  for (const crowd of await playCrowds(guard, [
    [0.5, 8],
    [1, 13],
    [5, 33],
    [0.5, 8],
  ]))
    console.log(rowOf(guard, crowd));
}

const { usEach, requests } = await refusalCost();
console.log(`\nA refusal by itself, without a socket: ${usEach.toFixed(0)} µs of one core, over ${requests} of them.`);
