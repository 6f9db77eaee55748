import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fakeUpstream, seeded, type Test } from '@tapgate/test-kit';
import { type OwnServer, ownServer, until } from '../../../plugins/redis/src/own-server.test.ts';
import { asAsked, chat } from './chat.ts';
import { type GatewayProcess, gatewayProcess } from './gateway-process.ts';
import { reserved } from './limit.ts';

const count = 1000;
const atOnce = 30;
const leaseMs = 15_000;

/** How requests end, and how often of a hundred. */
const kinds: readonly (readonly [kind: string, share: number])[] = [
  ['good', 40],
  ['stream', 20],
  ['cut', 10],
  ['stall', 8],
  ['500', 7],
  ['leave', 10],
  ['throw', 5],
];

interface Noted {
  readonly did: 'ask' | 'reserve' | 'refuse' | 'settle' | 'settled';
  readonly id: string;
  readonly spent?: number;
  readonly outcome?: string;
}

/** What became of one reservation: tokens that count for it, and whether it still holds a slot. */
interface Standing {
  readonly tokens: number;
  readonly holds: boolean;
}

/** Whatever becomes of requests and processes, what is counted is what was settled, and no slot is held for longer than its lease. */
export function mixedOutcomes(test: Test): void {
  // B-03, B-04
  test('a thousand requests that end in every way, and a gateway that is killed: counters are what was settled, slots come back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapgate-mixed-'));
    await using server = await ownServer();
    await using upstream = await fakeUpstream(asAsked);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(folder, { recursive: true }));
    const journals = ['a', 'b', 'c'].map((name) => join(folder, `${name}.journal`));
    const start = async (journal: string | undefined): Promise<GatewayProcess> => {
      const env = { REDIS_URL: server.url, FIRST_URL: upstream.url, FIRST_EVENT_MS: '400', LEASE_MS: String(leaseMs) };
      return stack.use(await gatewayProcess({ ...env, TIMEOUT_MS: '3000', JOURNAL: journal ?? '' }));
    };
    const gateways = await Promise.all([start(journals[0]), start(journals[1])]);
    const doomed = gateways[0];
    let killed: Promise<ReadonlyMap<string, Standing>> | undefined;
    await load(gateways, (sent) => {
      if (sent !== count / 2 || doomed === undefined) return;
      killed = doomed.kill().then(() => standings(server, journals[0] ?? ''));
      gateways.shift();
      void start(journals[2]).then((another) => gateways.push(another));
    });
    const ofKilled = await killed;
    assert.ok(ofKilled !== undefined);
    const leaked = [...ofKilled.values()].filter(({ holds }) => holds).length;
    assert.ok(leaked > 0, 'the gateway was killed while nothing was under way');

    const ofAll = (): Standing[] => [
      ...ofKilled.values(),
      ...journals.slice(1).flatMap((journal) => [...settledIn(journal).values()]),
    ];
    await until(() => ofAll().every(({ holds }, at) => !holds || at < ofKilled.size), 'all the others are settled');
    assert.equal(
      await counted(server, 'w:600000:hard:tokens'),
      ofAll().reduce((sum, { tokens }) => sum + tokens, 0),
    );
    assert.equal(await counted(server, 'w:600000:hard:requests'), ofAll().length);
    assert.equal(
      await counted(server, 'c:hard:slots'),
      leaked,
      'what nobody could settle holds its slot, and nothing else does',
    );
    await until(async () => (await counted(server, 'c:hard:slots')) === 0, 'slots come back', leaseMs + 5000);

    const outcomes = new Set(journals.flatMap((journal) => notedIn(journal).map(({ outcome }) => outcome)));
    for (const outcome of ['ok', 'upstream-error', 'upstream-truncated', 'timeout', 'client-left', 'gateway-error'])
      assert.ok(outcomes.has(outcome), `nothing ended as ${outcome}`);
  });
}

async function load(gateways: readonly GatewayProcess[], sending: (number: number) => void): Promise<void> {
  const random = seeded(7);
  const all = kinds.flatMap(([kind, share]) => Array<string>(share).fill(kind));
  let sent = 0;
  const worker = async (): Promise<void> => {
    while (sent < count) {
      sent += 1;
      sending(sent);
      const kind = random.pick(all);
      const gateway = gateways[sent % gateways.length];
      const leaving = new AbortController();
      if (kind === 'leave') setTimeout(() => leaving.abort(), random.integer(25));
      const content = kind === 'leave' ? 'stream' : kind === 'throw' ? 'good' : kind;
      const headers = kind === 'throw' ? { 'x-throw': 'yes' } : {};
      await chat(gateway?.url ?? '', 'hard', content, { headers, signal: leaving.signal }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function notedIn(journal: string): Noted[] {
  const lines = readFileSync(journal, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Noted);
}

/** What a gateway that lives has made of its reservations. */
function settledIn(journal: string): Map<string, Standing> {
  const found = new Map<string, Standing>();
  for (const { did, id, spent } of notedIn(journal)) {
    // Who leaves at once is settled before the answer to the reservation is there.
    if (did === 'reserve' && !found.has(id)) found.set(id, { tokens: Number(reserved), holds: true });
    if (did === 'settle') found.set(id, { tokens: spent ?? 0, holds: true });
    if (did === 'settled') found.set(id, { tokens: found.get(id)?.tokens ?? 0, holds: false });
  }
  return found;
}

/** What a killed gateway has made of them: where its journal breaks off, the server knows whether it was told. */
async function standings(server: OwnServer, journal: string): Promise<ReadonlyMap<string, Standing>> {
  // What was on its way is there by then.
  await wait(200);
  const known = settledIn(journal);
  const noted = notedIn(journal);
  const spent = new Map(
    noted.flatMap(({ did, id, spent: tokens = 0 }) => (did === 'settle' ? [[id, tokens] as const] : [])),
  );
  const ids = new Set(noted.map(({ id }) => id));
  for (const { did, id } of noted) if (did === 'refuse') ids.delete(id);
  for (const id of ids) {
    if (known.get(id)?.holds === false) continue;
    const state = await server.command('EVAL', readState, '1', `faults:r:${id}`);
    if (state === null) known.delete(id);
    else if (state === 1) known.set(id, { tokens: spent.get(id) ?? 0, holds: false });
    else known.set(id, { tokens: Number(reserved), holds: true });
  }
  return known;
}

const readState = `
local packed = redis.call('GET', KEYS[1])
if not packed then return false end
return cmsgpack.unpack(packed)[2]
`;

/** The sum of a counter, with what has left it taken off. */
async function counted(server: OwnServer, key: string): Promise<number> {
  const fields = (await server.command('HGETALL', `faults:${key}`)) as Record<string, string>;
  const now = Date.now();
  return Object.entries(fields).reduce((sum, [at, amount]) => (Number(at) > now ? sum + Number(amount) : sum), 0);
}
