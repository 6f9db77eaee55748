import type { Capabilities } from './dialect.ts';
import { coreErrors } from './errors.ts';
import type { Gateway } from './plugin.ts';
import type { Attempt, Provider } from './provider.ts';
import type { HeaderMap, Reply } from './reply.ts';
import type { Secret } from './secret.ts';
import { privateHostOf } from './upstream/address-guard.ts';
import type { Timeouts, UpstreamRequest } from './upstream/upstream.ts';

/** A place on HTTP that is asked in one or more dialects. */
export interface HttpProviderOptions {
  readonly name: string;
  /** `https://api.example.com/v1`: what a dialect's path is put behind. Only the operator chooses it. */
  readonly baseUrl: string;
  /** The one to translate to first. */
  readonly dialects: readonly string[];
  /** By name, in the order of their use; none for a place that asks for none. */
  readonly credentials: Readonly<Record<string, Secret>>;
  /** Where the credential goes; by default `authorization: Bearer …`. */
  readonly credentialHeader?: { readonly header: string; readonly prefix?: string };
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Header names that dialects or clients may send to this place, beside core's allow-list. */
  readonly own?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
  readonly allowPrivate?: readonly string[];
  readonly capabilities?: (model: string) => Capabilities;
  readonly serves?: Provider['serves'];
  readonly dialectFor?: Provider['dialectFor'];
  readonly readError?: Provider['readError'];
  readonly bill?: Provider['bill'];
  readonly models?: readonly string[];
  readonly exposes?: readonly string[];
  /** The request as it really goes out, where it is not the attempt's as it stands: another path, a signature, a token that is fetched. */
  readonly prepare?: (request: UpstreamRequest, attempt: Attempt) => UpstreamRequest | Promise<UpstreamRequest>;
}

/** A provider that puts an attempt's bytes on HTTP as they are, with one credential in one header. */
export function createHttpProvider(gateway: Gateway, options: HttpProviderOptions): Provider {
  const { origin, pathname } = new URL(options.baseUrl);
  const base = pathname.replace(/\/+$/, '');
  const allowPrivate = [...privateHostOf(origin), ...(options.allowPrivate ?? [])];
  const { name, credentialHeader = { header: 'authorization', prefix: 'Bearer ' } } = options;
  const credentials = new Map(Object.entries(options.credentials));
  const always = Object.entries(options.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value] as const);
  const own = [...(options.own ?? []), ...always.map(([header]) => header)];

  const requestOf = (attempt: Attempt): UpstreamRequest => {
    const secret = credentialFor(name, credentials, attempt.target.credential);
    const headers = always.length === 0 ? attempt.headers : new Map([...attempt.headers, ...always]);
    return {
      provider: name,
      origin,
      path: base + attempt.path,
      method: attempt.method,
      headers,
      own,
      body: attempt.body,
      signal: attempt.signal,
      allowPrivate,
      ...(options.timeouts === undefined ? {} : { timeouts: options.timeouts }),
      ...(secret === undefined ? {} : { credential: { ...credentialHeader, secret } }),
    };
  };

  return {
    name,
    dialects: options.dialects,
    credentials: [...credentials.keys()],
    capabilities: options.capabilities ?? (() => ({})),
    async call(attempt): Promise<Reply> {
      const request = requestOf(attempt);
      const { status, headers, bytes } = await gateway.upstream(
        options.prepare === undefined ? request : await options.prepare(request, attempt),
      );
      return { status, headers, dialect: attempt.dialect, streamed: isStream(headers, attempt.streamed), bytes };
    },
    ...optional(options),
  };
}

/** The credential of that name, or the first; a place without credentials is asked without. */
function credentialFor(
  provider: string,
  credentials: ReadonlyMap<string, Secret>,
  name: string | undefined,
): Secret | undefined {
  if (name === undefined) return credentials.values().next().value;
  const secret = credentials.get(name);
  if (secret === undefined) throw coreErrors.UPSTREAM_CREDENTIAL({ provider });
  return secret;
}

/** Content types lie: what is neither a document nor a stream by name is what was asked for. */
function isStream(headers: HeaderMap, asked: boolean): boolean {
  const type = headers.get('content-type') ?? '';
  if (type.includes('event-stream') || type.includes('ndjson')) return true;
  return !type.includes('json') && !type.startsWith('text/html') && asked;
}

function optional(options: HttpProviderOptions): Partial<Provider> {
  const { serves, dialectFor, readError, bill, models, exposes } = options;
  return Object.fromEntries(
    Object.entries({ serves, dialectFor, readError, bill, models, exposes }).filter(([, value]) => value !== undefined),
  );
}
