import { readFileSync } from 'node:fs';
import { coreErrors } from '../errors.ts';
import type { HeaderMap } from '../reply.ts';
import type { UpstreamRequest } from './upstream.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** What may go out whoever the provider is. The trace headers are those of a plugin: a client's own never get this far. */
const outgoing: ReadonlySet<string> = new Set(['accept', 'content-type', 'traceparent', 'tracestate']);

/** Of one connection, or set here: what nobody may name. */
const reserved: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** What a client may see of an answer, whoever gave it. */
const shown: readonly string[] = ['x-request-id', 'request-id'];
const shownOfErrors: readonly string[] = ['retry-after', 'retry-after-ms'];

const writable = /^[\t\x20-\x7e]*$/;

/** How many gateways a request may have passed before it is taken for a loop. */
const maxHops = 3;

/**
 * The headers of a call, names and values in turn: what is on core's list or the provider's own, the credential, and ours.
 * Throws `INTERNAL` for a value that a header cannot hold, such as one with a line break.
 */
export function requestHeaders(request: UpstreamRequest, id: string): string[] {
  const { headers, own, credential } = request;
  const fields: string[] = ['accept-encoding', 'identity', 'via', viaOf(headers, id)];
  const credentialHeader = credential?.header?.toLowerCase();
  let named = false;
  for (const [name, value] of headers) {
    if (name === credentialHeader || !(outgoing.has(name) || own?.includes(name)) || reserved.has(name)) continue;
    named ||= name === 'user-agent';
    fields.push(name, checked(name, value));
  }
  if (!named) fields.push('user-agent', `tapgate/${version}`);
  if (credential && credentialHeader !== undefined)
    fields.push(credentialHeader, checked(credentialHeader, `${credential.prefix ?? ''}${credential.secret.reveal()}`));
  return fields;
}

/**
 * What a client may see of an answer's headers: request ids, when to try again where the status is an error's, and what the
 * provider `exposes`. Never a cookie, a header of the connection, or anything that names the operator's account unasked.
 */
export function clientHeaders(headers: HeaderMap, exposes: readonly string[] = [], status = 200): Map<string, string> {
  const seen = new Map<string, string>();
  const show = (name: string): void => {
    const value = headers.get(name);
    if (value !== undefined && !reserved.has(name)) seen.set(name, value);
  };
  for (const name of shown) show(name);
  if (status < 200 || status > 299) for (const name of shownOfErrors) show(name);
  for (const name of exposes) show(name.toLowerCase());
  return seen;
}

/** Whether a request has been through the gateway of that id, or through so many gateways that it goes in circles. */
export function passedThrough(headers: HeaderMap, id: string): boolean {
  const hops = hopsIn(headers);
  return hops.length >= maxHops || hops.some((hop) => hop === `1.1 tapgate-${id}`);
}

/** Gateways only: which other proxies a request has passed is nobody's business upstream. */
function hopsIn(headers: HeaderMap): readonly string[] {
  const via = headers.get('via');
  if (via === undefined) return [];
  return via
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => /^1\.1 tapgate-[\w-]{1,64}$/.test(hop));
}

function viaOf(headers: HeaderMap, id: string): string {
  return headers.has('via') ? [...hopsIn(headers), `1.1 tapgate-${id}`].join(', ') : `1.1 tapgate-${id}`;
}

/** The value is named in no error: it may be the credential. */
function checked(name: string, value: string): string {
  if (typeof value === 'string' && writable.test(value)) return value;
  throw coreErrors.INTERNAL({}, { cause: new TypeError(`The header "${name}" has a value that no header can hold.`) });
}
