import { readFile } from 'node:fs/promises';
import {
  asString,
  type FreshToken,
  identityReach,
  isObject,
  type JsonObject,
  parseObject,
  readJson,
  requestToken,
  requestTokenText,
  Secret,
  tokenIn,
  tokenRefused,
  type TokenSource,
  type TokenWays,
} from '@tapgate/core';
import { importPKCS8, SignJWT } from 'jose';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const googleTokenUrl = 'https://oauth2.googleapis.com/token';
const stsTokenUrl = 'https://sts.googleapis.com/v1/token';
const grantType = 'urn:ietf:params:oauth:grant-type:';
const tokenType = 'urn:ietf:params:oauth:token-type:access_token';
const hourSeconds = 3600;

/**
 * A source of tokens from what Google Cloud calls application default credentials: the JSON of a service account, of a
 * user, or of an identity of another cloud. `load` gives it anew for each token, so that a rotated file is read again.
 *
 * @see https://cloud.google.com/docs/authentication/application-default-credentials
 * @throws UPSTREAM_TOKEN, from the source
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
        throw tokenRefused(ways, `credentials of the type "${asString(credentials['type'])}" are not known here`);
    }
  };
}

/** A source of tokens from a metadata server, or from what stands before one. @see https://cloud.google.com/compute/docs/metadata/overview */
export function metadataSource(ways: TokenWays, origin: string): TokenSource {
  const url = new URL('/computeMetadata/v1/instance/service-accounts/default/token', origin).href;
  const headers = { 'metadata-flavor': 'Google' };
  const where = identityReach(origin);
  return async (signal) => tokenIn(ways, await requestToken(ways, { url, method: 'GET', headers, signal, ...where }));
}

async function loaded(ways: TokenWays, load: () => Promise<string>): Promise<JsonObject> {
  try {
    const value = readJson(await load());
    if (isObject(value)) return value;
  } catch (cause) {
    throw tokenRefused(ways, 'its credentials cannot be read', { cause });
  }
  throw tokenRefused(ways, 'its credentials are not a JSON object');
}

/** @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
async function fromServiceAccount(ways: TokenWays, account: JsonObject, signal: AbortSignal): Promise<FreshToken> {
  const email = asString(account['client_email']) ?? '';
  const url = asString(account['token_uri']) ?? googleTokenUrl;
  const assertion = await signed(ways, account, email, url);
  return tokenIn(
    ways,
    await requestToken(ways, { url, form: { grant_type: `${grantType}jwt-bearer`, assertion }, signal }),
  );
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
    throw tokenRefused(ways, 'the private key of its service account cannot sign', { cause });
  }
}

async function fromUser(ways: TokenWays, user: JsonObject, signal: AbortSignal): Promise<FreshToken> {
  const form = {
    grant_type: 'refresh_token',
    client_id: asString(user['client_id']),
    client_secret: asString(user['client_secret']),
    refresh_token: asString(user['refresh_token']),
  };
  return tokenIn(ways, await requestToken(ways, { url: asString(user['token_uri']) ?? googleTokenUrl, form, signal }));
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
  const exchanged = tokenIn(
    ways,
    await requestToken(ways, { url: asString(account['token_url']) ?? stsTokenUrl, form, signal }),
  );
  const impersonate = asString(account['service_account_impersonation_url']);
  if (impersonate === undefined) return exchanged;
  const json = { scope: [scope], lifetime: `${hourSeconds}s` };
  const answer = await requestToken(ways, { url: impersonate, json, bearer: exchanged.token, signal });
  const token = asString(answer['accessToken']);
  const expiresAt = Date.parse(asString(answer['expireTime']) ?? '');
  if (token === undefined) throw tokenRefused(ways, 'the account to act for gave no token');
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
  const token = asString(parseObject(text)?.[field]);
  if (token === undefined) throw tokenRefused(ways, `the subject token's source has no "${field}"`);
  return token;
}

async function subjectText(ways: TokenWays, source: JsonObject, signal: AbortSignal): Promise<string> {
  const file = asString(source['file']);
  if (file !== undefined) {
    return readFile(file, 'utf8').catch((cause: unknown) => {
      throw tokenRefused(ways, 'the file of its subject token cannot be read', { cause });
    });
  }
  const url = asString(source['url']);
  if (url === undefined) throw tokenRefused(ways, 'its "credential_source" is neither a file nor an address');
  const headers = isObject(source['headers']) ? source['headers'] : {};
  const known = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value] as const] : [],
  );
  return requestTokenText(ways, { url, method: 'GET', headers: Object.fromEntries(known), signal });
}
