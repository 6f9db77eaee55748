import assert from 'node:assert/strict';
import { test as plain } from 'node:test';
import { azureOpenai } from '@tapgate/azure-openai';
import { bedrock } from '@tapgate/bedrock';
import cohere from '@tapgate/cohere';
import mistral from '@tapgate/mistral';
import openrouter from '@tapgate/openrouter';
import {
  type Answer,
  ask,
  fakeUpstream,
  leakProbes,
  type PluginUse,
  reply,
  serveGateway,
  sseText,
  step,
} from '@tapgate/test-kit';
import { languages, makers } from '../faults/stage.ts';
import { tongues } from '../faults/tongues.ts';
import { clientKey, everyPlugin, foreign, world } from './world.ts';

const test = leakProbes(plain as never);

const canary = 'sk-canary-0123456789abcdefghij';
/** The key, its end, and the forms in which a header or a dump of bytes would have it. */
const traces = [
  canary,
  canary.slice(-8),
  Buffer.from(canary).toString('base64').replace(/=+$/, ''),
  Buffer.from(canary).toString('hex'),
];

/** Every provider whose key is one text, at an upstream of ours. */
const providers: Readonly<Record<string, (url: string) => PluginUse>> = {
  openai: (url) => [makers['openai-chat']?.plugin as never, { baseUrl: `${url}/v1`, apiKey: canary }, { id: 'p' }],
  anthropic: (url) => [makers['anthropic-messages']?.plugin as never, { baseUrl: url, apiKey: canary }, { id: 'p' }],
  google: (url) => [
    makers['google-generate']?.plugin as never,
    { baseUrl: `${url}/v1beta`, apiKey: canary },
    { id: 'p' },
  ],
  azure: (url) => [azureOpenai, { baseUrl: url, apiKey: canary }, { id: 'p' }],
  bedrock: (url) => [bedrock, { region: 'eu-central-1', baseUrl: url, apiKey: canary }, { id: 'p' }],
  cohere: (url) => [cohere, { baseUrl: url, apiKey: canary }, { id: 'p' }],
  mistral: (url) => [mistral, { baseUrl: `${url}/v1`, apiKey: canary }, { id: 'p' }],
  openrouter: (url) => [openrouter, { baseUrl: `${url}/v1`, apiKey: canary }, { id: 'p' }],
};

const echoed = {
  error: { message: `Incorrect API key provided: ${canary}.`, type: 'invalid_request_error', param: null, code: 'x' },
};
const faults: readonly (readonly [what: string, answer: Answer | 'closed' | 'no name' | 'no tls'])[] = [
  ['a refusal that repeats it', reply.json(400, echoed)],
  ['a refusal of it', reply.json(401, echoed)],
  ['an unknown model', reply.json(404, echoed)],
  ['a failure that repeats it', reply.text(500, `<html>${canary}</html>`)],
  ['an error in a success', reply.json(200, echoed)],
  ['silence', reply.stall()],
  ['a reset', reply.hangUp('reset')],
  ['a port where nobody listens', 'closed'],
  ['a name that does not resolve', 'no name'],
  ['a server without TLS', 'no tls'],
];

// A-07, A-08
for (const [what, answer] of faults) {
  test(`no key of a provider is in an answer or a log, at whatever level: ${what}`, async () => {
    await using upstream = await fakeUpstream(typeof answer === 'string' ? reply.hangUp() : answer);
    const url =
      answer === 'closed'
        ? 'http://127.0.0.1:9'
        : answer === 'no name'
          ? 'https://nobody.invalid'
          : answer === 'no tls'
            ? upstream.url.replace('http:', 'https:')
            : upstream.url;
    for (const [name, provide] of Object.entries(providers)) {
      const before = upstream.requests.length;
      await using served = await serveGateway({
        plugins: [languages, provide(url)],
        models: { m: ['p/model'] },
        upstream: { timeouts: { connectMs: 300, firstEventMs: 100 } },
      });
      for (const model of typeof answer === 'string' ? ['m'] : ['m', 'p/other', 'nobody']) {
        for (const stream of [true, false]) {
          const body = { model, stream, messages: [{ role: 'user', content: 'Hello' }] };
          const answered = await ask(`${served.url}/v1/chat/completions`, { body });
          const everything = [answered.text, JSON.stringify([...answered.headers]), ...served.logs].join('\n');
          assert.ok(
            answered.status >= 400 || answered.text.includes('error'),
            `${name}: ${answered.status} ${answered.text}`,
          );
          for (const trace of traces)
            assert.ok(
              !everything.includes(trace),
              `${name} ${model}: ${everything.slice(Math.max(0, everything.indexOf(trace) - 200), everything.indexOf(trace) + 50)}`,
            );
        }
      }
      assert.ok(served.logs.length > 0);
      if (typeof answer !== 'string') assert.ok(upstream.requests.length > before, `${name} was not asked`);
    }
  });
}

const said = 'quetzal-7391';

// O-01
for (const tongue of tongues) {
  for (const vendor of [tongue.dialect, foreign[tongue.dialect] ?? '']) {
    test(`nothing of what was said is in a log, at whatever level, whole or streamed, well or not (${tongue.dialect} from ${vendor})`, async () => {
      const spoken = tongues.find(({ dialect }) => dialect === vendor);
      assert.ok(spoken);
      const secret = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value).replaceAll('Antwort', said).replaceAll('It broke', said));
      const frames = [...spoken.stream.beginning, ...spoken.stream.content];
      const head = step.head(200, { 'content-type': 'text/event-stream' });
      const answers: readonly Answer[] = [
        (request) =>
          /stream(?:Generate|":true)/.test(request.path + request.text)
            ? reply.sse(
                sseText(
                  [...frames, ...spoken.stream.ending].map((frame) => secret(frame) as never),
                  spoken.lineEnd,
                ),
              )
            : reply.json(200, secret(spoken.whole)),
        reply.json(500, secret(spoken.error(500, 'It broke.'))),
        reply.json(400, secret(spoken.error(400, 'It broke.'))),
        [
          head,
          step.write(
            sseText(
              frames.map((frame) => secret(frame) as never),
              spoken.lineEnd,
            ),
          ),
          step.sleep(20),
          step.reset(),
        ],
      ];
      for (const answer of answers) {
        await using at = await world({ a: [vendor, answer] }, { plugins: everyPlugin });
        for (const streamed of [true, false]) {
          const { path, body } = tongue.question(streamed);
          const question = JSON.parse(JSON.stringify(body).replace('Hello', said)) as object;
          await ask(at.url + path, { body: question, headers: { authorization: `Bearer ${clientKey}` } });
        }
        assert.equal(at.served.settled.length, 2);
        const all = at.served.logs.join('\n');
        assert.ok(all.length > 0);
        assert.ok(!all.includes(said), all.slice(Math.max(0, all.indexOf(said) - 400), all.indexOf(said) + 100));
        assert.ok(!all.includes(clientKey));
      }
    });
  }
}
