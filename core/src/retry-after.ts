import type { HeaderMap } from './reply.ts';

const maxMs = 7 * 24 * 3_600_000;

/**
 * How long an error's headers ask to wait, milliseconds: `retry-after-ms`, else `retry-after` in seconds or as a date,
 * which counts from the answer's own `date`. Nothing where they say nothing that makes sense.
 */
export function retryAfterOf(headers: HeaderMap): number | undefined {
  return inRange(Number(headers.get('retry-after-ms') ?? Number.NaN)) ?? fromRetryAfter(headers);
}

function fromRetryAfter(headers: HeaderMap): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const seconds = Number(value);
  if (!Number.isNaN(seconds)) return inRange(seconds * 1000);
  return inRange(Date.parse(value) - Date.parse(headers.get('date') ?? ''));
}

function inRange(ms: number): number | undefined {
  return ms >= 0 && ms <= maxMs ? ms : undefined;
}
