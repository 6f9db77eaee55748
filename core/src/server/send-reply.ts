import type { ServerResponse } from 'node:http';
import type { Head } from '../delivery.ts';
import type { ByteControl } from '../reply.ts';

/** Writes an answer to a response, as fast as its reader takes it. A stream that cannot say that it broke off is cut. */
export function sendReply(response: ServerResponse, head: Head): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(head.status, flat(head.headers));
  if (head.streamed) response.flushHeaders();
  let control: ByteControl | undefined;
  control = head.bytes.pipe({
    data: (chunk) => {
      if (!response.write(chunk)) control?.pause();
    },
    end: () => {
      response.end();
    },
    fail: () => {
      response.destroy();
    },
  });
  // What came at once came before there was anything to pause.
  if (response.writableNeedDrain) control.pause();
  response.on('drain', () => control?.resume());
}

/** Name, value, name, value: what `writeHead` takes without copying. */
function flat(headers: Head['headers']): string[] {
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value);
  return list;
}
