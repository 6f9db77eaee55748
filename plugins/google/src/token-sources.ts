import { readFile } from 'node:fs/promises';
import {
  asNumber,
  asString,
  collectBytes,
  GatewayError,
  isObject,
  readJson,
  scrubMessage,
  Secret,
  textBody,
  type JsonObject,
  type Upstream,
} from '@tapgate/core';
import { importPKCS8, SignJWT } from 'jose';
import type { FreshToken, TokenSource } from './access-tokens.ts';
import { errors } from './errors.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const googleTokenUrl = 'https://oauth2.googleapis.com/token';
const stsTokenUrl = 'https://sts.googleapis.com/v1/token';
const grantType = 'urn:ietf:params:oauth:grant-type:';
const tokenType = 'urn:ietf:params:oauth:token-type:access_token';
const maxBytes = 256 * 1024;
const hourSeconds = 3600;

/** Where credentials come from, and the way out to the places that turn them into tokens. */
export interface TokenWays {
  /** The provider's name, for errors. */
  readonly provider: string;
  readonly upstream: Upstream;
  readonly allowPrivate?: readonly string[];
}

/** A request for a token. All addresses here are the operator's, or the vendor's own. */
interface TokenRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly form?: Readonly<Record<string, string | undefined>>;
  readonly json?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bearer?: Secret;
  readonly signal: AbortSignal;
}

/**
 * A source of tokens from what Google Cloud calls application default credentials: the JSON of a service account, of a
 * user, or of an identity of another cloud. `load` gives it anew for each token, so that a rotated file is read again.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 * @throws GOOGLE_TOKEN, from the source
 */
export function credentialsSource(ways: TokenWays, load: () => Promise<string>): TokenSource {
  return async (signal) => {
    const credentials = await loaded(ways, load);
    switch (credentials['type']) {
      case 'service_account':
        return fromServiceAccount(ways, credentials, signal);
      case 'authorized_user':
        return fromUser(ways, credentials, signal);
      case 'external_account':
        return fromExternalAccount(ways, credentials, signal);
      default:
        throw refused(ways, `credentials of the type "${asString(credentials['type'])}" are not known here`);
    }
  };
}

/** A source of tokens from a metadata server, or from what stands before one. @see https://cloud.google.com/compute/docs/metadata/overview */
export function metadataSource(ways: TokenWays, origin: string): TokenSource {
  const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', origin).href;
  return async (signal) =>
    tokenOf(ways, await ask(ways, { url, method: 'GET', headers: { 'metadata-flavor': 'Google' }, signal }));
}

async function loaded(ways: TokenWays, load: () => Promise<string>): Promise<JsonObject> {
  try {
    const value = readJson(await load());
    if (isObject(value)) return value;
  } catch (cause) {
    throw refused(ways, 'its credentials cannot be read', cause);
  }
  throw refused(ways, 'its credentials are not a JSON object');
}

/** @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
async function fromServiceAccount(ways: TokenWays, account: JsonObject, signal: AbortSignal): Promise<FreshToken> {
  const email = asString(account['client_email']) ?? '';
  const url = asString(account['token_uri']) ?? googleTokenUrl;
  const assertion = await signed(ways, account, email, url);
  return tokenOf(ways, await ask(ways, { url, form: { grant_type: `${grantType}jwt-bearer`, assertion }, signal }));
}

async function signed(ways: TokenWays, account: JsonObject, email: string, audience: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  try {
    const key = await importPKCS8(asString(account['private_key']) ?? '', 'RS256');
    const keyId = asString(account['private_key_id']);
    return await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(email)
      .setSubject(email)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + hourSeconds)
      .sign(key);
  } catch (cause) {
    throw refused(ways, 'the private key of its service account cannot sign', cause);
  }
}

async function fromUser(ways: TokenWays, user: JsonObject, signal: AbortSignal): Promise<FreshToken> {
  const form = {
    grant_type: 'refresh_token',
    client_id: asString(user['client_id']),
    client_secret: asString(user['client_secret']),
    refresh_token: asString(user['refresh_token']),
  };
  return tokenOf(ways, await ask(ways, { url: asString(user['token_uri']) ?? googleTokenUrl, form, signal }));
}

/** An identity of another cloud or of a cluster, exchanged for one of this. @see https://google.aip.dev/auth/4117 */
async function fromExternalAccount(ways: TokenWays, account: JsonObject, signal: AbortSignal): Promise<FreshToken> {
  const form = {
    grant_type: `${grantType}token-exchange`,
    audience: asString(account['audience']),
    scope,
    requested_token_type: tokenType,
    subject_token: await subjectToken(ways, account, signal),
    subject_token_type: asString(account['subject_token_type']),
  };
  const exchanged = tokenOf(
    ways,
    await ask(ways, { url: asString(account['token_url']) ?? stsTokenUrl, form, signal }),
  );
  const impersonate = asString(account['service_account_impersonation_url']);
  if (impersonate === undefined) return exchanged;
  const json = { scope: [scope], lifetime: `${hourSeconds}s` };
  const answer = await ask(ways, { url: impersonate, json, bearer: exchanged.token, signal });
  const token = asString(answer['accessToken']);
  const expiresAt = Date.parse(asString(answer['expireTime']) ?? '');
  if (token === undefined) throw refused(ways, 'the account to act for gave no token');
  return {
    token: new Secret(token),
    expiresInMs: Number.isNaN(expiresAt) ? hourSeconds * 1000 : expiresAt - Date.now(),
  };
}

/** The token of the other identity: in a file that its cluster keeps fresh, or at an address. */
async function subjectToken(ways: TokenWays, account: JsonObject, signal: AbortSignal): Promise<string> {
  const source = isObject(account['credential_source']) ? account['credential_source'] : {};
  const format = isObject(source['format']) ? source['format'] : {};
  const text = await subjectText(ways, source, signal);
  if (format['type'] !== 'json') return text.trim();
  const field = asString(format['subject_token_field_name']) ?? '';
  const said = parsed(text);
  const token = isObject(said) ? asString(said[field]) : undefined;
  if (token === undefined) throw refused(ways, `the subject token's source has no "${field}"`);
  return token;
}

async function subjectText(ways: TokenWays, source: JsonObject, signal: AbortSignal): Promise<string> {
  const file = asString(source['file']);
  if (file !== undefined) {
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw refused(ways, 'the file of its subject token cannot be read', cause);
    });
  }
  const url = asString(source['url']);
  if (url === undefined) throw refused(ways, 'its "credential_source" is neither a file nor an address');
  const headers = isObject(source['headers']) ? source['headers'] : {};
  const known = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value] as const] : [],
  );
  return fetchText(ways, { url, method: 'GET', headers: Object.fromEntries(known), signal });
}

function tokenOf(ways: TokenWays, answer: JsonObject): FreshToken {
  const token = asString(answer['access_token']);
  if (token === undefined) throw refused(ways, 'the answer has no "access_token"');
  return { token: new Secret(token), expiresInMs: (asNumber(answer['expires_in']) ?? hourSeconds) * 1000 };
}

async function ask(ways: TokenWays, request: TokenRequest): Promise<JsonObject> {
  const answer = parsed(await fetchText(ways, request));
  if (!isObject(answer)) throw refused(ways, 'the answer is not a JSON object');
  return answer;
}

async function fetchText(ways: TokenWays, request: TokenRequest): Promise<string> {
  const { url, method = 'POST', form, json, headers = {}, bearer, signal } = request;
  const { origin, pathname, search } = new URL(url);
  const known = Object.entries(form ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const body = form ? new URLSearchParams(known).toString() : json && JSON.stringify(json);
  const { status, bytes } = await ways.upstream({
    provider: ways.provider,
    origin,
    path: pathname + search,
    method,
    headers: new Map([
      ['content-type', form ? 'application/x-www-form-urlencoded' : 'application/json'],
      ['accept', 'application/json'],
      ...Object.entries(headers),
    ]),
    own: Object.keys(headers),
    signal,
    ...(bearer && { credential: { header: 'authorization', prefix: 'Bearer ', secret: bearer } }),
    ...(body !== undefined && { body: textBody(body) }),
    ...(ways.allowPrivate && { allowPrivate: ways.allowPrivate }),
  });
  const text = Buffer.from(await collectBytes(bytes, maxBytes)).toString('utf8');
  if (status < 400) return text;
  throw refused(ways, `${origin} answered ${status}${saidOf(text)}`, undefined, status);
}

/** `invalid_grant: Invalid JWT Signature.` */
function saidOf(text: string): string {
  const answer = parsed(text);
  if (!isObject(answer)) return '';
  const nested = isObject(answer['error']) ? answer['error'] : {};
  const words = [
    asString(answer['error']) ?? asString(nested['status']),
    asString(answer['error_description']) ?? asString(nested['message']),
  ];
  const said = words.filter((word) => word !== undefined).join(': ');
  return said === '' ? '' : `, ${scrubMessage(said)}`;
}

/** The reason is for the log alone. A credential that is refused stays so; what may be back later may be asked again. */
function refused({ provider }: TokenWays, reason: string, cause?: unknown, status?: number): GatewayError {
  const isTransient = status !== undefined && (status === 429 || status >= 500);
  const kind = isTransient ? 'server' : 'authentication';
  return errors.GOOGLE_TOKEN({ provider }, { kind, retryable: isTransient, cause: new Error(reason, { cause }) });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
