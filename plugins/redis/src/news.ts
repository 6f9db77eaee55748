import { literally } from './glob.ts';

/** What happened to a value. */
export interface News {
  /** Set, and told with it; set, and too large to be told; deleted. */
  readonly what: 'small' | 'large' | 'deleted';
  readonly key: string;
  readonly value: Buffer;
}

const kinds = { s: 'small', l: 'large', d: 'deleted' } as const;

/** Where a value's news are told: one channel for all keys that are alike up to their first colon, so that a process hears only of what it watches. */
export function channelOf(prefix: string, key: string): string {
  const [segment = ''] = key.split(':', 1);
  return `${prefix}n:${segment}`;
}

/** What the news of a key begin with, after the letter for what happened. */
export function headOf(key: string): string {
  return `${Buffer.byteLength(key)}:${key}`;
}

/** Reads news. */
export function readNews(message: Buffer): News {
  const what = kinds[message.toString('latin1', 0, 1) as keyof typeof kinds];
  const colon = message.indexOf(':');
  const end = colon + 1 + Number(message.toString('latin1', 1, colon));
  return { what, key: message.toString('utf8', colon + 1, end), value: message.subarray(end) };
}

/** Where all news of keys below a prefix are told: a channel, or a pattern of channels where the prefix has no colon. */
export function channelsOf(prefix: string, watched: string): { readonly name: string; readonly pattern: boolean } {
  if (watched.includes(':')) return { name: channelOf(prefix, watched), pattern: false };
  return { name: `${literally(`${prefix}n:${watched}`)}*`, pattern: true };
}
