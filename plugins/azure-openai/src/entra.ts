import { readFile } from 'node:fs/promises';
import {
  identityReach,
  privateHostOf,
  requestToken,
  type Secret,
  tokenIn,
  type TokenRequest,
  tokenRefused,
  type TokenSource,
  type TokenWays,
} from '@tapgate/core';
import { errors } from './errors.ts';

/** An identity in Microsoft Entra ID, and how it is proven. */
export interface EntraOptions {
  readonly by: 'client-secret' | 'workload-identity' | 'managed-identity';
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly tokenFile?: string;
  readonly identityUrl?: string;
  readonly identityHeader?: Secret;
  readonly authority?: string;
  readonly scope?: string;
}

/** What is known of a cloud of its own: where its identities are, and what its models are called there. */
interface Cloud {
  readonly authority: string;
  readonly scope: string;
}

const worldwide: Cloud = {
  authority: 'https://login.microsoftonline.com',
  scope: 'https://cognitiveservices.azure.com/.default',
};

/** @see https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud */
const clouds: readonly (readonly [hosts: RegExp, cloud: Cloud])[] = [
  [
    /\.azure\.us$/i,
    { authority: 'https://login.microsoftonline.us', scope: 'https://cognitiveservices.azure.us/.default' },
  ],
  [
    /\.azure\.cn$/i,
    { authority: 'https://login.chinacloudapi.cn', scope: 'https://cognitiveservices.azure.cn/.default' },
  ],
];

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A source of tokens for that identity, for a resource at that address. @throws ENTRA_INCOMPLETE at once, UPSTREAM_TOKEN from the source */
export function entraSource(ways: TokenWays, entra: EntraOptions, baseUrl: string): TokenSource {
  const { hostname } = new URL(baseUrl);
  const cloud = clouds.find(([hosts]) => hosts.test(hostname))?.[1] ?? worldwide;
  const at = { authority: entra.authority ?? cloud.authority, scope: entra.scope ?? cloud.scope };
  switch (entra.by) {
    case 'client-secret': {
      const secret = needed(ways, entra, 'clientSecret');
      return application(ways, entra, at, () => ({ client_secret: secret }));
    }
    case 'workload-identity': {
      const file = needed(ways, entra, 'tokenFile');
      return application(ways, entra, at, async () => ({
        client_assertion_type: assertionType,
        client_assertion: await assertionIn(ways, file),
      }));
    }
    case 'managed-identity':
      return managedIdentity(ways, entra, at.scope);
  }
}

function needed<Field extends keyof EntraOptions>(
  { provider }: TokenWays,
  entra: EntraOptions,
  field: Field,
): NonNullable<EntraOptions[Field]> {
  const value = entra[field];
  if (value === undefined) throw errors.ENTRA_INCOMPLETE({ id: provider, by: entra.by, field });
  return value;
}

type Proof = NonNullable<TokenRequest['form']>;

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
function application(
  ways: TokenWays,
  entra: EntraOptions,
  { authority, scope }: Cloud,
  prove: () => Proof | Promise<Proof>,
): TokenSource {
  const tenantId = needed(ways, entra, 'tenantId');
  const clientId = needed(ways, entra, 'clientId');
  const url = `${authority.replace(/\/+$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`;
  const allowPrivate = privateHostOf(url);
  return async (signal) => {
    const form = { grant_type: 'client_credentials', client_id: clientId, scope, ...(await prove()) };
    return tokenIn(ways, await requestToken(ways, { url, form, allowPrivate, signal }));
  };
}

/** The cluster's own token of this workload, which it replaces from time to time: read anew for each of ours. */
async function assertionIn(ways: TokenWays, file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw tokenRefused(ways, `the token file "${file}" cannot be read`, { cause });
  });
  return text.trim();
}

const metadataUrl = 'http://169.254.169.254/metadata/identity/oauth2/token';
/** It is on this machine, or it is not there. */
const metadataTimeouts = { connectMs: 3_000, firstEventMs: 10_000, totalMs: 20_000 };
/** It says these while it is being replaced. */
const replaced = [404, 410];

/**
 * The identity of the machine, or of the app: the metadata service of virtual machines and clusters, and with a header of its
 * own the endpoint of App Service and Container Apps.
 *
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
function managedIdentity(ways: TokenWays, entra: EntraOptions, scope: string): TokenSource {
  const { clientId, identityUrl = metadataUrl, identityHeader } = entra;
  const url = new URL(identityUrl);
  url.searchParams.set('api-version', identityHeader === undefined ? '2018-02-01' : '2019-08-01');
  url.searchParams.set('resource', scope.replace(/\/\.default$/, ''));
  if (clientId !== undefined) url.searchParams.set('client_id', clientId);
  const headers: Readonly<Record<string, string | Secret>> =
    identityHeader === undefined ? { metadata: 'true' } : { 'x-identity-header': identityHeader };
  const request = { url: url.href, method: 'GET', headers, timeouts: metadataTimeouts, transient: replaced } as const;
  const where = identityReach(identityUrl);
  return async (signal) => tokenIn(ways, await requestToken(ways, { ...request, ...where, signal }));
}
