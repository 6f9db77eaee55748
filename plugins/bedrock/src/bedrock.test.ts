import assert from 'node:assert/strict';
import { test } from 'node:test';
import anthropic from '@tapgate/anthropic';
import {
  collectBytes,
  createGateway,
  type GatewayConfig,
  type HandleRequest,
  type LiveGateway,
  type Settlement,
} from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import {
  fakeUpstream,
  fixtures,
  fixturesFolder,
  inPieces,
  noFixtures,
  readSse,
  replay,
  reply,
  step,
  validateChatReply,
  validateChatStream,
  validateMessagesStream,
} from '@tapgate/test-kit';
import { pino } from 'pino';
import { writeFrame } from './frames/frame.ts';
import bedrock from './index.ts';
import { shapeFaults } from './service-shapes.test.ts';

// What the machine's owner has set must not decide these tests.
for (const name of Object.keys(process.env)) if (/^(?:AWS|ANTHROPIC)_/.test(name)) delete process.env[name];

const skip = fixturesFolder() === undefined ? noFixtures : false;
const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', region: 'eu-west-1' };
const claudeId = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';

interface Setting {
  readonly model?: string;
  readonly options?: Record<string, unknown>;
  readonly speaksClaude?: boolean;
  readonly config?: GatewayConfig;
}

/** A gateway whose model `smart` is at a fake upstream. */
function gatewayOf(url: string, { model, options, speaksClaude = true, config }: Setting = {}): LiveGateway {
  const target = { provider: 'bedrock', model: model ?? 'amazon.nova-micro-v1:0' };
  const models = { smart: { targets: [target], unsupported: 'refuse' as const } };
  const gateway = createGateway({ models, ...config }, { log: pino({ level: 'silent' }) });
  gateway.dialect(openaiChat);
  if (speaksClaude) gateway.use(anthropic, {});
  gateway.use(bedrock, { ...keys, baseUrl: url, ...options });
  return gateway;
}

interface Told {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly settlement: Settlement;
}

async function tell(gateway: LiveGateway, request: HandleRequest): Promise<Told> {
  const handled = await gateway.handle(request);
  const bytes = await collectBytes(handled.bytes);
  const { status, headers } = handled;
  return { status, headers, bytes, text: Buffer.from(bytes).toString('utf8'), settlement: await handled.settled };
}

const chat = (more: object = {}): HandleRequest => ({
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  body: Buffer.from(JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Hi' }], ...more })),
});
const messages = (more: object = {}, rest: Partial<HandleRequest> = {}): HandleRequest => ({
  dialect: 'anthropic-messages',
  path: '/v1/messages',
  body: Buffer.from(
    JSON.stringify({ model: 'smart', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...more }),
  ),
  ...rest,
});
const recorded = (name: string): ReturnType<typeof fixtures>[number] => {
  const [found] = fixtures({ name });
  assert.ok(found);
  return found;
};
const answer = {
  output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  metrics: { latencyMs: 1 },
};

/** An event of Claude's own API as this place frames it. */
const chunk = (data: string): Uint8Array =>
  writeFrame({
    headers: { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    payload: Buffer.from(JSON.stringify({ bytes: Buffer.from(data).toString('base64'), p: 'abc' })),
  });
const exception = (type: string, message: string): Uint8Array =>
  writeFrame({
    headers: { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    payload: Buffer.from(JSON.stringify({ message })),
  });
const eventStream = { 'content-type': 'application/vnd.amazon.eventstream' };

test(
  'a client of chat is answered by a recorded stream, and the request is signed for the region',
  { skip },
  async () => {
    const fixture = recorded('bedrock/tool-stream');
    await using upstream = await fakeUpstream(replay(fixture, { chunks: inPieces(fixture.bytes, 3) }));
    const gateway = gatewayOf(upstream.url);
    const tools = [{ type: 'function', function: { name: 'respond', parameters: { type: 'object', properties: {} } } }];
    const told = await tell(gateway, chat({ stream: true, stream_options: { include_usage: true }, tools }));
    assert.equal(told.status, 200);
    assert.deepEqual(validateChatStream(told.bytes), []);
    assert.match(told.text, /"finish_reason":"tool_calls"/);
    assert.deepEqual([told.settlement.usage.input, told.settlement.usage.output], [510, 32]);
    const sent = await upstream.request(0);
    assert.equal(sent.path, '/model/amazon.nova-micro-v1%3A0/converse-stream');
    assert.match(
      sent.headers.get('authorization') ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\//,
    );
    assert.match(sent.headers.get('x-amz-date') ?? '', /^\d{8}T\d{6}Z$/);
    assert.deepEqual(shapeFaults('ConverseStreamRequest', sent.json()), []);
    await gateway.close();
  },
);

test('a client of chat is answered by a recorded whole answer', { skip }, async () => {
  await using upstream = await fakeUpstream(replay(recorded('bedrock/structured-tool-turn1')));
  const gateway = gatewayOf(upstream.url);
  const told = await tell(gateway, chat());
  assert.deepEqual(validateChatReply(told.bytes), []);
  assert.equal((await upstream.request(0)).path, '/model/amazon.nova-micro-v1%3A0/converse');
  await gateway.close();
});

test('an API key goes out as a bearer, and a second credential is a target of its own', async () => {
  await using upstream = await fakeUpstream(reply.json(200, answer));
  const second = { provider: 'bedrock', model: 'm.x', credential: 'second' };
  const config = { models: { smart: { targets: [second] }, plain: ['bedrock/m.x'] } } as unknown as GatewayConfig;
  const options = { apiKey: 'key', credentials: { second: { accessKeyId: 'AKIDOTHER', secretAccessKey: 'other' } } };
  const gateway = gatewayOf(upstream.url, { options, config });
  await tell(gateway, chat());
  await tell(gateway, chat({ model: 'bedrock/m.x' }));
  assert.match((await upstream.request(0)).headers.get('authorization') ?? '', /Credential=AKIDOTHER\//);
  assert.equal((await upstream.request(1)).headers.get('authorization'), 'Bearer key');
  await gateway.close();
});

test('the credentials show nowhere: not in an error, not in what is printed of the plugin', async () => {
  const body = { message: 'The security token included in the request is invalid: AKIDEXAMPLE' };
  await using upstream = await fakeUpstream(
    reply.json(403, body, { 'x-amzn-errortype': 'UnrecognizedClientException:http://internal.amazon.com/x' }),
  );
  const gateway = gatewayOf(upstream.url);
  const told = await tell(gateway, chat());
  assert.equal(told.status, 502);
  assert.equal(told.text.includes('AKIDEXAMPLE'), false);
  assert.equal(told.settlement.code, 'UPSTREAM_CREDENTIAL');
  await gateway.close();
});

test('a wrong clock is put right by the first answer that refuses it', async () => {
  await using upstream = await fakeUpstream(reply.json(200, answer));
  const expired = { message: 'Signature expired' };
  const headers = { 'x-amzn-errortype': 'InvalidSignatureException', date: 'Sat, 01 Jan 2050 00:00:00 GMT' };
  upstream.queue(reply.json(403, expired, headers));
  const gateway = gatewayOf(upstream.url);
  const told = await tell(gateway, chat());
  assert.equal(told.status, 200);
  assert.match((await upstream.request(1)).headers.get('x-amz-date') ?? '', /^20500101T0000/);
  await gateway.close();
});

test('a stream that is cut is truncated, and one with a flipped bit is no answer', { skip }, async () => {
  const { bytes } = recorded('bedrock/text-stream');
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(flipped.readUInt8(900) ^ 4, 900);
  for (const [sent, outcome] of [
    [bytes.subarray(0, 700), 'upstream-truncated'],
    [flipped, 'upstream-error'],
  ] as const) {
    await using upstream = await fakeUpstream(reply.bytes(200, sent, eventStream));
    const gateway = gatewayOf(upstream.url);
    const told = await tell(gateway, chat({ stream: true }));
    assert.equal(told.settlement.outcome, outcome);
    assert.equal(told.text.includes('[DONE]'), false);
    assert.match(told.text, /data: \{"error":/);
    await gateway.close();
  }
});

test('an exception before the first content has its true status, and one after it ends the stream with an error', async () => {
  const start = writeFrame({
    headers: { ':event-type': 'messageStart', ':content-type': 'application/json', ':message-type': 'event' },
    payload: Buffer.from('{"role":"assistant"}'),
  });
  const throttled = exception('throttlingException', 'Too many requests, please wait before trying again.');
  await using upstream = await fakeUpstream(reply.bytes(200, Buffer.concat([start, throttled]), eventStream));
  const gateway = gatewayOf(upstream.url);
  const early = await tell(gateway, chat({ stream: true }));
  assert.equal(early.status, 429);
  assert.match(early.text, /Too many requests/);
  const late = Buffer.concat([start, delta('Hel'), exception('modelStreamErrorException', 'The model broke.')]);
  upstream.answer(reply.bytes(200, late, eventStream));
  const told = await tell(gateway, chat({ stream: true }));
  assert.equal(told.status, 200);
  assert.match(told.text, /The model broke\./);
  assert.equal(told.text.includes('[DONE]'), false);
  await gateway.close();
});

function delta(text: string): Uint8Array {
  return writeFrame({
    headers: { ':event-type': 'contentBlockDelta', ':content-type': 'application/json', ':message-type': 'event' },
    payload: Buffer.from(JSON.stringify({ contentBlockIndex: 0, delta: { text }, p: 'abc' })),
  });
}

test('errors tell what they are: throttled, too long, not found, a quota', async () => {
  for (const [type, status, message, code] of [
    ['ThrottlingException', 429, 'Too many tokens, please wait before trying again.', 429],
    ['ValidationException', 400, 'Input is too long for requested model.', 400],
    ['ValidationException', 400, 'The provided model identifier is invalid.', 400],
    ['ResourceNotFoundException', 404, 'Could not resolve the foundation model.', 404],
    ['ModelNotReadyException', 429, 'Model is not ready for inference.', 503],
    ['ServiceQuotaExceededException', 400, 'Quota', 502],
  ] as const) {
    await using upstream = await fakeUpstream(reply.json(status, { message }, { 'x-amzn-errortype': type }));
    const gateway = gatewayOf(upstream.url);
    const told = await tell(gateway, chat());
    assert.equal(told.status, code, `${type}: ${message}`);
    await gateway.close();
  }
});

test(
  'a client of Claude’s own API gets the very events of a recorded stream, through binary frames at a byte a chunk',
  { skip },
  async () => {
    const { bytes } = recorded('anthropic/thinking-tool-stream');
    const events = readSse(bytes);
    const frames = Buffer.concat(events.map(({ data }) => chunk(data)));
    const head = step.head(200, eventStream);
    await using upstream = await fakeUpstream([head, ...inPieces(frames, 1).map((piece) => step.write(piece))]);
    const gateway = gatewayOf(upstream.url, { model: claudeId });
    const told = await tell(gateway, messages({ stream: true }));
    assert.equal(told.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.deepEqual(
      readSse(told.bytes).map(({ event, data }) => [event, data]),
      events.map(({ event, data }) => [event, data]),
    );
    assert.deepEqual(validateMessagesStream(told.bytes), []);
    const sent = await upstream.request(0);
    assert.equal(sent.path, `/model/${encodeURIComponent(claudeId)}/invoke-with-response-stream`);
    assert.equal(
      sent.text,
      '{"max_tokens":9,"messages":[{"role":"user","content":"Hi"}],"anthropic_version":"bedrock-2023-05-31"}',
    );
    assert.equal(told.settlement.outcome, 'ok');
    await gateway.close();
  },
);

test(
  'a client of chat reaches Claude by its own API too, and by Converse where that is not spoken or not wanted',
  { skip },
  async () => {
    const whole = recorded('anthropic/text');
    for (const [setting, path, script] of [
      [{}, 'invoke', replay(whole)],
      [{ options: { anthropic: 'converse' } }, 'converse', reply.json(200, answer)],
      [{ speaksClaude: false }, 'converse', reply.json(200, answer)],
    ] as const) {
      await using upstream = await fakeUpstream(script);
      const gateway = gatewayOf(upstream.url, { model: claudeId, ...setting });
      const told = await tell(gateway, chat());
      assert.deepEqual(validateChatReply(told.bytes), []);
      assert.equal((await upstream.request(0)).path, `/model/${encodeURIComponent(claudeId)}/${path}`);
      await gateway.close();
    }
  },
);

test('betas pass a filter on every path: asked by the messages of its own, counted, and through Converse', async () => {
  const headers = new Map([['anthropic-beta', 'claude-code-20250219,interleaved-thinking-2025-05-14']]);
  await using upstream = await fakeUpstream(reply.json(200, answer));
  upstream.queue(reply.json(200, { type: 'message', role: 'assistant', content: [], model: 'c', usage: {} }));
  upstream.queue(reply.json(200, { inputTokens: 671 }));
  const gateway = gatewayOf(upstream.url, { model: claudeId, options: { betas: ['effort-2025-11-24'] } });
  const sent = ['interleaved-thinking-2025-05-14', 'effort-2025-11-24'];
  const asked = await tell(
    gateway,
    messages({ anthropic_beta: ['context-1m-2025-08-07', 'nobody-knows'] }, { headers }),
  );
  const first = (await upstream.request(0)).json() as { anthropic_beta: string[] };
  assert.deepEqual(first.anthropic_beta, [...sent, 'context-1m-2025-08-07']);
  assert.match(asked.headers.get('x-tapgate-dropped') ?? '', /claude-code-20250219/);
  assert.equal((await upstream.request(0)).headers.has('anthropic-beta'), false);
  const count = { path: '/v1/messages/count_tokens', headers };
  const counted = await tell(gateway, messages({ max_tokens: undefined }, count));
  assert.equal(counted.text, '{"input_tokens":671}');
  const second = await upstream.request(1);
  assert.equal(second.path, '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0/count-tokens');
  const { input } = second.json() as { input: { invokeModel: { body: string } } };
  const body = JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString('utf8')) as Record<string, unknown>;
  assert.deepEqual([body['anthropic_beta'], body['max_tokens']], [sent, 1024]);
  await gateway.close();
  const converse = gatewayOf(upstream.url, { model: claudeId, options: { anthropic: 'converse' } });
  await tell(converse, messages({}, { headers }));
  const third = (await upstream.request(2)).json() as { additionalModelRequestFields: unknown };
  assert.deepEqual(third.additionalModelRequestFields, { anthropic_beta: ['interleaved-thinking-2025-05-14'] });
  await converse.close();
});

test('what Bedrock does not take of Claude’s API is left out, and the client is told', async () => {
  await using upstream = await fakeUpstream(
    reply.json(200, { type: 'message', role: 'assistant', content: [], model: 'c', usage: {} }),
  );
  const gateway = gatewayOf(upstream.url, { model: claudeId });
  const told = await tell(gateway, messages({ metadata: { user_id: 'u' }, service_tier: 'auto' }));
  assert.equal(told.headers.get('x-tapgate-dropped'), 'metadata, service_tier');
  assert.deepEqual(Object.keys((await upstream.request(0)).json() as object), [
    'max_tokens',
    'messages',
    'anthropic_version',
  ]);
  await gateway.close();
});

test(
  'a stream of Claude’s own API that throws says so to its client, early by status and late by an error event',
  { skip },
  async () => {
    const events = readSse(recorded('anthropic/text-stream').bytes).map(({ data }) => data);
    const throttled = exception('throttlingException', 'Too many requests.');
    await using upstream = await fakeUpstream(
      reply.bytes(200, Buffer.concat([chunk(events[0] ?? ''), throttled]), eventStream),
    );
    const gateway = gatewayOf(upstream.url, { model: claudeId });
    const early = await tell(gateway, messages({ stream: true }));
    assert.deepEqual([early.status, early.text.includes('rate_limit_error')], [429, true]);
    const late = Buffer.concat([...events.slice(0, 5).map(chunk), exception('serviceUnavailableException', 'Away.')]);
    upstream.answer(reply.bytes(200, late, eventStream));
    const told = await tell(gateway, messages({ stream: true }));
    assert.equal(told.status, 200);
    assert.match(
      told.text,
      /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"Away\."/,
    );
    const cut = Buffer.concat(events.slice(0, 5).map(chunk));
    upstream.answer(reply.bytes(200, cut.subarray(0, -3), eventStream));
    assert.equal((await tell(gateway, messages({ stream: true }))).settlement.outcome, 'upstream-truncated');
    cut.writeUInt8(cut.readUInt8(cut.length - 30) ^ 1, cut.length - 30);
    upstream.answer(reply.bytes(200, cut, eventStream));
    assert.equal((await tell(gateway, messages({ stream: true }))).settlement.outcome, 'upstream-error');
    await gateway.close();
  },
);

test('the operator’s guardrail is on every request, and no client leaves it out', async () => {
  const guardrail = { identifier: 'g-1', version: '2', trace: true };
  await using upstream = await fakeUpstream(reply.json(200, answer));
  const plain = gatewayOf(upstream.url, { options: { guardrail } });
  await tell(plain, chat());
  const { guardrailConfig } = (await upstream.request(0)).json() as { guardrailConfig: unknown };
  assert.deepEqual(guardrailConfig, { guardrailIdentifier: 'g-1', guardrailVersion: '2', trace: 'enabled' });
  await plain.close();
  upstream.answer(reply.json(200, { type: 'message', role: 'assistant', content: [], model: 'c', usage: {} }));
  const claude = gatewayOf(upstream.url, { model: claudeId, options: { guardrail } });
  await tell(claude, messages());
  const { headers } = await upstream.request(1);
  assert.equal(headers.get('x-amzn-bedrock-guardrailidentifier'), 'g-1');
  assert.match(headers.get('authorization') ?? '', /SignedHeaders=[^,]*x-amzn-bedrock-guardrailversion/);
  await claude.close();
});

test('an id that does not say whose model it is stands for one that does', async () => {
  const arn = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc';
  await using upstream = await fakeUpstream(
    reply.json(200, { type: 'message', role: 'assistant', content: [], model: 'c', usage: {} }),
  );
  const gateway = gatewayOf(upstream.url, { model: arn, options: { standsFor: { [arn]: claudeId } } });
  await tell(gateway, messages());
  assert.equal((await upstream.request(0)).path, `/model/${encodeURIComponent(arn)}/invoke`);
  await gateway.close();
});

test('a client that leaves ends the call upstream, whichever way Claude is asked', { skip }, async () => {
  const events = readSse(recorded('anthropic/text-stream').bytes).map(({ data }) => data);
  const begun = Buffer.concat(events.slice(0, 4).map(chunk));
  await using upstream = await fakeUpstream([step.head(200, eventStream), step.write(begun), step.stall()]);
  const gateway = gatewayOf(upstream.url, { model: claudeId });
  const leaving = new AbortController();
  const handled = await gateway.handle({ ...messages({ stream: true }), signal: leaving.signal });
  assert.equal(handled.status, 200);
  leaving.abort();
  const record = await upstream.request(0);
  await record.closed;
  assert.ok(record.aborted);
  assert.equal((await handled.settled).outcome, 'client-left');
  await gateway.close();
});
