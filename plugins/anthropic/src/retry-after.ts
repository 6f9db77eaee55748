import type { HeaderMap } from '@tapgate/core';

/** How long an answer asks to wait, in milliseconds: in its own header, in seconds, or as a date measured by its clock. */
export function retryAfterOf(headers: HeaderMap): number | undefined {
  const exact = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (exact >= 0) return Math.round(exact);
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return Math.round(seconds * 1000);
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
