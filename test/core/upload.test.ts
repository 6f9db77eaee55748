import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import {
  createGateway,
  createHttpProvider,
  definePlugin,
  listen,
  type Listening,
  type LiveGateway,
  Secret,
} from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';
import { fakeUpstream, reply } from '@tapgate/test-kit';
import { pino } from 'pino';

const boundary = 'x-boundary';
const field = (name: string, value: string, more = ''): string =>
  `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const fileHead = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="speech é.wav"\r\ncontent-type: audio/wav\r\n\r\n`;

async function served(url: string): Promise<{ gateway: LiveGateway; at: Listening }> {
  const gateway = createGateway(
    {
      server: { port: 0, adminPort: -1 },
      models: { speech: { targets: [{ provider: 'up', model: 'whisper-real' }], unsupported: 'refuse' } },
    },
    { log: pino({ level: 'silent' }) },
  );
  const up = definePlugin({
    name: 'up',
    apiVersion: 1,
    schema: { type: 'object' },
    apply(to) {
      to.dialect(openaiChat);
      to.provider(
        createHttpProvider(to, {
          name: 'up',
          baseUrl: `${url}/v1`,
          dialects: ['openai-chat'],
          credentials: { main: new Secret('k') },
        }),
      );
    },
  });
  gateway.use(up, {});
  return { gateway, at: await listen(gateway) };
}

function upload(port: number): ReturnType<typeof httpRequest> {
  return httpRequest({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/audio/transcriptions',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
}

test('an upload whose model comes first passes through as it comes, with the model resolved and every other byte as it was', async () => {
  await using upstream = await fakeUpstream(reply.json(200, { text: 'hello' }), { early: false });
  const { gateway, at } = await served(upstream.url);
  const audio = Buffer.alloc(3 * 1024 * 1024, 7);
  const call = upload(at.port);
  call.write(field('model', 'speech') + fileHead);
  call.write(audio.subarray(0, 64 * 1024));
  const reached = await upstream.request(0);
  assert.equal(reached.path, '/v1/audio/transcriptions');
  call.write(audio.subarray(64 * 1024));
  call.end(`\r\n--${boundary}--\r\n`);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.resume();
  await once(response, 'end');
  const expected = Buffer.concat([
    Buffer.from(field('model', 'whisper-real') + fileHead),
    audio,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  assert.ok(Buffer.from(upstream.requests[0]?.body ?? []).equals(expected));
  await at.close();
  await gateway.close();
});

test('an upload whose model comes last is held until it is known', async () => {
  await using upstream = await fakeUpstream(reply.json(200, { text: 'hello' }));
  const { gateway, at } = await served(upstream.url);
  const call = upload(at.port);
  const audio = 'a'.repeat(500_000);
  call.end(`${fileHead}${audio}\r\n${field('model', 'speech')}--${boundary}--\r\n`);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  response.resume();
  await once(response, 'end');
  assert.equal(
    upstream.requests[0]?.body.toString(),
    `${fileHead}${audio}\r\n${field('model', 'whisper-real')}--${boundary}--\r\n`,
  );
  await at.close();
  await gateway.close();
});

test('an upload whose client leaves in its middle ends the upstream call', async () => {
  await using upstream = await fakeUpstream(reply.json(200, { text: 'never' }));
  const { gateway, at } = await served(upstream.url);
  const call = upload(at.port);
  call.on('error', () => {});
  call.write(field('model', 'speech') + fileHead);
  call.write('b'.repeat(100_000));
  await upstream.request(0);
  call.destroy();
  for (let tries = 0; upstream.openSockets > 0 && tries < 1000; tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(upstream.openSockets, 0);
  await at.close();
  await gateway.close();
});
