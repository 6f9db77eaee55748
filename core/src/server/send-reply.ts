import type { ServerResponse } from 'node:http';
import type { Head } from '../delivery.ts';
import { asBuffer } from '../json/as-buffer.ts';
import type { ByteControl, ByteSink } from '../reply.ts';

/** Up to here it costs less to make a string of a document, which goes out in one piece with its head, than to send two pieces. */
const smallBytes = 16 * 1024;

/** Writes an answer to a response, as fast as its reader takes it. A stream that cannot say that it broke off is cut. */
export function sendReply(response: ServerResponse, head: Head): void {
  if (response.destroyed || response.headersSent) return;
  try {
    response.writeHead(head.status, flat(head.headers));
  } catch {
    // A header that a plugin set, and that no header can hold.
    response.destroy();
    return;
  }
  if (head.streamed) sendStream(response, head);
  else head.bytes.pipe(new DocumentSink(response));
}

function sendStream(response: ServerResponse, head: Head): void {
  let control: ByteControl | undefined;
  let begun = false;
  control = head.bytes.pipe({
    data: (chunk) => {
      begun = true;
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
  // The first bytes of most streams come with the head, and then both are one packet.
  process.nextTick(() => {
    if (!begun && !response.destroyed) response.flushHeaders();
  });
}

/** A document is there as a whole when it is sent. */
class DocumentSink implements ByteSink {
  readonly #response: ServerResponse;
  #document: Uint8Array | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  data(chunk: Uint8Array): void {
    if (this.#document !== undefined) this.#response.write(this.#document);
    this.#document = chunk;
  }

  end(): void {
    const document = this.#document;
    if (document === undefined) this.#response.end();
    else if (document.byteLength > smallBytes) this.#response.end(document);
    else this.#response.end(asBuffer(document).toString('latin1'), 'latin1');
  }

  fail(): void {
    this.#response.destroy();
  }
}

/** Name, value, name, value: what `writeHead` takes without copying. */
function flat(headers: Head['headers']): string[] {
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value);
  return list;
}
