import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttemptRecord,
  collectBytes,
  type Gateway,
  isObject,
  type JsonObject,
  parseObject,
  privateHostOf,
  type Provider,
} from '@tapgate/core';
import { billedNanos } from '@tapgate/openai';
import type { CompatiblePlace } from '@tapgate/openai-compatible';

/** The header that names an answer. @see https://openrouter.ai/docs/api-reference/streaming */
const idHeader = 'x-generation-id';

const maxBytes = 256 * 1024;
/** No more are waited for at once: what is beyond stays without a bill, so that a place in trouble costs no more than this. */
const maxPending = 64;
const firstWaitMs = 500;
const askedWithinMs = 5_000;

/** How long a bill is waited for. */
export interface BillPatience {
  readonly withinMs: number;
  /** Before the first question; each further one waits twice as long. */
  readonly firstWaitMs?: number;
}

/**
 * Asks what an answer was billed, once it has ended without saying so: its client left, or another was faster. The vendor
 * knows some moments later, so it is asked again, ever more rarely, until the patience is over.
 *
 * @see https://openrouter.ai/docs/api-reference/get-a-generation
 */
export function createGenerationBills(
  gateway: Pick<Gateway, 'upstream'>,
  place: CompatiblePlace,
  patience: BillPatience,
): NonNullable<Provider['bill']> {
  let pending = 0;
  return (record, outer) => {
    const id = record.headers?.get(idHeader) ?? '';
    if (!/^[\w-]{1,200}$/.test(id) || pending >= maxPending) return undefined;
    pending += 1;
    const signal = AbortSignal.any([outer, AbortSignal.timeout(patience.withinMs)]);
    return billOf(gateway, place, { record, id, signal, waitMs: patience.firstWaitMs ?? firstWaitMs }).finally(() => {
      pending -= 1;
    });
  };
}

interface Asked {
  readonly record: AttemptRecord;
  readonly id: string;
  readonly signal: AbortSignal;
  readonly waitMs: number;
}

async function billOf(
  gateway: Pick<Gateway, 'upstream'>,
  place: CompatiblePlace,
  asked: Asked,
): Promise<bigint | undefined> {
  const { signal } = asked;
  for (let { waitMs } = asked; !signal.aborted; waitMs *= 2) {
    await wait(waitMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return undefined;
    const said = await ask(gateway, place, asked).catch((error: unknown) => {
      // What is out of reach now may be there at the next question; what is refused stays so.
      if (error instanceof Refused) throw error;
    });
    const billed = said === undefined ? undefined : billIn(said);
    if (billed !== undefined) return billed;
  }
  return undefined;
}

/** The credential may not ask. */
class Refused extends Error {
  override readonly name = 'Refused';
}

async function ask(
  gateway: Pick<Gateway, 'upstream'>,
  { name, baseUrl, credentials }: CompatiblePlace,
  { record, id, signal }: Asked,
): Promise<JsonObject | undefined> {
  const { origin, pathname } = new URL(baseUrl);
  const { credential = Object.keys(credentials)[0] ?? '' } = record.target;
  const secret = credentials[credential];
  const { status, bytes } = await gateway.upstream({
    provider: name,
    origin,
    path: `${pathname.replace(/\/+$/, '')}/generation?id=${id}`,
    method: 'GET',
    headers: new Map([['accept', 'application/json']]),
    ...(secret && { credential: { header: 'authorization', prefix: 'Bearer ', secret } }),
    signal,
    allowPrivate: privateHostOf(origin),
    timeouts: { totalMs: askedWithinMs },
  });
  const text = Buffer.from(await collectBytes(bytes, maxBytes)).toString('utf8');
  if (status === 401 || status === 402 || status === 403) throw new Refused(`its place answered ${status}`);
  return status === 200 ? parseObject(text) : undefined;
}

/** The price, in the words that usage has for it. */
function billIn({ data }: JsonObject): bigint | undefined {
  if (!isObject(data)) return undefined;
  const { total_cost: cost, is_byok, upstream_inference_cost } = data;
  if (cost === undefined || cost === null) return undefined;
  return billedNanos({ cost, is_byok: is_byok ?? false, cost_details: { upstream_inference_cost } });
}
