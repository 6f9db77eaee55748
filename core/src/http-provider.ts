import { AccessTokens, type TokenSource } from './access-tokens.ts';
import type { Capabilities } from './dialect.ts';
import { coreErrors } from './errors.ts';
import type { Gateway } from './plugin.ts';
import type { Attempt, Provider } from './provider.ts';
import type { HeaderMap, NativeReply, Reply } from './reply.ts';
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
  /**
   * By name, in the order of their use; none for a place that asks for none. What a source of tokens gives is kept until
   * shortly before its end, and replaced once where the place no longer takes it.
   */
  readonly credentials: Readonly<Record<string, Secret | TokenSource>>;
  /** Where a secret goes; by default `authorization: Bearer …`, as tokens always do. */
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
  readonly sealRealm?: Provider['sealRealm'];
  readonly models?: readonly string[];
  readonly vendor?: string;
  readonly exposes?: readonly string[];
  /** The request as it really goes out, where it is not the attempt's as it stands: another path, or signed. */
  readonly prepare?: (request: UpstreamRequest, attempt: Attempt) => UpstreamRequest | Promise<UpstreamRequest>;
}

type SecretInHeader = NonNullable<UpstreamRequest['credential']>;

const bearer = { header: 'authorization', prefix: 'Bearer ' } as const;

/** A provider that puts an attempt's bytes on HTTP as they are, with one credential in one header. */
export function createHttpProvider(gateway: Gateway, options: HttpProviderOptions): Provider {
  const { name, credentialHeader = bearer, prepare } = options;
  const requestOf = requestsTo(options);
  const credentials = new Map(
    Object.entries(options.credentials).map(([key, value]) => [key, keptOf(gateway, name, value, credentialHeader)]),
  );

  const send = async (attempt: Attempt, credential: SecretInHeader | undefined): Promise<NativeReply> => {
    if (credential === undefined && attempt.target.credential !== undefined)
      throw coreErrors.UPSTREAM_CREDENTIAL({ provider: name });
    const request = requestOf(attempt, credential);
    const { status, headers, bytes } = await gateway.upstream(
      prepare === undefined ? request : await prepare(request, attempt),
    );
    return { status, headers, dialect: attempt.dialect, streamed: isStream(headers, attempt.streamed), bytes };
  };

  /** Tokens can be taken back before their end: one that is refused is replaced, once. */
  const sendWithToken = async (attempt: Attempt, tokens: AccessTokens): Promise<Reply> => {
    const secret = await tokens.get();
    const reply = await send(attempt, { ...bearer, secret });
    if (reply.status !== 401 || attempt.body.stream !== undefined) return reply;
    tokens.drop(secret);
    reply.bytes.pipe({ data: () => {}, end: () => {}, fail: () => {} }).abort();
    return send(attempt, { ...bearer, secret: await tokens.get() });
  };

  return {
    name,
    dialects: options.dialects,
    credentials: [...credentials.keys()],
    capabilities: options.capabilities ?? (() => ({})),
    /** With the credential of that name, or the first; a place without credentials is asked without. */
    call(attempt): Promise<Reply> {
      const named = attempt.target.credential;
      const credential = named === undefined ? credentials.values().next().value : credentials.get(named);
      return credential instanceof AccessTokens ? sendWithToken(attempt, credential) : send(attempt, credential);
    },
    ...optional(options),
  };
}

/** What an attempt becomes on HTTP. */
function requestsTo(
  options: HttpProviderOptions,
): (attempt: Attempt, credential: SecretInHeader | undefined) => UpstreamRequest {
  const { name: provider, timeouts } = options;
  const { origin, pathname } = new URL(options.baseUrl);
  const base = pathname.replace(/\/+$/, '');
  const allowPrivate = [...privateHostOf(origin), ...(options.allowPrivate ?? [])];
  const always = Object.entries(options.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value] as const);
  const own = [...(options.own ?? []), ...always.map(([header]) => header)];
  return (attempt, credential) => {
    const request: { -readonly [Field in keyof UpstreamRequest]: UpstreamRequest[Field] } = {
      provider,
      origin,
      path: base + attempt.path,
      method: attempt.method,
      headers: always.length === 0 ? attempt.headers : new Map([...attempt.headers, ...always]),
      own,
      body: attempt.body,
      signal: attempt.signal,
      allowPrivate,
    };
    if (timeouts !== undefined) request.timeouts = timeouts;
    if (credential !== undefined) request.credential = credential;
    return request;
  };
}

/** A secret in its header; for a source the tokens that come of it. */
function keptOf(
  gateway: Gateway,
  provider: string,
  credential: Secret | TokenSource,
  header: Omit<SecretInHeader, 'secret'>,
): SecretInHeader | AccessTokens {
  if (typeof credential !== 'function') return { ...header, secret: credential };
  const source: TokenSource = async (signal) => {
    try {
      return await credential(signal);
    } catch (error) {
      // Why there is no token is for the operator alone.
      gateway.log.warn({ provider, reason: reasonOf(error) }, 'no access token');
      throw error;
    }
  };
  return new AccessTokens(source, provider);
}

/** What an error says, and what its causes say. */
function reasonOf(error: unknown): string {
  const said: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) said.push(cause.message);
  return said.length === 0 ? String(error) : said.join(': ');
}

/** Content types lie: what is neither a document nor a stream by name is what was asked for. */
function isStream(headers: HeaderMap, asked: boolean): boolean {
  const type = headers.get('content-type') ?? '';
  if (type.includes('event-stream') || type.includes('ndjson')) return true;
  return !type.includes('json') && !type.startsWith('text/html') && asked;
}

function optional(options: HttpProviderOptions): Partial<Provider> {
  const { serves, dialectFor, sealRealm, readError, bill, models, vendor, exposes } = options;
  return Object.fromEntries(
    Object.entries({ serves, dialectFor, sealRealm, readError, bill, models, vendor, exposes }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
