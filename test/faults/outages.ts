import { parseArgs } from 'node:util';
import { outages, rowOf, tableHead } from './outage.ts';
import { playReal } from './real-outage.ts';
import { simulate } from './simulation.ts';

/**
 * Measures outages of a provider that stands before a healthy one, and prints the tables of docs/reliability.md:
 * `node --conditions=@tapgate/source test/faults/outages.ts [--rate 300] [--only dies] [--patient]`.
 * The simulated ones have the plugin's own numbers. The real ones last eight seconds each, and so open breakers are looked at
 * again after two seconds in place of thirty; `--patient` plays the first of them with thirty.
 */
const { values } = parseArgs({
  options: { rate: { type: 'string', default: '300' }, only: { type: 'string' }, patient: { type: 'boolean' } },
});
const rate = Number(values.rate);
const chosen = <One extends { readonly name: string }>(all: readonly One[]): readonly One[] =>
  all.filter(({ name }) => values.only === undefined || name.startsWith(values.only));

console.log('Simulated, 300 requests a second, ill from second 10 to second 50 of 90:\n');
console.log(tableHead);
for (const outage of chosen(outages(1000))) console.log(rowOf(outage.name, await simulate(outage, 300)));

console.log(`\nReal sockets, ${rate} requests a second, ill from second 1.5 to second 4 of 8:\n`);
console.log(tableHead);
const span = { fromMs: 1500, untilMs: 4000, endMs: 8000 };
// What is under way at a scripted upstream is not broken from outside: that one is simulated only.
for (const outage of chosen(outages(200)).filter(({ mood }) => mood(0) !== 'crashes'))
  console.log(rowOf(outage.name, await playReal(outage, { rate, span, failover: { breaker: { openMs: 2000 } } })));

if (values.patient === true) {
  console.log(
    '\nReal sockets, 50 requests a second, the plugin’s own thirty seconds, ill from second 2 to second 12 of 50:\n',
  );
  console.log(tableHead);
  const long = { fromMs: 2000, untilMs: 12_000, endMs: 50_000 };
  for (const outage of outages(200).slice(0, 1))
    console.log(rowOf(outage.name, await playReal(outage, { rate: 50, span: long, failover: {} })));
}
