import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import { collectBytes, createGateway, type LiveGateway } from '@tapgate/core';
import { fakeUpstream, reply, type FakeUpstream, type RecordedRequest, type Script } from '@tapgate/test-kit';
import { importSPKI, jwtVerify } from 'jose';
import { google } from './google.ts';
import { originOf } from './vertex.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const gemini = {
  candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 },
  modelVersion: 'gemini-2.5-flash',
};
const claude = {
  id: 'msg_vrtx_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-5',
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 1 },
};
const hello = { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] };

/** Answers for tokens and for models, by path; tokens are numbered. */
function cloud(
  more: (request: RecordedRequest) => Script | undefined = () => undefined,
): (request: RecordedRequest) => Script {
  let tokens = 0;
  return (request) => {
    const own = more(request);
    if (own !== undefined) return own;
    if (request.path.includes('token'))
      return reply.json(200, { access_token: `token-${(tokens += 1)}`, expires_in: 3599 });
    return reply.json(200, request.path.includes('/anthropic/') ? claude : gemini);
  };
}

function serviceAccount(upstream: FakeUpstream): string {
  return JSON.stringify({
    type: 'service_account',
    client_email: 'gateway@my-project.iam.gserviceaccount.com',
    private_key: privateKey,
    private_key_id: 'key-1',
    token_uri: `${upstream.url}/token`,
  });
}

async function withVertex(
  vertex: (upstream: FakeUpstream) => object,
  act: (gateway: LiveGateway, upstream: FakeUpstream) => Promise<void>,
  answer: (request: RecordedRequest) => Script = cloud(),
): Promise<void> {
  const upstream = await fakeUpstream(answer);
  const gateway = createGateway({ log: { level: 'silent' }, upstream: { allowPrivate: ['127.0.0.1'] } });
  gateway.use<unknown>(anthropic, {});
  gateway.use(
    google as never,
    { vertex: { project: 'my-project', location: 'europe-west4', baseUrl: upstream.url, ...vertex(upstream) } },
    { id: 'vertex' },
  );
  await gateway.ready();
  try {
    await act(gateway, upstream);
  } finally {
    await gateway.close();
    await upstream.close();
  }
}

async function ask(
  gateway: LiveGateway,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const dialect = path.startsWith('/v1/messages') ? 'anthropic-messages' : 'google-generate';
  const { status, bytes, settled } = await gateway.handle({
    dialect,
    path,
    body: Buffer.from(JSON.stringify(body)),
    headers: new Map(Object.entries(headers)),
  });
  const text = Buffer.from(await collectBytes(bytes)).toString();
  await settled;
  return { status, text };
}

const askGemini = (gateway: LiveGateway): ReturnType<typeof ask> =>
  ask(gateway, '/v1beta/models/vertex/gemini-2.5-flash:generateContent', hello);
const paths = (upstream: FakeUpstream): readonly string[] => upstream.requests.map(({ path }) => path);
const place = '/v1/projects/my-project/locations/europe-west4';

test('a service account’s key signs for a token, which asks for Gemini', async () => {
  await withVertex(
    (upstream) => ({ credentials: serviceAccount(upstream) }),
    async (gateway, upstream) => {
      const { status } = await askGemini(gateway);
      assert.equal(status, 200);
      const [forToken, forModel] = upstream.requests;
      const form = new URLSearchParams(forToken?.text);
      assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
      const key = await importSPKI(publicKey, 'RS256');
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion') ?? '', key, {
        audience: `${upstream.url}/token`,
      });
      assert.equal(payload.iss, 'gateway@my-project.iam.gserviceaccount.com');
      assert.equal(payload['scope'], 'https://www.googleapis.com/auth/cloud-platform');
      assert.equal(protectedHeader.kid, 'key-1');
      assert.equal(forModel?.path, `${place}/publishers/google/models/gemini-2.5-flash:generateContent`);
      assert.equal(forModel?.headers.get('authorization'), 'Bearer token-1');
      assert.equal(forModel?.text, JSON.stringify(hello));
    },
  );
});

test('a token is fetched once, however many wait for it, and kept', async () => {
  await withVertex(
    (upstream) => ({ credentials: serviceAccount(upstream) }),
    async (gateway, upstream) => {
      await Promise.all(Array.from({ length: 5 }, () => askGemini(gateway)));
      await askGemini(gateway);
      assert.equal(paths(upstream).filter((path) => path === '/token').length, 1);
      assert.equal(upstream.requests.length, 7);
    },
  );
});

test('a token that is no longer taken is replaced, once', async () => {
  const refuses = (refused: RegExp) =>
    cloud((request) =>
      refused.test(request.headers.get('authorization') ?? '')
        ? reply.json(401, { error: { code: 401, message: 'Expired.', status: 'UNAUTHENTICATED' } })
        : undefined,
    );
  const credentials = (upstream: FakeUpstream): object => ({ credentials: serviceAccount(upstream) });
  await withVertex(
    credentials,
    async (gateway, upstream) => {
      assert.equal((await askGemini(gateway)).status, 200);
      assert.equal(upstream.requests.at(-1)?.headers.get('authorization'), 'Bearer token-2');
      assert.equal(upstream.requests.length, 4);
    },
    refuses(/token-1$/),
  );
  await withVertex(
    credentials,
    async (gateway, upstream) => {
      assert.equal((await askGemini(gateway)).status, 502);
      assert.equal(upstream.requests.length, 4);
    },
    refuses(/token-/),
  );
});

test('a key that is refused is an error that says nothing of it', async () => {
  await withVertex(
    (upstream) => ({ credentials: serviceAccount(upstream) }),
    async (gateway, upstream) => {
      const { status, text } = await askGemini(gateway);
      assert.equal(status, 502);
      assert.match(text, /"reason":"UPSTREAM_TOKEN"/);
      assert.doesNotMatch(text, /Signature|127\.0\.0\.1/);
      assert.deepEqual(paths(upstream), ['/token']);
    },
    cloud(() => reply.json(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })),
  );
});

test('Claude is asked in its own dialect, with its model in the path and the version in the body', async () => {
  await withVertex(
    (upstream) => ({ credentials: serviceAccount(upstream), betasAllowed: ['good-*'] }),
    async (gateway, upstream) => {
      const body = {
        model: 'vertex/claude-opus-4-5',
        max_tokens: 10,
        messages: [{ role: 'user', content: 'Hello' }],
        metadata: { n: 1 },
      };
      const { status, text } = await ask(gateway, '/v1/messages', body, {
        'anthropic-beta': 'good-1,other-2',
        'anthropic-version': '2023-06-01',
      });
      assert.equal(status, 200);
      assert.deepEqual(JSON.parse(text), claude);
      const request = upstream.requests.at(-1);
      assert.equal(request?.path, `${place}/publishers/anthropic/models/claude-opus-4-5:rawPredict`);
      const { model: _, ...rest } = body;
      assert.deepEqual(request?.json(), { ...rest, anthropic_version: 'vertex-2023-10-16' });
      assert.equal(request?.headers.get('anthropic-beta'), 'good-1');
      assert.equal(request?.headers.get('authorization'), 'Bearer token-1');
    },
  );
});

test('a client of Gemini gets Claude’s answer, streamed', async () => {
  const events = [
    { type: 'message_start', message: { ...claude, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ];
  const stream = reply.sse(events.map((data) => ({ event: data.type, data: JSON.stringify(data) })));
  await withVertex(
    (upstream) => ({ credentials: serviceAccount(upstream) }),
    async (gateway, upstream) => {
      const { text } = await ask(gateway, '/v1beta/models/vertex/claude-opus-4-5:streamGenerateContent?alt=sse', hello);
      assert.match(text, /"text":"Hi"/);
      assert.match(text, /"finishReason":"STOP"/);
      assert.equal(
        upstream.requests.at(-1)?.path,
        `${place}/publishers/anthropic/models/claude-opus-4-5:streamRawPredict`,
      );
    },
    cloud((request) => (request.path.includes(':streamRawPredict') ? stream : undefined)),
  );
});

test('an identity of a cluster is exchanged for a token, from a file that is read anew', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-google-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'credentials.json');
  const subject = join(folder, 'subject.json');
  await writeFile(subject, JSON.stringify({ token: 'subject-1' }));
  await withVertex(
    () => ({ credentialsFile: file }),
    async (gateway, upstream) => {
      await writeFile(
        file,
        JSON.stringify({
          type: 'external_account',
          audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k',
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          token_url: `${upstream.url}/sts/token`,
          credential_source: { file: subject, format: { type: 'json', subject_token_field_name: 'token' } },
          service_account_impersonation_url: `${upstream.url}/impersonate`,
        }),
      );
      const { status } = await askGemini(gateway);
      assert.equal(status, 200);
      const [exchange, impersonate, model] = upstream.requests;
      assert.equal(new URLSearchParams(exchange?.text).get('subject_token'), 'subject-1');
      assert.equal(impersonate?.headers.get('authorization'), 'Bearer token-1');
      assert.equal(model?.headers.get('authorization'), 'Bearer acting');
    },
    cloud(({ path }) =>
      path === '/impersonate'
        ? reply.json(200, { accessToken: 'acting', expireTime: '2999-01-01T00:00:00Z' })
        : undefined,
    ),
  );
});

test('a metadata server is asked with the header that it wants', async () => {
  await withVertex(
    (upstream) => ({ metadataUrl: upstream.url }),
    async (gateway, upstream) => {
      assert.equal((await askGemini(gateway)).status, 200);
      const [first] = upstream.requests;
      assert.equal(
        `${first?.method} ${first?.path}`,
        'GET /computeMetadata/v1/instance/service-accounts/default/token',
      );
      assert.equal(first?.headers.get('metadata-flavor'), 'Google');
    },
  );
});

test('a location has its host: a region, a continent, all the world', () => {
  assert.equal(originOf('europe-west4'), 'https://europe-west4-aiplatform.googleapis.com');
  assert.equal(originOf('eu'), 'https://aiplatform.eu.rep.googleapis.com');
  assert.equal(originOf('global'), 'https://aiplatform.googleapis.com');
});
