import type { Standing } from '@tapgate/core';
import type { Asked } from './asked.ts';
import type { What } from './amount.ts';

/** The headers in which a dialect tells how one thing stands. */
interface Names {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

type Form = Readonly<Partial<Record<What, Names>>>;

const openaiNames = (word: string): Names => ({
  limit: `x-ratelimit-limit-${word}`,
  remaining: `x-ratelimit-remaining-${word}`,
  reset: `x-ratelimit-reset-${word}`,
});
const anthropicNames = (word: string): Names => ({
  limit: `anthropic-ratelimit-${word}-limit`,
  remaining: `anthropic-ratelimit-${word}-remaining`,
  reset: `anthropic-ratelimit-${word}-reset`,
});

const openaiTokens = openaiNames('tokens');
/** Clients of the one know two things, those of the other four; none knows money or concurrency. */
const openai: Form = {
  requests: openaiNames('requests'),
  tokens: openaiTokens,
  inputTokens: openaiTokens,
  outputTokens: openaiTokens,
};
const anthropic: Form = {
  requests: anthropicNames('requests'),
  tokens: anthropicNames('tokens'),
  inputTokens: anthropicNames('input-tokens'),
  outputTokens: anthropicNames('output-tokens'),
};

/**
 * What is left, in the headers of the client's dialect: of several limits on the same thing the one of which least is left,
 * whichever instance of the plugin it belongs to. `shares` keeps that from one to the next.
 */
export function tellStandings(
  headers: Map<string, string>,
  dialect: string,
  { asked, standings }: { readonly asked: readonly Asked[]; readonly standings: readonly Standing[] },
  shares: Map<object, number>,
): void {
  const form = dialect === 'anthropic-messages' ? anthropic : openai;
  for (let at = 0; at < asked.length; at += 1) {
    const { amount, claim } = asked[at] as Asked;
    const names = form[amount.what];
    const standing = standings[at];
    if (names === undefined || standing === undefined) continue;
    const share = claim.limit === 0n ? 0 : Number(standing.remaining) / Number(claim.limit);
    if (share >= (shares.get(names) ?? Number.POSITIVE_INFINITY)) continue;
    shares.set(names, share);
    const resetInMs = Math.max(0, standing.resetsAt - Date.now());
    headers.set(names.limit, String(claim.limit));
    headers.set(names.remaining, String(standing.remaining));
    headers.set(names.reset, form === anthropic ? momentIn(resetInMs) : shortDuration(resetInMs));
  }
}

function momentIn(ms: number): string {
  return new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `750ms`, `12.5s`, `1m30s`, `2h5m0s`, as Go writes it and OpenAI's clients read it. */
export function shortDuration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = Math.ceil((ms % 60_000) / 100) / 10;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`;
}
