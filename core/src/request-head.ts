import type { HeaderMap } from './reply.ts';
import { Secret } from './secret.ts';

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

/** A request's head, its credential taken apart from what may be seen. */
export interface RequestHead {
  readonly headers: HeaderMap;
  readonly credential: Secret | undefined;
  readonly query: string;
}

/** Takes the credential from wherever a client put it: a header, or `?key=`. `fields` are names and values in turn, as they came. */
export function requestHead(fields: readonly string[], query: string): RequestHead {
  const headers = new Map<string, string>();
  let credential: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]?.toLowerCase() ?? '';
    const value = fields[at + 1] ?? '';
    if (!neverShown.has(name)) add(headers, name, value);
    else if (credential === undefined && value !== '' && isCredential(name))
      credential = value.replace(/^(?:bearer|basic)\s+/i, '');
  }
  if (!query.includes('key=')) return { headers, credential: secret(credential), query };
  credential ??= new URLSearchParams(query).get('key') ?? undefined;
  return { headers, credential: secret(credential), query: withoutKey(query) };
}

/** A header said twice has its values joined by commas, as HTTP means it. */
function add(headers: Map<string, string>, name: string, value: string): void {
  const known = headers.get(name);
  headers.set(name, known === undefined ? value : `${known}, ${value}`);
}

function isCredential(name: string): boolean {
  return (credentialHeaders as readonly string[]).includes(name);
}

function secret(value: string | undefined): Secret | undefined {
  return value === undefined || value === '' ? undefined : new Secret(value);
}

function withoutKey(query: string): string {
  return query
    .split('&')
    .filter((pair) => !pair.startsWith('key='))
    .join('&');
}

/** The headers that may name a session, the operator's own first. */
export function sessionHeadersWith(configured: readonly string[]): readonly string[] {
  return [...configured, ...sessionHeaders];
}

/** The session a client names in a header, cut to what a key may be. */
export function sessionOf(headers: HeaderMap, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers.get(name);
    if (value !== undefined && value !== '') return value.slice(0, 256);
  }
  return undefined;
}
