import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicMessages } from '@tapgate/anthropic';
import { bedrockConverse } from '@tapgate/bedrock';
import { cohereChat } from '@tapgate/cohere';
import { collectBytes, createGateway, createHttpProvider, definePlugin, type Dialect } from '@tapgate/core';
import { googleGenerate } from '@tapgate/google';
import { openaiChat, openaiResponses } from '@tapgate/openai';
import { fakeUpstream, type Fixture, fixtures, fixturesFolder, noFixtures, replay } from '@tapgate/test-kit';
import { pino } from 'pino';
import catalogue from './index.ts';
import type { Model, TokenPrices } from './model.ts';
import { vendors } from './models/index.ts';
import { PriceList } from './price-list.ts';
import { type Counted, countedIn } from './recorded-usage.test.ts';

const skip = fixturesFolder() === undefined ? noFixtures : false;
const dialects: readonly Dialect[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  googleGenerate,
  bedrockConverse,
  cohereChat,
];

/** The lists' names for the recordings' providers, where they differ. */
const vendorNames: Readonly<Record<string, string>> = { gemini: 'google', azure: 'azure-openai' };

/** A client of a dialect that asks for a stream or for a whole answer. */
function request(dialect: string, stream: boolean): { readonly path: string; readonly body: object } {
  const turn = [{ role: 'user', content: 'Hi' }];
  switch (dialect) {
    case 'openai-responses':
      return { path: '/v1/responses', body: { model: 'smart', input: 'Hi', stream } };
    case 'anthropic-messages':
      return { path: '/v1/messages', body: { model: 'smart', messages: turn, max_tokens: 9, stream } };
    case 'google-generate':
      return {
        path: `/v1beta/models/smart:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
        body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      };
    case 'cohere-chat':
      return { path: '/v2/chat', body: { model: 'smart', messages: turn, stream } };
    default:
      return { path: '/v1/chat/completions', body: { model: 'smart', messages: turn, stream } };
  }
}

/** Clients of its own dialect and of two others, each streamed and whole. */
function lanesOf({ dialect, entry }: Fixture): readonly (readonly [client: string, stream: boolean])[] {
  const clients = new Set([
    dialect === 'bedrock-converse' ? 'cohere-chat' : dialect,
    'openai-chat',
    'anthropic-messages',
  ]);
  // Bedrock's event stream has a path of its own, and is never the answer where a whole one is asked for.
  const ways = entry.framing === 'aws-eventstream' ? [true] : [true, false];
  return [...clients].flatMap((client) => ways.map((stream) => [client, stream] as const));
}

/** What a recorded answer costs in each lane, by the lane's name. */
async function costs(
  fixture: Fixture,
  model: string,
  vendor: string,
): Promise<Readonly<Record<string, bigint | null>>> {
  await using upstream = await fakeUpstream(replay(fixture, { chunkSize: 4096 }));
  const targets = [{ provider: 'recorded', model }];
  const config = { models: { smart: { targets, unsupported: 'drop' as const } } };
  const gateway = createGateway(config, { log: pino({ level: 'silent' }) });
  const recorded = definePlugin({
    name: 'recorded',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      for (const dialect of dialects) to.dialect(dialect);
      const place = { name: 'recorded', baseUrl: upstream.url, dialects: [fixture.dialect], credentials: {}, vendor };
      to.provider(createHttpProvider(to, place));
    },
  });
  gateway.use(recorded, {}).use(catalogue, {});
  const found: Record<string, bigint | null> = {};
  for (const [client, stream] of lanesOf(fixture)) {
    const { path, body } = request(client, stream);
    const handled = await gateway.handle({ dialect: client, path, body: Buffer.from(JSON.stringify(body)) });
    await collectBytes(handled.bytes);
    const { costNanos, outcome } = await handled.settled;
    found[`${client}, ${stream ? 'streamed' : 'whole'}: ${outcome}`] = costNanos;
  }
  await gateway.close();
  return found;
}

/** A fraction of dollars. */
type Fraction = readonly [over: bigint, under: bigint];

function fraction(decimal: string): Fraction {
  const [whole = '', places = ''] = decimal.split('.');
  return [BigInt(whole + places), 10n ** BigInt(places.length)];
}

const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];

/** To the nearest billionth, halves upwards. */
const nanosOf = ([over, under]: Fraction): bigint => (over * 2n * 1_000_000_000n + under) / (2n * under);

const lists = new Map(vendors.map((vendor) => [vendor.name, new PriceList(vendor)]));

/** What the vendors' pages ask for a thousand calls, or for a thousand requests with any. */
function fee(vendor: string, model: string, call: string, count: number): Fraction | null {
  if (vendor === 'anthropic') return times(fraction('0.01'), [BigInt(count), 1n]);
  if (call === 'web_search_call' && vendor === 'openai') return times(fraction('0.01'), [BigInt(count), 1n]);
  if (call === 'file_search_call' && vendor === 'openai') return times(fraction('0.0025'), [BigInt(count), 1n]);
  if (call === 'web_search_call' && vendor === 'xai') return times(fraction('0.005'), [BigInt(count), 1n]);
  if (call !== 'googleSearch') return null;
  return model.startsWith('gemini-2') ? fraction('0.035') : times(fraction('0.014'), [BigInt(count), 1n]);
}

const billedAs: Readonly<Record<string, readonly (keyof TokenPrices)[]>> = {
  inputAudio: ['inputAudio', 'input'],
  cacheReadAudio: ['cacheReadAudio', 'cacheRead'],
  outputAudio: ['outputAudio', 'output'],
  outputImage: ['outputImage', 'output'],
};

/** The list's price in fractions: nothing of the plugin's own arithmetic. Null where the list has no price for a part. */
function expectedNanos(vendor: string, asked: string, counted: Counted): bigint | null {
  if (counted.dollars !== undefined) return BigInt(Math.round(counted.dollars * 1e9));
  const list = lists.get(vendor);
  const model = list?.find(counted.model ?? asked) ?? list?.find(asked);
  if (list === undefined || model === undefined) return null;
  let dollars: Fraction = [0n, 1n];
  for (const [name, tokens] of Object.entries(counted.tokens)) {
    if (tokens === 0) continue;
    const price = priceOf(model, name, counted.prompt);
    if (price === undefined) return null;
    dollars = plus(dollars, times(fraction(price), [BigInt(tokens), 1_000_000n]));
  }
  if (/flex/i.test(counted.tier ?? '')) {
    if (model.tiers === undefined) return null;
    dollars = times(dollars, [1n, 2n]);
  }
  for (const [call, count] of Object.entries(counted.calls)) {
    const each = count === 0 ? ([0n, 1n] as const) : fee(vendor, model.name, call, count);
    if (each === null) return null;
    dollars = plus(dollars, each);
  }
  // Perplexity's requests, which all of its answers in the recordings are with the least of search.
  if (vendor === 'perplexity') dollars = plus(dollars, fraction('0.005'));
  return nanosOf(dollars);
}

function priceOf({ prices }: Model, bucket: string, prompt: number): string | undefined {
  const long = prices?.above?.findLast(({ tokens }) => prompt > tokens);
  const row = long ?? prices;
  return (billedAs[bucket] ?? [bucket as keyof TokenPrices])
    .map((name) => row?.[name])
    .find((price) => price !== undefined);
}

/** Servers of one's own, and vendors of whom there is no list. */
const nobodySays = new Set(['huggingface', 'hyperbolic', 'lmstudio', 'ollama', 'sglang', 'tgi', 'vllm']);

/** A tier, a model, or a call of a tool whose price nobody has told. */
const unknown = [
  'bedrock/mantle-responses-tool-stream',
  'bedrock/service-tier',
  'groq/compound-web-search',
  'mistral/incremental-tool-stream',
  'openai/chat-web-search',
  'openai/responses-code-interpreter',
];

const wanted = fixtures({ ok: true, whole: true }).filter(
  ({ entry, dialect }) => entry.model !== undefined && dialects.some(({ name }) => name === dialect),
);

// U-01
test(
  'a recorded answer costs what its own counts say, to the billionth, streamed and whole, for every client',
  { skip },
  async () => {
    let priced = 0;
    const without: string[] = [];
    const wrong: string[] = [];
    const compare = async (fixture: Fixture): Promise<void> => {
      const counted = countedIn(fixture.bytes, fixture.dialect);
      if (counted === undefined) return;
      const model = decodeURIComponent(fixture.entry.model ?? '');
      const vendor = vendorNames[fixture.entry.provider] ?? fixture.entry.provider;
      const expected = expectedNanos(vendor, model, counted);
      for (const [lane, costNanos] of Object.entries(await costs(fixture, model, vendor)))
        if (costNanos !== expected) wrong.push(`${fixture.name} for ${lane}: ${costNanos}, not ${expected}`);
      if (expected !== null) priced += 1;
      else without.push(fixture.name);
    };
    for (let at = 0; at < wanted.length; at += 16) await Promise.all(wanted.slice(at, at + 16).map(compare));
    assert.deepEqual(wrong, []);
    assert.deepEqual(without.filter((name) => !nobodySays.has(name.split('/')[0] ?? '')).toSorted(), unknown);
    assert.ok(priced > 150, `only ${priced} have a price`);
  },
);
