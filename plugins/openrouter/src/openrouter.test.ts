import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropic } from '@tapgate/anthropic';
import { stage, type Plugin, type Target } from '@tapgate/core';
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
  step,
} from '@tapgate/test-kit';
import { openrouter } from './openrouter.ts';

// What the machine's owner has set must not decide these tests.
delete process.env['OPENROUTER_API_KEY'];

const skip = fixturesFolder() === undefined ? noFixtures : false;
const messages = [{ role: 'user', content: 'Hi' }];
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.000125 };
const completion = {
  id: 'gen-1',
  provider: 'Azure',
  object: 'chat.completion',
  created: 1,
  model: 'openai/gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage,
};
const good = reply.json(200, completion, { 'x-generation-id': 'gen-1' });

interface Trial {
  readonly upstream: FakeUpstream;
  readonly served: ServedGateway;
  readonly chat: (body?: object, more?: Parameters<typeof ask>[1]) => Promise<Answered>;
}

interface Setting {
  readonly options?: object;
  readonly plugins?: readonly Plugin<never>[];
  readonly models?: Readonly<Record<string, readonly (string | Target)[]>>;
}

async function withOpenrouter(
  answer: Parameters<typeof fakeUpstream>[0],
  { options = {}, plugins = [], models = {} }: Setting,
  act: (trial: Trial) => Promise<void>,
): Promise<void> {
  await using upstream = await fakeUpstream(answer);
  const use = [openrouter, { baseUrl: `${upstream.url}/api/v1`, apiKey: 'sk-or', ...options }] as const;
  await using served = await serveGateway({ plugins: [use, [anthropic, {}], ...plugins], models });
  const chat: Trial['chat'] = (body = {}, more = {}) =>
    ask(`${served.url}/v1/chat/completions`, { body: { model: 'openrouter/a/b', messages, ...body }, ...more });
  await act({ upstream, served, chat });
}

/** What only this place knows of a request. */
const extensions = {
  models: ['anthropic/claude-sonnet-4.5', 'openai/gpt-5'],
  provider: { order: ['azure'], data_collection: 'deny', zdr: true, max_price: { prompt: 1 } },
  reasoning: { max_tokens: 2000, exclude: true },
  usage: { include: true },
  plugins: [{ id: 'web', max_results: 3 }],
  transforms: ['middle-out'],
  session_id: 's-1',
  trace: { name: 't' },
  top_a: 0.5,
};

test('what only this place knows goes through as it came, with the variants of models', async () => {
  await withOpenrouter(good, {}, async ({ upstream, chat }) => {
    for (const variant of ['', ':nitro', ':floor', ':online', ':free']) {
      await chat({ model: `openrouter/openai/gpt-4o${variant}`, ...extensions });
      const sent = upstream.requests.at(-1)?.json();
      assert.deepEqual(sent, { model: `openai/gpt-4o${variant}`, messages, ...extensions });
    }
  });
});

test('an operator may leave out what would lead a client to other models than it is allowed', async () => {
  await withOpenrouter(good, { options: { quirks: { drops: ['models'] } } }, async ({ upstream, chat }) => {
    const { headers } = await chat({ models: ['expensive/one'] });
    assert.deepEqual((await upstream.request(0)).json(), { model: 'a/b', messages });
    assert.equal(headers.get('x-tapgate-dropped'), 'models');
  });
});

test('a recorded request with extensions reaches it byte for byte but for the model', { skip }, async () => {
  const [fixture] = fixtures({ name: 'openrouter/native-options-stream' });
  assert.ok(fixture?.request);
  const recorded = Buffer.from(fixture.request.body).toString('utf8');
  const model = (JSON.parse(recorded) as { model: string }).model;
  await withOpenrouter(replay(fixture), {}, async ({ upstream, served }) => {
    const body = recorded.replace(model, `openrouter/${model}`);
    const headers = { 'content-type': 'application/json' };
    const { text } = await ask(`${served.url}/v1/chat/completions`, { body, headers });
    assert.equal((await upstream.request(0)).text, recorded);
    assert.equal(text, Buffer.from(fixture.bytes).toString('utf8'));
  });
});

/** A plugin that edits every request, so that it is written anew. */
const editing = {
  name: 'editing',
  apiVersion: 1,
  schema: { type: 'object' },
  apply: (gateway) => {
    gateway.hooks.beforeRoute.tap({ name: 'editing', stage: stage.shape }, (exchange) => {
      exchange.edit((request) => ({ ...request, sampling: { ...request.sampling, seed: 7 } }));
    });
  },
} satisfies Plugin as Plugin<never>;

test('an edited request keeps what only this place knows', async () => {
  await withOpenrouter(good, { plugins: [editing] }, async ({ upstream, chat }) => {
    await chat(extensions);
    const { seed, ...sent } = (await upstream.request(0)).json() as Record<string, unknown>;
    assert.equal(seed, 7);
    for (const [name, value] of Object.entries(extensions)) assert.deepEqual(sent[name], value, name);
  });
});

test('a client of another dialect has its thinking and its marks written in this place’s words', async () => {
  const target = {
    provider: 'openrouter',
    model: 'anthropic/claude-sonnet-4.5',
    parameters: { provider: { zdr: true } },
  };
  await withOpenrouter(good, { models: { smart: [target] } }, async ({ upstream, served }) => {
    const cached = { type: 'text', text: 'Long.', cache_control: { type: 'ephemeral' } };
    await ask(`${served.url}/v1/messages`, {
      body: {
        model: 'smart',
        max_tokens: 4000,
        system: [cached],
        thinking: { type: 'enabled', budget_tokens: 2000 },
        messages,
      },
    });
    const sent = (await upstream.request(0)).json() as Record<string, any>;
    assert.deepEqual(sent['reasoning'], { max_tokens: 2000 });
    assert.deepEqual(sent['messages'][0].content[0].cache_control, { type: 'ephemeral' });
    // What its operator says of the target counts whoever asks.
    assert.deepEqual(sent['provider'], { zdr: true });
  });
});

test('the app is named by its operator, and a client’s own address stays with the gateway', async () => {
  const options = { referer: 'https://acme.example/', title: 'Acme' };
  const headers = { 'http-referer': 'https://client.example', 'x-title': 'Client', referer: 'https://secret.example' };
  await withOpenrouter(good, { options }, async ({ upstream, chat }) => {
    await chat({}, { headers });
    const sent = await upstream.request(0);
    assert.deepEqual(
      ['http-referer', 'x-openrouter-title', 'x-title', 'referer'].map((name) => sent.headers.get(name)),
      ['https://acme.example/', 'Acme', undefined, undefined],
    );
  });
});

test('the price that it names is the cost, and who made the answer stands in the log', async () => {
  await withOpenrouter(good, {}, async ({ served, chat }) => {
    const { headers } = await chat();
    assert.equal(headers.get('x-generation-id'), 'gen-1');
    const { settlement, exchange } = served.settled[0] ?? {};
    assert.equal(settlement?.costNanos, 125_000n);
    assert.equal(exchange?.attempts[0]?.providerAnswered, 'Azure');
    const line = served.logs.find((text) => text.includes('upstreamProvider'));
    assert.match(line ?? '', /upstreamProvider.*Azure/s);
  });
});

test('every recorded answer goes through byte for byte, and is billed what it says', { skip }, async () => {
  for (const fixture of fixtures({ provider: 'openrouter', ok: true, whole: true })) {
    await withOpenrouter(replay(fixture), {}, async ({ served }) => {
      const [path, body] =
        fixture.dialect === 'openai-chat'
          ? ['/v1/chat/completions', { messages, ...(fixture.streamed && { stream_options: { include_usage: true } }) }]
          : ['/v1/responses', { input: 'Hi' }];
      const request = { model: 'openrouter/m', ...body, ...(fixture.streamed && { stream: true }) };
      const { text } = await ask(served.url + path, { body: request });
      const recorded = Buffer.from(fixture.bytes).toString('utf8');
      assert.equal(text, recorded, fixture.name);
      const { settlement } = served.settled[0] ?? {};
      assert.equal(settlement?.outcome, 'ok', fixture.name);
      const cost = [...recorded.matchAll(/"cost":([\d.e-]+)/g)].at(-1)?.[1];
      const nanos = cost === undefined ? null : BigInt(Math.round(Number(cost) * 1e9));
      assert.equal(settlement?.costNanos, nanos, fixture.name);
    });
  }
});

test('its comments pass, and are no content that would commit the answer', async () => {
  const error = {
    error: { code: 502, message: 'Provider returned error', metadata: { provider_name: 'X', raw: 'It is down.' } },
  };
  const comments = ': OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n';
  const script = [
    step.head(200, { 'content-type': 'text/event-stream' }),
    step.write(comments),
    step.write(`data: ${JSON.stringify(error)}\n\n`),
  ];
  await withOpenrouter(script, {}, async ({ served, chat }) => {
    const { status, json } = await chat({ stream: true });
    assert.equal(status, 502);
    assert.equal((json() as { error: { message: string } }).error.message, 'It is down.');
    assert.equal(served.settled[0]?.exchange.attempts[0]?.failure, 'broken');
  });
});

test('an error after content is an error for the client, and keeps its price', async () => {
  const chunk = (delta: object, more: object = {}): string =>
    `data: ${JSON.stringify({ id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
  const failed = {
    id: 'gen-1',
    object: 'chat.completion.chunk',
    error: { code: 'server_error', message: 'Provider disconnected' },
    choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    usage,
  };
  for (const last of [
    `data: ${JSON.stringify(failed)}\n\n`,
    chunk({}, { finish_reason: 'error', error: { code: 502, message: 'Provider disconnected' } }),
  ]) {
    const script = [
      step.head(200, { 'content-type': 'text/event-stream' }),
      step.write(chunk({ content: 'Hel' }) + chunk({ content: 'lo' })),
      step.write(last),
      step.write('data: [DONE]\n\n'),
    ];
    await withOpenrouter(script, {}, async ({ served, chat }) => {
      const { text } = await chat({ stream: true });
      assert.match(text, /"message":"Provider disconnected"/);
      assert.doesNotMatch(text, /\[DONE\]/);
      assert.equal(served.settled[0]?.settlement.outcome, 'upstream-error');
      if (last.includes('usage')) assert.equal(served.settled[0]?.settlement.costNanos, 125_000n);
    });
  }
});

test('an error in the place of a whole answer has its true status', async () => {
  const error = { error: { code: 429, message: 'Rate limited upstream' } };
  const choice = { index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'error', error: error.error };
  for (const body of [error, { ...completion, choices: [choice] }]) {
    await withOpenrouter(reply.json(200, body), {}, async ({ served, chat }) => {
      assert.equal((await chat()).status, 429);
      assert.equal(served.settled[0]?.exchange.attempts[0]?.failure, 'throttled');
    });
  }
});

test('errors are told apart: no credit, moderation, a provider that is at its limit', { skip }, async () => {
  const kindOf = async (answer: Parameters<typeof fakeUpstream>[0]): Promise<readonly unknown[]> => {
    let told: readonly unknown[] = [];
    await withOpenrouter(answer, {}, async ({ served, chat }) => {
      const { status } = await chat();
      told = [status, served.settled[0]?.exchange.attempts[0]?.failure];
    });
    return told;
  };
  const said = (code: number, message: string, metadata?: object) =>
    reply.json(code, { error: { code, message, metadata } });
  assert.deepEqual(await kindOf(said(402, 'Insufficient credits')), [502, 'credential']);
  const flagged = said(403, 'Input was flagged', { reasons: ['violence'], flagged_input: 'x' });
  assert.deepEqual(await kindOf(flagged), [403, 'policy']);
  assert.deepEqual(await kindOf(said(404, 'No endpoints found that support tool use')), [404, 'rejected']);
  const [limited] = fixtures({ name: 'openrouter/rate-limit-429' });
  assert.ok(limited);
  assert.deepEqual(await kindOf(replay(limited)), [429, 'throttled']);
});

/** Streams without an end, and tells of its generation at the second question. */
function cancelled(asked: string[]): Parameters<typeof fakeUpstream>[0] {
  return ({ path }) => {
    if (path.includes('/generation')) {
      asked.push(path);
      const data = { id: 'gen-9', total_cost: 0.004, cancelled: true };
      return asked.length === 1 ? reply.json(404, {}) : reply.json(200, { data });
    }
    const chunk = { id: 'gen-9', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' } }] };
    return [
      step.head(200, { 'content-type': 'text/event-stream', 'x-generation-id': 'gen-9' }),
      step.write(`data: ${JSON.stringify(chunk)}\n\n`),
      step.stall(),
    ];
  };
}

/** A client that leaves as soon as something came. */
async function leave(chat: Trial['chat']): Promise<void> {
  const leaving = new AbortController();
  await chat({ stream: true }, { signal: leaving.signal, onChunk: () => leaving.abort() });
}

async function settledOf(served: ServedGateway): Promise<ServedGateway['settled'][number]> {
  while (served.settled[0] === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  return served.settled[0];
}

test('an answer that its client left is billed what its generation says', async () => {
  const asked: string[] = [];
  await withOpenrouter(cancelled(asked), { options: { billWithinMs: 20_000 } }, async ({ served, chat }) => {
    await leave(chat);
    const { settlement } = await settledOf(served);
    assert.deepEqual([settlement.outcome, settlement.costNanos], ['client-left', 4_000_000n]);
    assert.deepEqual(asked, ['/api/v1/generation?id=gen-9', '/api/v1/generation?id=gen-9']);
  });
});

test('without that option nobody asks, and the cost stays unknown', async () => {
  const asked: string[] = [];
  await withOpenrouter(cancelled(asked), {}, async ({ served, chat }) => {
    await leave(chat);
    const { settlement } = await settledOf(served);
    assert.deepEqual([settlement.outcome, settlement.costNanos, asked], ['client-left', null, []]);
  });
});
