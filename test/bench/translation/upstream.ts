import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answers, streams } from './streams.ts';

/** Providers of the four dialects, which answer from memory: a stream of 300 events, one a turn of the loop, or a short document. */
const server = createServer((request, response) => {
  const url = request.url ?? '';
  const dialect = dialectOf(url);
  let head = '';
  request.on('data', (piece: Buffer) => {
    if (head.length < 4096) head += piece.toString('latin1', 0, 4096);
  });
  request.on('end', () => {
    const streamed = url.includes(':stream') || /"stream":\s*true/.test(head) || request.headers['x-stream'] === 'true';
    if (streamed) stream(response, streams[dialect] ?? []);
    else answer(response, answers[dialect] ?? '');
  });
});

function dialectOf(url: string): string {
  if (url.includes('/chat/completions')) return 'openai-chat';
  if (url.includes('/responses')) return 'openai-responses';
  return url.includes('/messages') ? 'anthropic-messages' : 'google-generate';
}

function answer(response: ServerResponse, text: string): void {
  const head = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(200, head).end(text);
}

function stream(response: ServerResponse, events: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let at = 0;
  const next = (): void => {
    if (response.destroyed) return;
    const event = events[at] ?? '';
    at += 1;
    if (at === events.length) response.end(event);
    else {
      response.write(event);
      setImmediate(next);
    }
  };
  next();
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
