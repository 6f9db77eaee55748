import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { test } from 'node:test';
import { assistants } from './gateway.ts';
import { createKoaShop } from './koa.ts';
import { createShop } from './server.ts';
import { summarise } from './summarise.ts';

const hello = { model: 'assistant', messages: [{ role: 'user', content: 'Hello there!' }] };

/** Listens on a free port while something is tried. */
async function served(server: Server, tried: (url: string) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await tried(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function chat(url: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

test('a node:http server has its own pages, and the gateway on every other path', async () => {
  const gateway = assistants();
  await served(createShop(gateway), async (url) => {
    const summary = await fetch(`${url}/summary`);
    assert.equal(await summary.text(), 'Two shirts, one of them blue.');
    const answer: any = await (await chat(url, hello)).json();
    assert.equal(answer.choices[0].message.content, 'Hello there!');
    const nowhere = await fetch(`${url}/nowhere`);
    assert.equal(nowhere.status, 404);
  });
  await gateway.close();
});

test('a Koa application streams the answers of the gateway', async () => {
  const gateway = assistants();
  const app = createKoaShop(gateway);
  const callback = app.callback();
  const server = createServer((request, response) => void callback(request, response));
  await served(server, async (url) => {
    assert.equal(await (await fetch(url)).text(), 'The shop is open.');
    const response = await chat(url, { ...hello, stream: true });
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const text = await response.text();
    assert.match(text, /"content":"Hello/);
    assert.ok(text.endsWith('data: [DONE]\n\n'));
  });
  await gateway.close();
});

test('a program asks a model of its own gateway through no socket', async () => {
  const gateway = assistants();
  assert.equal(await summarise(gateway, 'One blue shirt.'), 'One blue shirt.');
  await gateway.close();
});

test('a closed gateway refuses, and the program is told so', async () => {
  const gateway = assistants();
  await gateway.close();
  await assert.rejects(summarise(gateway, 'One blue shirt.'), /The gateway says 503/);
});
