import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GatewayError, Secret, streamOf, type TokenWays, type UpstreamRequest } from '@tapgate/core';
import { type EntraOptions, entraSource } from './entra.ts';

const signal = new AbortController().signal;
const resource = 'https://mine.openai.azure.com';
const application = { tenantId: 'tenant-1', clientId: 'app-1' } as const;

interface Asked {
  readonly request: UpstreamRequest;
  readonly form: URLSearchParams;
  readonly url: URL;
}

/** What is asked for a token, and the token of that answer. */
async function fetched(
  entra: EntraOptions,
  { at = resource, status = 200, body = '{"access_token":"t-1","expires_in":3599}' } = {},
): Promise<Asked & { readonly token: string; readonly expiresInMs: number }> {
  let asked: UpstreamRequest | undefined;
  const upstream: TokenWays['upstream'] = async (request) => {
    asked = request;
    return { status, headers: new Map(), bytes: streamOf(Buffer.from(body)) };
  };
  const { token, expiresInMs } = await entraSource({ provider: 'azure', upstream }, entra, at)(signal);
  assert.ok(asked);
  const form = new URLSearchParams(Buffer.concat(asked.body?.chunks ?? []).toString());
  return { request: asked, form, url: new URL(asked.path, asked.origin), token: token.reveal(), expiresInMs };
}

test('an application proves itself by its secret', async () => {
  const { url, form, token, expiresInMs } = await fetched({
    by: 'client-secret',
    ...application,
    clientSecret: new Secret('s3cret'),
  });
  assert.equal(url.href, 'https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token');
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: 'client_credentials',
    client_id: 'app-1',
    client_secret: 's3cret',
    scope: 'https://cognitiveservices.azure.com/.default',
  });
  assert.deepEqual([token, expiresInMs], ['t-1', 3_599_000]);
});

test('a workload proves itself by its cluster’s token, read anew each time', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-azure-'));
  t.after(() => rm(folder, { recursive: true }));
  const tokenFile = join(folder, 'token');
  const entra: EntraOptions = { by: 'workload-identity', ...application, tokenFile };
  await assert.rejects(fetched(entra), (error: GatewayError) => error.code === 'UPSTREAM_TOKEN');
  for (const said of ['jwt-1', 'jwt-2']) {
    await writeFile(tokenFile, `${said}\n`);
    const { form } = await fetched(entra);
    assert.equal(form.get('client_assertion'), said);
    assert.equal(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    assert.equal(form.get('client_secret'), null);
  }
});

test('a machine’s identity comes from its metadata service, and from nowhere else', async () => {
  const { request, url } = await fetched({ by: 'managed-identity', clientId: 'app-2' });
  assert.equal(
    url.href,
    'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fcognitiveservices.azure.com&client_id=app-2',
  );
  assert.deepEqual([request.method, request.metadata, request.allowPrivate], ['GET', true, undefined]);
  assert.equal(request.headers.get('metadata'), 'true');
  assert.ok(request.own?.includes('metadata'));
});

test('an app’s identity comes from the endpoint and with the header that its host gives it', async () => {
  const { request, url } = await fetched(
    {
      by: 'managed-identity',
      identityUrl: 'http://127.0.0.1:41741/msi/token?x=1',
      identityHeader: new Secret('h-1'),
    },
    { body: `{"access_token":"t-1","expires_on":"${Math.floor(Date.now() / 1000) + 100}"}` },
  );
  assert.equal(
    url.pathname + url.search,
    '/msi/token?x=1&api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com',
  );
  assert.deepEqual([request.metadata, request.allowPrivate], [undefined, ['127.0.0.1']]);
  assert.equal(request.headers.get('x-identity-header'), 'h-1');
  assert.equal(request.headers.has('metadata'), false);
});

test('a sovereign cloud has its own place for identities, and its own name for its models', async () => {
  const entra: EntraOptions = { by: 'client-secret', ...application, clientSecret: new Secret('s') };
  const of = async (at: string, more: Partial<EntraOptions> = {}): Promise<readonly unknown[]> => {
    const { url, form } = await fetched({ ...entra, ...more }, { at });
    return [url.host, form.get('scope')];
  };
  assert.deepEqual(await of('https://mine.openai.azure.us'), [
    'login.microsoftonline.us',
    'https://cognitiveservices.azure.us/.default',
  ]);
  assert.deepEqual(await of('https://mine.openai.azure.cn/openai/v1'), [
    'login.chinacloudapi.cn',
    'https://cognitiveservices.azure.cn/.default',
  ]);
  assert.deepEqual(await of('https://azure.us.example.com'), [
    'login.microsoftonline.com',
    'https://cognitiveservices.azure.com/.default',
  ]);
  const own = { authority: 'https://login.example.com/', scope: 'https://ai.azure.com/.default' };
  assert.deepEqual(await of('https://mine.services.ai.azure.com', own), ['login.example.com', own.scope]);
});

test('what an identity lacks is named when the gateway starts', () => {
  const ways: TokenWays = { provider: 'azure', upstream: () => Promise.reject(new Error('not asked')) };
  const lacks = (entra: EntraOptions): string => {
    try {
      entraSource(ways, entra, resource);
    } catch (error) {
      return (error as GatewayError).message;
    }
    return '';
  };
  assert.match(lacks({ by: 'client-secret', ...application }), /"client-secret", which wants "clientSecret"/);
  assert.match(lacks({ by: 'workload-identity', ...application }), /"tokenFile"/);
  assert.match(lacks({ by: 'workload-identity', tokenFile: 'x', tenantId: 't' }), /"clientId"/);
  assert.match(lacks({ by: 'client-secret', clientSecret: new Secret('s'), clientId: 'c' }), /"tenantId"/);
  assert.equal(lacks({ by: 'managed-identity' }), '');
});

test('an identity that is not taken is the credential’s fault, and a service in trouble is not', async () => {
  const entra: EntraOptions = { by: 'managed-identity' };
  const kindAt = (status: number): Promise<string> =>
    fetched(entra, { status, body: '{"error":"invalid_request","error_description":"Identity not found"}' }).then(
      () => '',
      (error: GatewayError) => error.kind,
    );
  assert.equal(await kindAt(400), 'authentication');
  for (const status of [404, 410, 429, 500]) assert.equal(await kindAt(status), 'server', String(status));
});
