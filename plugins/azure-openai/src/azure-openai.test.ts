import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import {
  ask,
  type Answered,
  fakeUpstream,
  type FakeUpstream,
  fixtures,
  fixturesFolder,
  noFixtures,
  replay,
  reply,
  serveGateway,
  type ServedGateway,
  validateChatStream,
  validateMessagesStream,
} from '@tapgate/test-kit';
import { stage, type Plugin } from '@tapgate/core';
import { azureOpenai } from './azure-openai.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (/^(AZURE|IDENTITY)_/.test(name)) delete process.env[name];

const skip = fixturesFolder() === undefined ? noFixtures : false;

interface Trial {
  readonly upstream: FakeUpstream;
  readonly served: ServedGateway;
  /** Asks for `azure/mine`, unless the body says another. */
  readonly chat: (body?: object, headers?: Readonly<Record<string, string>>) => Promise<Answered>;
  readonly to: (path: string, body: object) => Promise<Answered>;
}

async function withAzure(
  answer: Parameters<typeof fakeUpstream>[0],
  act: (trial: Trial) => Promise<void>,
  options: object = {},
  more: readonly Plugin<never>[] = [],
): Promise<void> {
  await using upstream = await fakeUpstream(answer);
  const use = [azureOpenai, { baseUrl: upstream.url, apiKey: 'azure-key', ...options }, { id: 'azure' }] as const;
  await using served = await serveGateway({ plugins: [use, [anthropic, {}], ...more] });
  const to = (path: string, body: object, headers = {}): Promise<Answered> =>
    ask(`${served.url}${path}`, { body: { model: 'azure/mine', ...body }, headers });
  const chat: Trial['chat'] = (body = {}, headers = {}) =>
    to('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...body }, headers);
  await act({ upstream, served, chat, to });
}

const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-2024-11-20',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};
const good = reply.json(200, completion, {
  'apim-request-id': 'apim-1',
  'x-ms-region': 'Sweden Central',
  'x-ratelimit-remaining-tokens': '99',
});

test('the v1 API is asked for a deployment by its name in the body, with the key of this place', async () => {
  await withAzure(good, async ({ upstream, chat }) => {
    const { status, headers } = await chat({ temperature: 1.0, data_sources: [{ type: 'azure_search' }] });
    const sent = await upstream.request(0);
    assert.deepEqual([status, sent.path], [200, '/openai/v1/chat/completions']);
    assert.deepEqual([sent.headers.get('api-key'), sent.headers.get('authorization')], ['azure-key', undefined]);
    const body = sent.json() as Record<string, unknown>;
    assert.deepEqual([body['model'], body['data_sources']], ['mine', [{ type: 'azure_search' }]]);
    // What its support asks for reaches the client; the limits of the operator's key do not.
    assert.deepEqual([headers.get('apim-request-id'), headers.get('x-ms-region')], ['apim-1', 'Sweden Central']);
    assert.equal(headers.get('x-ratelimit-remaining-tokens'), undefined);
  });
});

test('a dated API is asked at the deployment’s path, in every operation it has', async () => {
  const options = { apiVersion: '2024-10-21' };
  await withAzure(
    good,
    async ({ upstream, served, chat, to }) => {
      await chat();
      await to('/v1/embeddings', { input: 'x' });
      await to('/v1/images/generations', { prompt: 'x' });
      await to('/v1/audio/speech', { input: 'x', voice: 'alloy' });
      await to('/v1/completions', { prompt: 'x' });
      const form = new FormData();
      form.append('file', new Blob(['RIFF']), 'a.wav');
      form.append('model', 'azure/mine');
      const request = new Request('http://x', { method: 'POST', body: form });
      await ask(`${served.url}/v1/audio/transcriptions`, {
        headers: { 'content-type': request.headers.get('content-type') ?? '' },
        body: new Uint8Array(await request.arrayBuffer()),
      });
      assert.deepEqual(
        upstream.requests.map(({ path }) => path),
        [
          'chat/completions',
          'embeddings',
          'images/generations',
          'audio/speech',
          'completions',
          'audio/transcriptions',
        ].map((path) => `/openai/deployments/mine/${path}?api-version=2024-10-21`),
      );
    },
    options,
  );
});

test('what a resource does not have is refused before it is asked', async () => {
  await withAzure(good, async ({ upstream, to }) => {
    for (const path of ['/v1/moderations', '/v1/rerank']) assert.equal((await to(path, { input: 'x' })).status, 400);
    assert.equal(upstream.requests.length, 0);
  });
});

test('without a resource or a credential there is no provider, and the languages are there', async () => {
  for (const options of [{ apiKey: 'k' }, { resource: 'mine' }]) {
    await using served = await serveGateway({ plugins: [[azureOpenai, options]] });
    assert.deepEqual([served.gateway.providers.size, served.gateway.speaks('openai-chat')], [0, true]);
    assert.match(served.logs.join(), /so no provider/);
  }
});

test('every recorded stream and answer goes through byte for byte', { skip }, async () => {
  for (const fixture of fixtures({ provider: 'azure', ok: true })) {
    await withAzure(replay(fixture), async ({ served, chat, to }) => {
      const stream = fixture.streamed ? { stream: true } : {};
      const usage = fixture.streamed ? { stream_options: { include_usage: true } } : {};
      const answered =
        fixture.dialect === 'openai-chat'
          ? await chat({ ...stream, ...usage })
          : await to('/v1/responses', { ...stream, input: 'Hi' });
      assert.equal(answered.text, Buffer.from(fixture.bytes).toString('utf8'), fixture.name);
      assert.equal(served.settled[0]?.settlement.outcome, 'ok', fixture.name);
      assert.ok((served.settled[0]?.settlement.usage.output ?? 0) > 0, fixture.name);
    });
  }
});

test('a first chunk that has only the filter’s word on the prompt stops no translation (S-04)', { skip }, async () => {
  const streams = fixtures({ provider: 'azure', dialect: 'openai-chat', streamed: true });
  assert.ok(streams.some(({ bytes }) => Buffer.from(bytes).includes('"choices":[]')));
  for (const fixture of streams) {
    await withAzure(replay(fixture), async ({ served, to }) => {
      const body = { max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'Hi' }] };
      const { text } = await to('/v1/messages', body);
      assert.deepEqual(validateMessagesStream(Buffer.from(text), { ended: 'ok' }), [], fixture.name);
      assert.match(text, /"stop_reason":"(end_turn|tool_use)"/, fixture.name);
      const settlement = served.settled[0]?.settlement;
      assert.ok(settlement?.usage.output, fixture.name);
      const isCounted = Buffer.from(fixture.bytes).includes('"completion_tokens"');
      assert.equal(settlement.usage.estimated, !isCounted, fixture.name);
    });
  }
});

/** A plugin that changes nothing, so that the answer is read and written anew. */
const anew = {
  name: 'anew',
  apiVersion: 1,
  schema: { type: 'object' },
  apply: (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'anew', stage: stage.shape }, (exchange) => {
      exchange.transform((events) => events);
    });
  },
} satisfies Plugin as Plugin<never>;

test('an answer that is written anew keeps the filter’s results', { skip }, async () => {
  for (const name of ['azure/chat-text-stream', 'azure/chat-content-filter-error']) {
    const [fixture] = fixtures({ name });
    assert.ok(fixture);
    await withAzure(
      replay(fixture),
      async ({ chat }) => {
        const { text } = await chat(fixture.streamed ? { stream: true } : {});
        assert.match(text, /"prompt_filter_results":\[\{/, name);
        assert.match(text, /"content_filter_results":/, name);
        if (fixture.streamed) assert.deepEqual(validateChatStream(Buffer.from(text), { ended: 'ok' }), []);
      },
      {},
      [anew],
    );
  }
});

/** How an error answer ends: what the client reads, and whom the attempt blames. */
async function failing(answer: Parameters<typeof fakeUpstream>[0]): Promise<{
  readonly status: number;
  readonly error: Record<string, unknown>;
  readonly kind: unknown;
  readonly headers: Answered['headers'];
}> {
  let told: Awaited<ReturnType<typeof failing>> | undefined;
  await withAzure(answer, async ({ served, chat }) => {
    const { status, json, headers } = await chat();
    const { error } = json() as { error: Record<string, unknown> };
    told = { status, error, kind: served.settled[0]?.exchange.attempts[0]?.failure, headers };
  });
  assert.ok(told);
  return told;
}

test('a prompt that is filtered is refused by policy, and the client reads what was found', async () => {
  const blocked = {
    error: {
      message: 'The response was filtered due to the prompt triggering Azure OpenAI’s content management policy.',
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: {
          hate: { filtered: true, severity: 'high' },
          jailbreak: { filtered: true, detected: true },
          violence: { filtered: false, severity: 'safe' },
        },
      },
    },
  };
  const { status, error, kind } = await failing(reply.json(400, blocked));
  assert.deepEqual([status, error['code'], error['param'], kind], [400, 'content_filter', 'prompt', 'policy']);
  assert.match(String(error['message']), /content management policy\. Filtered: hate \(high\), jailbreak\.$/);
});

test('a deployment that is not there blames nobody, and the client reads how to mend it', async () => {
  const missing = { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } };
  const { status, error, kind } = await failing(reply.json(404, missing));
  assert.deepEqual([status, kind], [404, 'rejected']);
  assert.match(String(error['message']), /"azure\/" is the name of a deployment, not of a model/);
});

test('an operation that the model has not is the target’s lack, not the client’s fault', async () => {
  const lacking = {
    error: { code: 'OperationNotSupported', message: 'The chatCompletion operation does not work with the model.' },
  };
  assert.equal((await failing(reply.json(400, lacking))).kind, 'rejected');
});

test('a limit tells how long to wait to the millisecond', async () => {
  const limited = { error: { code: '429', message: 'Requests have exceeded the call rate limit.' } };
  const { status, headers, kind } = await failing(
    reply.json(429, limited, { 'retry-after': '2', 'retry-after-ms': '1350' }),
  );
  assert.deepEqual([status, kind, headers.get('retry-after-ms')], [429, 'throttled', '1350']);
});

test('a key that is not taken stays between the gateway and the resource', async () => {
  for (const body of [
    { error: { code: '401', message: 'Access denied due to invalid subscription key azure-key.' } },
    { statusCode: 401, message: 'Unauthorized. Access token is missing, invalid or has expired.' },
    { error: { code: 'PermissionDenied', message: 'The principal `b2a1` lacks the required data action.' } },
  ]) {
    const { status, error, kind } = await failing(reply.json(401, body));
    assert.deepEqual([status, kind], [502, 'credential']);
    assert.doesNotMatch(String(error['message']), /azure-key|principal|subscription/);
  }
});

test('a context that is too long is known in this place’s words (E-05)', async () => {
  const long = {
    error: {
      message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  };
  const { status, error, kind } = await failing(reply.json(400, long));
  assert.deepEqual([status, error['code'], kind], [400, 'context_length_exceeded', 'context']);
  assert.match(String(error['message']), /maximum context length is 8192 tokens/);
});

test('the model behind a deployment says what it takes, and its own quirks count over that (Q-02)', async () => {
  const deployments = {
    thinker: { model: 'o3' },
    old: { model: 'gpt-4o', quirks: { maxTokensField: 'max_tokens' } },
  };
  const limits = async (model: string, field: string): Promise<unknown> => {
    let sent: unknown;
    await withAzure(
      good,
      async ({ upstream, chat }) => {
        await chat({ model: `azure/${model}`, [field]: 7 });
        const { max_tokens, max_completion_tokens } = (await upstream.request(0)).json() as Record<string, unknown>;
        sent = { max_tokens, max_completion_tokens };
      },
      { deployments },
    );
    return sent;
  };
  for (const field of ['max_tokens', 'max_completion_tokens']) {
    const modern = { max_tokens: undefined, max_completion_tokens: 7 };
    assert.deepEqual(await limits('thinker', field), modern, field);
    assert.deepEqual(await limits('unheard-of', field), modern, field);
    assert.deepEqual(await limits('old', field), { max_tokens: 7, max_completion_tokens: undefined }, field);
  }
});

test('a client of another dialect gets a thinking model in Responses, and in a dated API in Chat Completions', async () => {
  const body = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], temperature: 1 };
  const pathAndBody = async (options: object): Promise<readonly unknown[]> => {
    let seen: readonly unknown[] = [];
    await withAzure(
      good,
      async ({ upstream, to }) => {
        await to('/v1/messages', body);
        const request = await upstream.request(0);
        const { temperature, model } = request.json() as Record<string, unknown>;
        seen = [request.path.split('?')[0], model, temperature];
      },
      { deployments: { mine: { model: 'o4-mini' } }, ...options },
    );
    return seen;
  };
  assert.deepEqual(await pathAndBody({}), ['/openai/v1/responses', 'mine', undefined]);
  assert.deepEqual(await pathAndBody({ apiVersion: '2024-10-21' }), [
    '/openai/deployments/mine/chat/completions',
    'mine',
    undefined,
  ]);
});

test('the deployments are the models that are listed', async () => {
  await withAzure(
    good,
    async ({ served }) => {
      const { text } = await ask(`${served.url}/v1/models`, { method: 'GET' });
      assert.match(text, /azure\/thinker/);
    },
    { deployments: { thinker: { model: 'o3' } } },
  );
});

/** A cloud: tokens by number, and models for those who have one that it takes. */
function cloud(taken: RegExp): Parameters<typeof fakeUpstream>[0] {
  let count = 0;
  return (request) => {
    if (request.path.endsWith('/oauth2/v2.0/token')) {
      return reply.json(200, { access_token: `token-${(count += 1)}`, expires_in: 3599, token_type: 'Bearer' });
    }
    const isTaken = taken.test(request.headers.get('authorization') ?? '');
    return isTaken ? reply.json(200, completion) : reply.json(401, { error: { code: '401', message: 'Expired.' } });
  };
}

/** An identity of the operator's whose tokens the fake gives. */
async function withEntra(
  answer: Parameters<typeof fakeUpstream>[0],
  act: (trial: Trial) => Promise<void>,
): Promise<void> {
  await using authority = await fakeUpstream(answer);
  const entra = {
    by: 'client-secret',
    tenantId: 't',
    clientId: 'c',
    clientSecret: 'entra-secret',
    authority: authority.url,
  };
  await withAzure(answer, (trial) => act({ ...trial, upstream: authority }), { entra, baseUrl: authority.url });
}

test('a token is fetched once, however many wait for it, and is sent in the place of a key', async () => {
  await withEntra(cloud(/./), async ({ upstream, chat }) => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => chat()));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    await chat();
    const paths = upstream.requests.map(({ path }) => path);
    assert.deepEqual([paths.filter((path) => path.endsWith('/token')).length, paths.length], [1, 7]);
    const asked = upstream.requests.find(({ path }) => path.endsWith('/completions'));
    assert.equal(asked?.headers.get('authorization'), 'Bearer token-1');
    assert.equal(asked?.headers.get('api-key'), undefined);
  });
});

test('a token that was taken back is replaced, once', async () => {
  await withEntra(cloud(/token-2$/), async ({ upstream, chat }) => {
    assert.equal((await chat()).status, 200);
    assert.equal(upstream.requests.length, 4);
  });
  await withEntra(cloud(/never/), async ({ upstream, chat }) => {
    assert.equal((await chat()).status, 502);
    assert.equal(upstream.requests.length, 4);
  });
});

test('an identity that is refused blames the credential, and says why in the log alone', async () => {
  const refusing = reply.json(401, {
    error: 'invalid_client',
    error_description: 'AADSTS7000215: Invalid client secret provided for app c.',
  });
  await withEntra(refusing, async ({ served, chat }) => {
    const { status, text } = await chat();
    assert.equal(status, 502);
    assert.equal(served.settled[0]?.exchange.attempts[0]?.failure, 'credential');
    assert.doesNotMatch(text, /AADSTS|invalid_client/);
    const logs = served.logs.join('\n');
    assert.match(logs, /AADSTS7000215/);
    assert.doesNotMatch(logs + text, /entra-secret/);
  });
});

test('a second key is a target of its own', async () => {
  const options = { credentials: { spare: 'spare-key' } };
  await withAzure(
    good,
    async ({ upstream, chat }) => {
      await chat({ model: 'azure/mine#spare' });
      assert.equal((await upstream.request(0)).headers.get('api-key'), 'spare-key');
    },
    options,
  );
});
