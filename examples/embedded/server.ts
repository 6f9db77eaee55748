import { createServer, type Server } from 'node:http';
import { createListener, type LiveGateway } from '@tapgate/core';
import { assistants } from './gateway.ts';
import { summarise } from './summarise.ts';

/** A server with pages of its own, and the gateway on every other path. */
export function createShop(gateway: LiveGateway): Server {
  const toGateway = createListener(gateway);
  return createServer((request, response) => {
    if (request.url !== '/summary') return toGateway(request, response);
    summarise(gateway, 'Two shirts, one of them blue.').then(
      (summary) => response.end(summary),
      () => response.writeHead(502).end(),
    );
  });
}

if (import.meta.main) {
  const gateway = assistants();
  await gateway.ready();
  const server = createShop(gateway).listen(3000, '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    void gateway.close();
  });
  console.log('http://127.0.0.1:3000/summary, and the gateway on http://127.0.0.1:3000/v1');
}
