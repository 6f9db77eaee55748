import type { HeaderMap } from '@tapgate/core';

/** How long a client says it waits for the first byte, milliseconds; nothing where it does not say. */
export function clientPatienceMs(headers: HeaderMap): number | undefined {
  return positive(headers.get('x-request-timeout-ms'), 1) ?? positive(headers.get('x-stainless-timeout'), 1000);
}

/** The official clients say theirs in whole seconds. */
function positive(text: string | undefined, unitMs: number): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text) * unitMs;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
