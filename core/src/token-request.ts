import type { FreshToken } from './access-tokens.ts';
import { textBody } from './body.ts';
import { coreErrors, GatewayError } from './errors.ts';
import { asNumber, asString, isObject, type JsonObject, parseObject } from './json/json.ts';
import { collectBytes } from './reply.ts';
import { scrubMessage } from './scrub-message.ts';
import { Secret } from './secret.ts';
import type { Timeouts, Upstream } from './upstream/upstream.ts';

const maxBytes = 256 * 1024;
const hourSeconds = 3600;

/** Whose token it is to be, and the way out to the places that give tokens. */
export interface TokenWays {
  /** The provider's name, for errors. */
  readonly provider: string;
  readonly upstream: Upstream;
}

/** A request to a place that gives tokens. Its address is the operator's, or the vendor's own. */
export interface TokenRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly form?: Readonly<Record<string, string | Secret | undefined>>;
  readonly json?: JsonObject;
  /** All of them go out: they are the vendor's own. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly bearer?: Secret;
  readonly signal: AbortSignal;
  readonly allowPrivate?: readonly string[];
  /** As `UpstreamRequest` has it. */
  readonly metadata?: true;
  readonly timeouts?: Partial<Timeouts>;
  /** Statuses beside 429 and the 500s that say nothing of the credential, so that asking again may help. */
  readonly transient?: readonly number[];
}

/** Asks for a token, or for what leads to one. @throws UPSTREAM_TOKEN */
export async function requestToken(ways: TokenWays, request: TokenRequest): Promise<JsonObject> {
  const answer = parseObject(await requestTokenText(ways, request));
  if (answer === undefined) throw tokenRefused(ways, `${new URL(request.url).origin} answered with no JSON object`);
  return answer;
}

/** The answer as it is, for places that give a token and nothing around it. @throws UPSTREAM_TOKEN */
export async function requestTokenText(ways: TokenWays, request: TokenRequest): Promise<string> {
  const { origin, pathname, search } = new URL(request.url);
  const { method = 'POST', form, json, signal, bearer, headers = {}, timeouts, metadata, allowPrivate } = request;
  const body = form === undefined ? json && JSON.stringify(json) : formText(form);
  try {
    const { status, bytes } = await ways.upstream({
      provider: ways.provider,
      origin,
      path: pathname + search,
      method,
      headers: headersOf(request),
      own: Object.keys(headers).map((name) => name.toLowerCase()),
      signal,
      ...(bearer && { credential: { header: 'authorization', prefix: 'Bearer ', secret: bearer } }),
      ...(body !== undefined && { body: textBody(body) }),
      ...(allowPrivate && { allowPrivate }),
      ...(metadata && { metadata }),
      ...(timeouts && { timeouts }),
    });
    const text = Buffer.from(await collectBytes(bytes, maxBytes)).toString('utf8');
    if (status < 400) return text;
    const isTransient = status === 429 || status >= 500 || request.transient?.includes(status) === true;
    throw tokenRefused(ways, `${origin} answered ${status}${saidOf(text)}`, { isTransient });
  } catch (cause) {
    const isOurs = GatewayError.is(cause) && (cause.code === 'UPSTREAM_TOKEN' || !cause.code.startsWith('UPSTREAM_'));
    if (isOurs) throw cause;
    throw tokenRefused(ways, `${origin} could not be asked`, { isTransient: true, cause });
  }
}

/** The token in an answer, as RFC 6749 has it; numbers may be texts, and the end may be told as a time. @throws UPSTREAM_TOKEN */
export function tokenIn(ways: TokenWays, answer: JsonObject, now: number = Date.now()): FreshToken {
  const token = asString(answer['access_token']);
  if (token === undefined || token === '') throw tokenRefused(ways, 'the answer has no "access_token"');
  const left = secondsOf(answer['expires_in']);
  const until = secondsOf(answer['expires_on']);
  const seconds = left ?? (until === undefined ? hourSeconds : Math.max(0, until - now / 1000));
  return { token: new Secret(token), expiresInMs: seconds * 1000 };
}

/**
 * There is no token. The reason is for the log alone: it may quote what the operator keeps to himself. A credential that is
 * refused stays so; what is transient may be asked again.
 */
export function tokenRefused(
  { provider }: TokenWays,
  reason: string,
  { isTransient = false, cause }: { readonly isTransient?: boolean; readonly cause?: unknown } = {},
): GatewayError {
  const kind = isTransient ? 'server' : 'authentication';
  return coreErrors.UPSTREAM_TOKEN({ provider }, { kind, retryable: isTransient, cause: new Error(reason, { cause }) });
}

function headersOf({ form, json, headers = {} }: TokenRequest): ReadonlyMap<string, string> {
  const sent = new Map([['accept', 'application/json']]);
  if (form !== undefined) sent.set('content-type', 'application/x-www-form-urlencoded');
  else if (json !== undefined) sent.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) sent.set(name.toLowerCase(), plain(value));
  return sent;
}

function formText(form: NonNullable<TokenRequest['form']>): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) if (value !== undefined) fields.set(name, plain(value));
  return fields.toString();
}

function plain(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}

function secondsOf(value: unknown): number | undefined {
  const seconds = asNumber(value) ?? Number(asString(value) ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** `invalid_grant: Invalid JWT Signature.` */
function saidOf(text: string): string {
  const answer = parseObject(text) ?? {};
  const nested = isObject(answer['error']) ? answer['error'] : {};
  const words = [
    asString(answer['error']) ?? asString(nested['status']) ?? asString(nested['code']),
    asString(answer['error_description']) ?? asString(nested['message']),
  ];
  const said = words.filter((word) => word !== undefined).join(': ');
  return said === '' ? '' : `, ${scrubMessage(said)}`;
}
