const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How a duration is written: `500ms`, `30s`, `1m`, `12h`, `30d`. */
export const durationPattern = '^[1-9][0-9]{0,8}(ms|s|m|h|d)$';

/** A duration of that form in milliseconds. */
export function millisecondsOf(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)(\D+)$/.exec(duration) ?? [];
  return Number(count) * (units[unit] ?? Number.NaN);
}
