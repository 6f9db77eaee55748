import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigErrors, createGateway, definePlugin, type Plugin, type Target } from '@tapgate/core';
import { anthropicMessages } from '@tapgate/anthropic';
import { openaiChat } from '@tapgate/openai';
import {
  type Answer,
  type Answered,
  ask,
  fakeUpstream,
  fixtures,
  noFixtures,
  replay,
  reply,
  type ServedGateway,
  serveGateway,
  step,
} from '@tapgate/test-kit';
import aiSdk from './index.ts';

const clients: Plugin = definePlugin({
  name: 'clients',
  apiVersion: 1,
  schema: { type: 'object', additionalProperties: false },
  apply(gateway) {
    gateway.dialect(openaiChat);
    gateway.dialect(anthropicMessages);
  },
});

const usage = { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 };
const chunk = (delta: object, more: object = {}): string =>
  JSON.stringify({ id: 'i', model: 'm', created: 1, choices: [{ index: 0, delta, ...more }] });
const message = (said: object, reason = 'stop'): object => ({
  id: 'i',
  object: 'chat.completion',
  model: 'm',
  created: 1,
  choices: [{ index: 0, message: { role: 'assistant', ...said }, finish_reason: reason }],
  usage,
});

interface Trial {
  readonly requests: () => readonly any[];
  readonly served: ServedGateway;
  readonly chat: (body: object, more?: { readonly signal?: AbortSignal }) => Promise<Answered>;
  readonly messages: (body: object) => Promise<Answered>;
}

/** A gateway with a package in front of a server that stands for its vendor. */
async function trial(
  answer: Answer,
  body: (trial: Trial) => Promise<void>,
  given: { readonly options?: object; readonly target?: Partial<Target>; readonly unsupported?: 'drop' } = {},
): Promise<void> {
  await using upstream = await fakeUpstream(answer);
  const settings = { baseURL: `${upstream.url}/v1`, apiKey: 'tail-secret' };
  await using served = await serveGateway({
    plugins: [[clients], [aiSdk, { package: '@ai-sdk/mistral', settings, ...given.options }, { id: 'tail' }]],
    models: { kit: [{ provider: 'tail', model: 'mistral-small-latest', ...given.target }] },
    ...(given.unsupported === undefined ? {} : { unsupported: given.unsupported }),
  });
  const messages = [{ role: 'user', content: 'Hello' }];
  await body({
    requests: () => upstream.requests.map((request) => request.json()),
    served,
    chat: (more, how = {}) =>
      ask(`${served.url}/v1/chat/completions`, { body: { model: 'kit', messages, ...more }, ...how }),
    messages: (more) => ask(`${served.url}/v1/messages`, { body: { model: 'kit', max_tokens: 99, messages, ...more } }),
  });
}

const whole: Answer = () => reply.json(200, message({ content: 'Hi.' }));

for (const fixture of fixtures({ provider: 'mistral', ok: true, whole: true })) {
  test(`${fixture.name}, as recorded, is what the package makes of it`, async () => {
    await trial(
      () => replay(fixture),
      async ({ chat, served }) => {
        const { status, text } = await chat({ stream: fixture.streamed });
        assert.equal(status, 200, text);
        const reader = openaiChat.reader({ streamed: fixture.streamed, provider: 'x', able: {} });
        const said = [...reader.push(fixture.bytes), ...reader.end()];
        const back = openaiChat.reader({ streamed: fixture.streamed, provider: 'x', able: {} });
        const seen = [...back.push(Buffer.from(text)), ...back.end()];
        for (const kind of ['text', 'tool-call']) {
          assert.equal(textOf(seen, kind), textOf(said, kind), `${kind} of ${text}`);
        }
        const [{ settlement }] = served.settled as [any];
        assert.equal(settlement.outcome, 'ok');
        const wanted: any = said.findLast((event) => event.type === 'usage');
        if (wanted !== undefined) {
          const { input, cacheRead, output } = wanted.usage;
          assert.deepEqual(
            [settlement.usage.input, settlement.usage.cacheRead, settlement.usage.output],
            [input, cacheRead, output],
          );
        }
      },
    );
  });
}
if (fixtures({ provider: 'mistral' }).length === 0) test('recordings', (context) => context.skip(noFixtures));

function textOf(events: readonly any[], kind: string): string {
  const parts = new Set(events.filter((event) => event.kind === kind).map((event) => event.part));
  const names = events.filter((event) => event.kind === kind).map((event) => event.name ?? '');
  return names.join(' ') + events.map((event) => (parts.has(event.part) ? (event.text ?? '') : '')).join('');
}

test('a conversation with tools, files and settings reaches the vendor as its package writes it', async () => {
  await trial(whole, async ({ requests, chat }) => {
    const { status, text } = await chat({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'abcdefghi', type: 'function', function: { name: 'look', arguments: '{"at": 1}' } }],
        },
        { role: 'tool', tool_call_id: 'abcdefghi', content: 'a cat' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
      tool_choice: { type: 'function', function: { name: 'look' } },
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 77,
      stop: ['END'],
      seed: 7,
    });
    assert.equal(status, 200, text);
    const [sent] = requests();
    assert.equal(sent.model, 'mistral-small-latest');
    assert.deepEqual(
      [sent.temperature, sent.top_p, sent.max_tokens, sent.stop, sent.random_seed],
      [0.5, 0.9, 77, ['END'], 7],
    );
    assert.deepEqual(
      sent.messages.map(({ role }: any) => role),
      ['system', 'user', 'assistant', 'tool'],
    );
    assert.match(JSON.stringify(sent.messages[1].content), /data:image\/png;base64,iVBORw0KGgo=/);
    assert.equal(sent.messages[2].tool_calls[0].function.name, 'look');
    assert.equal(sent.messages[3].content, 'a cat');
    assert.equal(sent.tools[0].function.name, 'look');
  });
});

test('a schema for the answer goes along', async () => {
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  await trial(whole, async ({ requests, chat }) => {
    await chat({ response_format: { type: 'json_schema', json_schema: { name: 'number', schema } } });
    assert.deepEqual(requests()[0].response_format.json_schema.schema, schema);
    assert.equal(requests()[0].response_format.json_schema.name, 'number');
  });
});

test('what the operator sets for a target stands over what the client asked, in the words of the AI SDK', async () => {
  const parameters = { temperature: 0, providerOptions: { mistral: { safePrompt: true } } };
  await trial(
    whole,
    async ({ requests, chat }) => {
      await chat({ temperature: 1 });
      assert.equal(requests()[0].temperature, 0);
      assert.equal(requests()[0].safe_prompt, true);
      assert.equal(requests()[0].document_page_limit, 3);
    },
    { options: { providerOptions: { mistral: { safePrompt: false, documentPageLimit: 3 } } }, target: { parameters } },
  );
  await trial(
    whole,
    async ({ chat, requests }) => {
      assert.match((await chat({})).text, /max_tokens/);
      assert.equal(requests().length, 0);
    },
    { target: { parameters: { max_tokens: 3 } } },
  );
});

test('a streamed call of a tool comes as it is written, and ends as a call', async () => {
  const call = (more: object): string => chunk({ tool_calls: [{ index: 0, ...more }] });
  const events = [
    chunk({ role: 'assistant', content: '' }),
    call({ id: 'abcdefghi', type: 'function', function: { name: 'look', arguments: '{"at"' } }),
    call({ function: { name: '', arguments: ':1}' } }),
    JSON.stringify({
      id: 'i',
      model: 'm',
      created: 1,
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'tool_calls' }],
      usage,
    }),
    '[DONE]',
  ];
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
  await trial(
    () => reply.sse(events),
    async ({ chat, messages }) => {
      const { text } = await chat({ stream: true, tools });
      assert.match(text, /"name":"look"/);
      assert.match(text, /"finish_reason":"tool_calls"/);
      const { text: blocks } = await messages({
        stream: true,
        tools: [{ name: 'look', input_schema: { type: 'object' } }],
      });
      assert.match(blocks, /"type":"tool_use"/);
      assert.match(blocks, /"stop_reason":"tool_use"/);
      assert.match(blocks, /input_json_delta/);
    },
  );
});

test('thinking is told apart from the answer', async () => {
  const thinking = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: '4' },
  ];
  await trial(
    () => reply.json(200, message({ content: thinking })),
    async ({ messages, served }) => {
      const { text } = await messages({ thinking: { type: 'enabled', budget_tokens: 2048 } });
      assert.match(text, /"thinking":"Hm\."/);
      assert.match(text, /"text":"4"/);
      assert.match(text, /"output_tokens":3/);
      assert.deepEqual(served.settled[0]?.settlement.usage.input, 9);
    },
  );
});

test('what the AI SDK has no word for is refused where it matters, and told where it does not', async () => {
  await trial(whole, async ({ chat, requests }) => {
    for (const body of [
      { logprobs: true },
      { n: 2 },
      { logit_bias: { 1: 5 } },
      { parallel_tool_calls: false, tools: [{ type: 'function', function: { name: 'look' } }] },
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }] }] },
    ]) {
      const { status, text } = await chat(body);
      assert.equal(status, 400, text);
      assert.match(text, /cannot do what|logprobs/);
    }
    assert.equal(requests().length, 0);
    const { status, headers } = await chat({ user: 'me', service_tier: 'flex' });
    assert.equal(status, 200);
    assert.deepEqual(headers.get('x-tapgate-dropped')?.split(', ').toSorted(), ['service_tier', 'user']);
  });
});

test('a file by URL goes to a model whose vendor fetches it, and to no other', async () => {
  const file = { type: 'document', source: { type: 'url', url: 'https://x.example/a.pdf' } };
  await trial(whole, async ({ messages, requests }) => {
    const { status, text } = await messages({ messages: [{ role: 'user', content: [file] }] });
    assert.equal(status, 200, text);
    assert.match(JSON.stringify(requests()[0]), /https:\/\/x\.example\/a\.pdf/);
  });
});

test('what a package says it left out is told, and refused where the answer would be another', async () => {
  await trial(whole, async ({ messages }) => {
    const { status, headers } = await messages({ top_k: 5 });
    assert.equal(status, 200);
    assert.equal(headers.get('x-tapgate-dropped'), 'top_k');
  });
});

test('other operations are refused: only conversations have a canonical form', async () => {
  await trial(whole, async ({ served, requests }) => {
    const { status, text } = await ask(`${served.url}/v1/embeddings`, { body: { model: 'kit', input: 'Hello' } });
    assert.equal(status, 400);
    assert.match(text, /does not serve embeddings/);
    assert.equal(requests().length, 0);
  });
});

test("an error keeps its status, its wait and the vendor's words, and loses what is secret", async () => {
  const said = {
    object: 'error',
    message: 'Too fast with tail-secret.',
    type: 'rate_limited',
    param: null,
    code: '1300',
  };
  await trial(
    () => reply.json(429, said, { 'retry-after': '7' }),
    async ({ chat, served }) => {
      const { status, text, headers } = await chat({});
      assert.equal(status, 429);
      assert.match(text, /Too fast with \[secret\]/);
      assert.equal(headers.get('retry-after'), '7');
      const [attempt] = served.settled[0]?.exchange.attempts ?? [];
      assert.equal(attempt?.failure, 'throttled');
    },
  );
});

test('a stream that is cut off is no success, though its package ends it as one (S-09)', async () => {
  await trial(
    () => [
      step.head(200, { 'content-type': 'text/event-stream' }),
      step.write(`data: ${chunk({ content: 'Half' })}\n\n`),
    ],
    async ({ chat, served }) => {
      const { text } = await chat({ stream: true });
      assert.match(text, /Half/);
      assert.match(text, /"error"/);
      assert.doesNotMatch(text, /\[DONE\]/);
      assert.equal(served.settled[0]?.settlement.outcome, 'upstream-truncated');
    },
  );
});

test('an answer that the package cannot read is malformed, not a fault of the gateway', async () => {
  for (const stream of [false, true]) {
    await trial(
      () => (stream ? reply.sse(['{"choices": 3}', '[DONE]']) : reply.json(200, { choices: 3 })),
      async ({ chat, served }) => {
        const { status } = await chat({ stream });
        assert.equal(status, 502);
        assert.equal(served.settled[0]?.settlement.error?.code, 'UPSTREAM_MALFORMED');
      },
    );
  }
});

test('a redirect is not followed, and the credential goes nowhere else (S-03)', async () => {
  await using elsewhere = await fakeUpstream(whole);
  await trial(
    () => reply.text(302, '', { location: `${elsewhere.url}/v1/chat/completions` }),
    async ({ chat }) => {
      assert.equal((await chat({})).status, 502);
      assert.equal(elsewhere.requests.length, 0);
    },
  );
});

test('an event without end is cut off', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  await trial(
    () => [
      step.head(200, { 'content-type': 'text/event-stream' }),
      step.write('data: '),
      ...Array.from({ length: 20 }, () => step.write(piece)),
    ],
    async ({ chat, served }) => {
      assert.equal((await chat({ stream: true })).status, 502);
      assert.equal(served.settled[0]?.settlement.error?.code, 'UPSTREAM_TOO_LARGE');
    },
  );
});

// Packages that somebody wrote, in a folder of their own.

const folder = mkdtempSync(join(tmpdir(), 'tapgate-ai-sdk-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function install(name: string, source: string): void {
  const file = join(folder, 'node_modules', name, 'index.js');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const manifest = { name, version: '1.0.0', type: 'module', exports: { '.': { import: './index.js' } } };
  writeFileSync(join(dirname(file), 'package.json'), JSON.stringify(manifest));
}

const open = async (options: object): Promise<void> => {
  const gateway = createGateway({ log: { level: 'silent' } }, { folder });
  try {
    gateway.use<unknown>(aiSdk, options, { id: 'tail' });
    await gateway.ready();
  } finally {
    await gateway.close();
  }
};

const told = async (options: object): Promise<string> => {
  const error: unknown = await open(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigErrors, String(error));
  return error.errors.map(({ message: why, cure }) => `${why} ${cure}`).join('\n');
};

const model = (version: string, generate: string): string => `
  export const createThing = ({ fetch, baseURL = 'https://thing.example' }) => ({
    languageModel: (modelId) => ({
      specificationVersion: '${version}', provider: 'thing', modelId, supportedUrls: {},
      async doGenerate(options) { ${generate} },
    }),
  });
`;

const answered = `return {
  content: [
    { type: 'reasoning', text: 'Hm.', providerMetadata: { thing: { signature: 'sealed' } } },
    { type: 'text', text: JSON.stringify(options.prompt) },
    { type: 'source', sourceType: 'url', id: '1', url: 'https://source.example', title: 'Source' },
    { type: 'file', mediaType: 'image/png', data: 'iVBORw0KGgo=' },
  ],
  finishReason: { unified: 'stop', raw: 'done' },
  usage: { inputTokens: { total: 10, noCache: 4, cacheRead: 5, cacheWrite: 1 }, outputTokens: { total: 7, text: 3, reasoning: 4 } },
  warnings: globalThis.thingWarnings ?? [],
};`;

install('thing', model('v3', `await fetch(baseURL + '/ask', { method: 'POST', body: '{}' }); ${answered}`));
install('old-thing', model('v1', answered));
install('own-fetch', model('v4', `return globalThis.fetch('https://thing.example', { signal: options.abortSignal });`));
install(
  'elsewhere',
  model('v4', `await fetch((options.abortSignal.aborted ? baseURL : 'https://elsewhere.example') + '/ask', {});`),
);
install('two-factories', 'export const createOne = () => ({}); export const createTwo = () => ({});');
install('no-model', 'export const createNothing = () => ({});');

test('a package is found from the folder of the config, and what is wrong with it is told before anything listens', async () => {
  await open({ package: 'thing' });
  assert.match(await told({ package: 'nowhere' }), /not installed in .*npm install nowhere/s);
  assert.match(await told({ package: 'old-thing' }), /version "v1".*v3 and v4.*@ai-sdk\/provider 3 or 4/s);
  assert.match(await told({ package: 'two-factories' }), /createOne, createTwo/);
  assert.match(await told({ package: 'no-model' }), /no provider of language models/);
  assert.match(await told({ package: 'own-fetch' }), /could not be guarded/);
  assert.match(await told({ package: '@ai-sdk/mistral' }), /not installed/);
});

async function throughThing(
  options: object,
  body: (ask: (more: object, path?: string) => Promise<Answered>, served: ServedGateway) => Promise<void>,
): Promise<void> {
  await using upstream = await fakeUpstream(() => reply.json(200, {}));
  const before = process.cwd();
  process.chdir(folder);
  try {
    await using served = await serveGateway({
      plugins: [
        [clients],
        [aiSdk, { package: 'thing', settings: { baseURL: upstream.url }, ...options }, { id: 'tail' }],
      ],
      models: { kit: ['tail/m'] },
    });
    await body(
      (more, path = '/v1/messages') =>
        ask(served.url + path, {
          body: { model: 'kit', max_tokens: 9, messages: [{ role: 'user', content: 'Hello' }], ...more },
        }),
      served,
    );
  } finally {
    process.chdir(before);
  }
}

test('a package of the version before is asked in its words, and its seals come back to it and to nobody else', async () => {
  await throughThing({}, async (send, served) => {
    const file = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
    const first = await send({ messages: [{ role: 'user', content: [file] }] });
    assert.equal(first.status, 200, first.text);
    const { content } = first.json() as any;
    const prompt = JSON.parse(content.find(({ type }: any) => type === 'text').text);
    assert.deepEqual(prompt[0].content[0].data, 'iVBORw0KGgo=');
    assert.deepEqual(served.settled[0]?.settlement.usage, {
      ...served.settled[0]?.settlement.usage,
      input: 4,
      cacheRead: 5,
      cacheWrite: 1,
      output: 7,
      reasoning: 4,
    });
    const thought = content.find(({ type }: any) => type === 'thinking');
    const next = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [thought] },
      { role: 'user', content: 'On.' },
    ];
    const second = await send({ messages: next });
    const back = JSON.parse((second.json() as any).content.find(({ type }: any) => type === 'text').text);
    assert.deepEqual(back[1].content[0].providerOptions, { thing: { signature: 'sealed' } });
    const foreign = { ...thought, signature: 'of-somebody-else' };
    const third = await send({
      messages: [next[0], { role: 'assistant', content: [foreign, { type: 'text', text: 'Hi' }] }, next[2]],
    });
    assert.doesNotMatch((third.json() as any).content.at(-1).text ?? '', /of-somebody-else/);
    assert.match(third.headers.get('x-tapgate-dropped') ?? '', /content\[0\]/);
  });
});

test('a package that leaves out what changes the answer is a refusal, unless the route drops', async () => {
  (globalThis as any).thingWarnings = [{ type: 'unsupported', feature: 'responseFormat' }];
  await throughThing({}, async (send) => {
    const { status, text } = await send({});
    assert.equal(status, 400, text);
    assert.match(text, /response_format/);
  }).finally(() => delete (globalThis as any).thingWarnings);
});

test('a package that asks somebody else is stopped, and the client is not told whom', async () => {
  await throughThing({ package: 'elsewhere' }, async (send, served) => {
    const { status, text } = await send({});
    assert.equal(status, 502);
    assert.doesNotMatch(text, /elsewhere\.example/);
    assert.ok(served.logs.some((line) => line.includes('https://elsewhere.example')));
  });
});
