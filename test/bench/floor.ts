import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { answerMeasures } from './measure.ts';

/** The least a proxy can do: node:http in, undici out, no look at a byte. Everything else is measured against it. */
const pool = new Pool(process.argv[2] ?? '', { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    let status = 0;
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer key',
          ...(request.headers['x-stream'] === undefined ? {} : { 'x-stream': 'true' }),
        },
        body: body ?? null,
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, code, headers) {
          status = code;
          response.writeHead(status, {
            'content-type': String(headers['content-type']),
            ...(headers['content-length'] === undefined ? {} : { 'content-length': String(headers['content-length']) }),
          });
        },
        onResponseData(controller, data) {
          if (!response.write(data)) {
            controller.pause();
            response.once('drain', () => controller.resume());
          }
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
answerMeasures();
