import type { HeaderMap } from '@tapgate/core';

/** What a provider counts. */
export type Kind = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';

/** One of a provider's own limits, as its reply tells it. */
export interface Seen {
  /** Two limits of one kind have two names: a minute's and a day's. */
  readonly name: string;
  readonly kind: Kind;
  readonly remaining: number;
  readonly limit: number | undefined;
  /** Until all of it is there again. */
  readonly resetInMs: number;
  /** It comes back little by little until then, and not all at once. */
  readonly refills: boolean;
}

const minuteMs = 60_000;
const periodMs: Readonly<Record<string, number>> = {
  second: 1000,
  minute: minuteMs,
  hour: 3_600_000,
  day: 86_400_000,
  month: 2_592_000_000,
};
/** No honest reset is further away; what is, is garbage, or a moment of a clock that goes wrong. */
const farthestMs = periodMs['month'] ?? 0;

/**
 * A provider's limits from the headers of any of its replies, whoever the vendor is. What makes no sense says nothing.
 *
 * - `x-ratelimit-{limit,remaining,reset}-{requests,tokens,tokens-prompt,…}[-minute|-day]`: OpenAI, Azure, Groq, Fireworks, Cerebras, Mistral
 * - `x-ratelimit-{limit,remaining,reset}`: Together, OpenRouter
 * - `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`
 * - `ratelimitbysize-{limit,remaining,reset}`, `x-ratelimitbysize-{limit,remaining}-{minute,month}`: Mistral
 * - `ratelimit-{limit,remaining,reset}` and `ratelimit: "name";r=9;t=30`: the IETF's draft, as Hugging Face sends it
 */
export function limitsIn(headers: HeaderMap, now: number): readonly Seen[] {
  const seen: Seen[] = [];
  // A moment is one of the provider's clock, which need not go with ours.
  const told = (): number => Date.parse(headers.get('date') ?? '') || now;
  for (const [name, value] of headers) {
    // One look at the name for each header of each reply.
    if (!name.includes('ratelimit')) continue;
    const found = form(name);
    if (found !== undefined) add(seen, found, value, headers, told);
    else if (name === 'ratelimit') seen.push(...draft(value, headers.get('ratelimit-policy')));
  }
  return seen;
}

/** A header that says how much is left, and the names of those that say of how much, and until when. */
interface Form {
  readonly name: string;
  readonly kind: Kind;
  readonly limit: string;
  readonly reset: string;
  readonly refills: boolean;
  readonly periodMs: number | undefined;
}

/** Names recur with every reply, and are few; who makes up others is not remembered. */
const forms = new Map<string, Form | undefined>();
const maxForms = 200;

function form(header: string): Form | undefined {
  if (forms.has(header)) return forms.get(header);
  const found = parseForm(header);
  if (forms.size < maxForms) forms.set(header, found);
  return found;
}

const openai =
  /^x-ratelimit-remaining(?:-(requests|req|tokens|tokens-prompt|tokens-generated))?(?:-(second|minute|hour|day|month))?$/;
const anthropic = /^anthropic-ratelimit-(requests|tokens|input-tokens|output-tokens)-remaining$/;
const bySize = /^(x-)?ratelimitbysize-remaining(?:-(minute|month))?$/;

const kinds: Readonly<Record<string, Kind>> = {
  requests: 'requests',
  req: 'requests',
  tokens: 'tokens',
  'tokens-prompt': 'inputTokens',
  'tokens-generated': 'outputTokens',
  'input-tokens': 'inputTokens',
  'output-tokens': 'outputTokens',
};

function parseForm(header: string): Form | undefined {
  const swapped = (word: string): string => header.replace('remaining', word);
  const made = (kind: Kind, refills: boolean, period?: string): Form => ({
    name: header.replace(/-?remaining/, ''),
    kind,
    limit: swapped('limit'),
    reset: swapped('reset'),
    refills,
    periodMs: period === undefined ? undefined : periodMs[period],
  });
  const [like, what, period] = openai.exec(header) ?? [];
  if (like !== undefined) return made(kinds[what ?? 'requests'] ?? 'requests', what !== undefined, period);
  const [its, kind = ''] = anthropic.exec(header) ?? [];
  if (its !== undefined) return made(kinds[kind] ?? 'tokens', true);
  const [sized, , span = 'minute'] = bySize.exec(header) ?? [];
  if (sized !== undefined) return made('tokens', false, span);
  return header === 'ratelimit-remaining' ? made('requests', false) : undefined;
}

function add(seen: Seen[], found: Form, value: string, headers: HeaderMap, now: () => number): void {
  const remaining = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(remaining)) return;
  const limit = Number(headers.get(found.limit) ?? Number.NaN);
  const { name, kind, refills } = found;
  seen.push({
    name,
    kind,
    refills,
    remaining: Math.max(0, remaining),
    limit: Number.isFinite(limit) && limit > 0 ? limit : undefined,
    resetInMs: resetIn(headers.get(found.reset), now()) ?? found.periodMs ?? minuteMs,
  });
}

/** `"default";r=50;t=30`, with the policy's `q` for the limit. */
function draft(value: string, policy: string | undefined): readonly Seen[] {
  const [, remaining] = /;\s*r=(\d+)/.exec(value) ?? [];
  if (remaining === undefined) return [];
  const [, seconds = '60'] = /;\s*t=(\d+)/.exec(value) ?? [];
  const [, limit] = /;\s*q=(\d+)/.exec(policy ?? '') ?? [];
  const resetInMs = Number(seconds) * 1000;
  if (resetInMs > farthestMs) return [];
  return [
    {
      name: 'ratelimit',
      kind: 'requests',
      refills: false,
      remaining: Number(remaining),
      limit: limit === undefined ? undefined : Number(limit),
      resetInMs,
    },
  ];
}

const duration = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
/** Numbers as large as these are moments in milliseconds, or in seconds, since 1970. */
const leastMoment = 1e12;
const leastSecondsMoment = 1e9;

/** How long a reset is away: a duration, seconds, or a moment. Nothing where it says none that can be. */
export function resetIn(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  const ms = /^\d+(\.\d+)?$/.test(text) ? numeric(Number(text), now) : (spelled(text) ?? moment(text) - now);
  if (Number.isNaN(ms) || ms > farthestMs) return undefined;
  return Math.max(0, ms);
}

function numeric(value: number, now: number): number {
  if (value >= leastMoment) return value - now;
  return value >= leastSecondsMoment ? value * 1000 - now : value * 1000;
}

/** RFC 3339, or the date of HTTP; what else a date may look like is none of these. */
function moment(text: string): number {
  return /^(\d{4}-\d\d-\d\dT|[A-Z][a-z]{2}, )/.test(text) ? Date.parse(text) : Number.NaN;
}

function spelled(text: string): number | undefined {
  const [whole, ...amounts] = duration.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const [days, hours, minutes, seconds, ms] = amounts.map((amount) => Number(amount ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * minuteMs + (seconds ?? 0) * 1000 + (ms ?? 0);
}
