import type { Standing } from '@tapgate/core';
import type { Asked } from './asked.ts';
import type { What } from './limit.ts';

/** How one counter stands, as a client is told. */
interface Told {
  readonly limit: bigint;
  readonly remaining: bigint;
  readonly resetInMs: number;
}

/** A dialect's own words for what is left. */
type Form = (word: string, told: Told) => readonly (readonly [name: string, value: string])[];

const openaiForm: Form = (word, { limit, remaining, resetInMs }) => [
  [`x-ratelimit-limit-${word}`, String(limit)],
  [`x-ratelimit-remaining-${word}`, String(remaining)],
  [`x-ratelimit-reset-${word}`, shortDuration(resetInMs)],
];
const anthropicForm: Form = (word, { limit, remaining, resetInMs }) => [
  [`anthropic-ratelimit-${word}-limit`, String(limit)],
  [`anthropic-ratelimit-${word}-remaining`, String(remaining)],
  [`anthropic-ratelimit-${word}-reset`, new Date(Date.now() + resetInMs).toISOString().replace(/\.\d+Z$/, 'Z')],
];

type Words = Readonly<Partial<Record<What, string>>>;

/** Clients of the one know two kinds, those of the other four; none knows money or concurrency. */
const openaiWords: Words = { requests: 'requests', tokens: 'tokens', inputTokens: 'tokens', outputTokens: 'tokens' };
const anthropicWords: Words = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input-tokens',
  outputTokens: 'output-tokens',
};

/**
 * What is left, in the headers of the client's dialect: of several limits on the same thing the one of which least is left,
 * whichever instance of the plugin it belongs to. `share` keeps that from one to the next.
 */
export function tellStandings(
  headers: Map<string, string>,
  dialect: string,
  { asked, standings }: { readonly asked: readonly Asked[]; readonly standings: readonly Standing[] },
  shares: Map<string, number>,
): void {
  const anthropic = dialect === 'anthropic-messages';
  const words = anthropic ? anthropicWords : openaiWords;
  const form = anthropic ? anthropicForm : openaiForm;
  for (const [at, { amount, claim }] of asked.entries()) {
    const word = words[amount.what];
    const standing = standings[at];
    if (word === undefined || standing === undefined) continue;
    const share = claim.limit === 0n ? 0 : Number(standing.remaining) / Number(claim.limit);
    if (share >= (shares.get(word) ?? Number.POSITIVE_INFINITY)) continue;
    shares.set(word, share);
    const resetInMs = Math.max(0, standing.resetsAt - Date.now());
    const told = { limit: claim.limit, remaining: standing.remaining, resetInMs };
    for (const [name, value] of form(word, told)) headers.set(name, value);
  }
}

/** `750ms`, `12.5s`, `1m30s`, `2h5m0s`, as Go writes it and OpenAI's clients read it. */
export function shortDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = Math.ceil((ms % 60_000) / 100) / 10;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
