import type { IncomingMessage } from 'node:http';
import type { HeaderMap } from '../reply.ts';
import { Secret } from '../secret.ts';

/** Where clients put their credential; none of these is ever forwarded or shown to a plugin as a header. */
const credentialHeaders = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'] as const;
const neverShown: ReadonlySet<string> = new Set([...credentialHeaders, 'cookie', 'proxy-authorization']);

/** Headers by which well-known clients group their requests: for affinity, never for authorisation. */
const sessionHeaders = [
  'x-claude-code-session-id',
  'session-id',
  'thread-id',
  'session_id',
  'x-session-id',
  'x-openwebui-chat-id',
];

/** A request's headers without credentials. A header said twice has its values joined by commas, as HTTP means it. */
export function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new Map<string, string>();
  const { rawHeaders } = request;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    const value = rawHeaders[at + 1] ?? '';
    if (neverShown.has(name)) continue;
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return headers;
}

/** The client's credential from wherever it put it: a header, or `?key=`. */
export function credentialOf(request: IncomingMessage, query: string): Secret | undefined {
  for (const name of credentialHeaders) {
    const value = request.headers[name];
    const given = Array.isArray(value) ? value[0] : value;
    if (given === undefined || given === '') continue;
    return new Secret(name === 'authorization' ? given.replace(/^(?:bearer|basic)\s+/i, '') : given);
  }
  const key = query === '' ? null : new URLSearchParams(query).get('key');
  return key === null || key === '' ? undefined : new Secret(key);
}

/** The query without a credential in it. */
export function queryWithoutKey(query: string): string {
  if (!query.includes('key=')) return query;
  return query
    .split('&')
    .filter((pair) => !pair.startsWith('key='))
    .join('&');
}

/** The session a client names in a header, cut to what a key may be. */
export function sessionOf(headers: HeaderMap, configured: readonly string[]): string | undefined {
  for (const name of [...configured, ...sessionHeaders]) {
    const value = headers.get(name);
    if (value !== undefined && value !== '') return value.slice(0, 256);
  }
  return undefined;
}
