import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that answers from memory: a small document, or a stream of 300 chunks, paced or not. */
const small = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'upstream-model',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'A short answer to a short question.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 8, total_tokens: 20 },
});

const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'upstream-model', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

const chunks = [
  chunk({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: 298 }, (_, at) => chunk({ content: ` word${at}` }, null)),
  chunk({}, 'stop'),
];
const last = `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_760_000_000, model: 'upstream-model', choices: [], usage: { prompt_tokens: 12, completion_tokens: 298, total_tokens: 310 } })}\n\ndata: [DONE]\n\n`;

const server = createServer((request, response) => {
  let head = '';
  request.on('data', (piece: Buffer) => {
    if (head.length < 4096) head += piece.toString('latin1');
  });
  request.on('end', () => {
    const paceMs = Number(request.headers['x-pace'] ?? /"user":"pace-(\d+)"/.exec(head)?.[1] ?? 0);
    if (/"user":"idle"/.test(head)) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunks[1]);
    } else if (/"stream":\s*true/.test(head)) stream(response, paceMs);
    else
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(small) })
        .end(small);
  });
});

function stream(response: import('node:http').ServerResponse, paceMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let at = 0;
  const next = (): void => {
    if (response.destroyed) return;
    if (at < chunks.length) {
      response.write(chunks[at]);
      at += 1;
      if (paceMs > 0) setTimeout(next, paceMs);
      else setImmediate(next);
      return;
    }
    response.end(last);
  };
  next();
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
