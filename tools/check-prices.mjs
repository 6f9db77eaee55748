/** Checks the lists of the catalogue: sorted, dated, with a source, and with prices that can be. Exits 1 with a line for each that is not so. */
import { pathToFileURL } from 'node:url';

/**
 * @typedef {import('../plugins/catalogue/src/model.ts').Vendor} Vendor
 * @typedef {import('../plugins/catalogue/src/model.ts').Model} Model
 * @typedef {import('../plugins/catalogue/src/model.ts').Prices} Prices
 */

const decimal = /^\d{1,9}(?:\.\d{1,9})?$/;
const day = /^20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
/** US dollars per million tokens: the dearest there is costs a third of it. */
const dearest = 2000;

/** What is wrong with the lists, a sentence each; nothing where all is well. @param {readonly Vendor[]} vendors @param {string} today @returns {string[]} */
export function complaints(vendors, today) {
  const names = vendors.map(({ name }) => name);
  return [
    ...unsorted(names).map((name) => `The list "${name}" is not in the order of the alphabet, or there twice.`),
    ...vendors.flatMap((vendor) => ofVendor(vendor, today)),
  ];
}

/** @param {Vendor} vendor @param {string} today */
function ofVendor(vendor, today) {
  const all = vendor.models.flatMap(({ name, also = [] }) => [name, ...also]).map((name) => name.toLowerCase());
  const twice = all.filter((name, at) => all.indexOf(name) !== at);
  return [
    ...unsorted(vendor.models.map(({ name }) => name)).map((name) => `"${name}" is not in the order of the alphabet`),
    ...twice.map((name) => `"${name}" is there twice`),
    ...vendor.models.flatMap((model) => ofModel(model, today).map((wrong) => `"${model.name}" ${wrong}`)),
  ].map((wrong) => `${vendor.name}: ${wrong}.`);
}

/** @param {readonly string[]} names */
function unsorted(names) {
  return names.filter((name, at) => at > 0 && name <= (names[at - 1] ?? ''));
}

/** @param {Model} model @param {string} today @returns {string[]} */
function ofModel(model, today) {
  const {
    source,
    asOf,
    prices,
    changes = [],
    hours = [],
    tiers = {},
    regions = {},
    calls = {},
    requests,
    factor,
  } = model;
  const plain = Object.values(calls).map((price) => (typeof price === 'string' ? price : price.perRequest));
  const factors = [...Object.values(regions), ...(factor === undefined ? [] : [factor])];
  const explicit = Object.values(tiers).flatMap((tier) => ('times' in tier ? [] : [tier]));
  for (const tier of Object.values(tiers)) if ('times' in tier) factors.push(tier.times);
  const told = [prices, ...changes, ...hours].flatMap((one) =>
    one === undefined ? [] : 'prices' in one ? [one.prices] : [one],
  );
  return [
    ...(/^https:\/\/[\w.-]+\/\S*$/.test(source) ? [] : ['has no public address as its source']),
    ...(day.test(asOf) && asOf <= today ? [] : [`was read on "${asOf}", which is no day yet`]),
    ...limits(model),
    ...[...told, ...explicit].flatMap(ofPrices),
    ...[...plain, ...(requests === undefined ? [] : [requests])].filter((price) => !isPrice(price)).map(noPrice),
    ...factors
      .filter((times) => !isPrice(times) || Number(times) < 0.1 || Number(times) > 10)
      .map((times) => `has the factor "${times}"`),
    ...changes.filter(({ from }) => !day.test(from)).map(({ from }) => `changes on "${from}", which is no day`),
    ...unsorted(changes.map(({ from }) => from)).map((from) => `changes on ${from} after a later day`),
    ...hours
      .filter(({ from, until }) => !(from >= 0 && from < until && until <= 24))
      .map(() => 'has hours that are none'),
  ];
}

/** @param {Model} model */
function limits({ contextWindow, maxOutputTokens }) {
  const wrong = [contextWindow, maxOutputTokens].filter(
    (tokens) => tokens !== undefined && !(Number.isInteger(tokens) && tokens > 0),
  );
  if (wrong.length > 0) return ['has a limit that is no number of tokens'];
  return contextWindow !== undefined && maxOutputTokens !== undefined && maxOutputTokens > contextWindow
    ? ['writes more than its context holds']
    : [];
}

/** @param {Prices} prices @returns {string[]} */
function ofPrices({ above = [], ...prices }) {
  const steps = above.map(({ tokens }) => tokens);
  return [
    ...ofTokens(prices),
    ...above.flatMap((long) =>
      ofTokens(Object.fromEntries(Object.entries(long).filter(([name]) => name !== 'tokens'))),
    ),
    ...(steps.some((tokens, at) => at > 0 && tokens <= (steps[at - 1] ?? 0))
      ? ['has its longer prompts out of order']
      : []),
    ...above.filter((long) => Number(long.input) < Number(prices.input)).map(() => 'is cheaper for longer prompts'),
  ];
}

/** @param {import('../plugins/catalogue/src/model.ts').TokenPrices} prices @returns {string[]} */
function ofTokens(prices) {
  const all = Object.values(prices);
  const { input, output, cacheRead, cacheWrite, cacheWrite1h } = prices;
  /** @type {[boolean, string][]} */
  const rules = [
    [Number(cacheRead) > Number(input), 'asks more for what a cache gives than for what is new'],
    [Number(cacheWrite) < Number(input), 'asks less for what is written to a cache than for what is read'],
    [Number(cacheWrite1h) < Number(cacheWrite), 'asks less for an hour in a cache than for minutes'],
    [Number(output) < Number(input) / 2, 'asks much less for what is written than for what is read'],
  ];
  return [
    ...all.filter((price) => !isPrice(price) || Number(price) > dearest).map(noPrice),
    ...rules.flatMap(([broken, what]) => (broken ? [what] : [])),
  ];
}

/** @param {string | undefined} price */
function isPrice(price) {
  return price !== undefined && decimal.test(price);
}

/** @param {string | undefined} price */
function noPrice(price) {
  return `has the price "${price}"`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { vendors } = await import('../plugins/catalogue/src/models/index.ts');
  const found = complaints(vendors, new Date().toISOString().slice(0, 10));
  for (const line of found) console.error(line);
  if (found.length > 0) process.exitCode = 1;
}
