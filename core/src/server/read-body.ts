import type { IncomingMessage } from 'node:http';
import { type Body, bodyOf, emptyBody } from '../body.ts';
import { coreErrors, GatewayError } from '../errors.ts';

/** Bytes of bodies whose callers are not admitted yet, over the whole process. */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False when these are too many. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** What was read, or why not. */
export type ReadBody =
  | { readonly body: Body; readonly refused?: undefined }
  | { readonly body: Body; readonly refused: GatewayError };

/**
 * Reads a request's body as it came, in its chunks, up to a limit. Calls back once; a body that is refused is not read further.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: BodyBudget,
  done: (read: ReadBody) => void,
): void {
  const refused = refusedByHead(request, maxBytes);
  if (refused !== undefined) {
    done({ body: emptyBody, refused });
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  let over = false;
  const finish = (read: ReadBody): void => {
    over = true;
    budget.give(length);
    request.off('data', onData);
    if (read.refused !== undefined) request.resume();
    done(read);
  };
  const onData = (chunk: Buffer): void => {
    if (length + chunk.byteLength > maxBytes) {
      finish({ body: emptyBody, refused: coreErrors.BODY_TOO_LARGE({ limit: maxBytes }) });
      return;
    }
    if (!budget.take(chunk.byteLength)) {
      finish({ body: emptyBody, refused: coreErrors.BODY_BUDGET() });
      return;
    }
    length += chunk.byteLength;
    chunks.push(chunk);
  };
  request.on('data', onData);
  request.once('end', () => finish({ body: chunks.length === 0 ? emptyBody : bodyOf(...chunks) }));
  request.once('error', () => {
    if (!over) finish({ body: emptyBody, refused: coreErrors.BODY_UNREADABLE() });
  });
  request.once('close', () => {
    if (!over) finish({ body: emptyBody, refused: coreErrors.CLIENT_LEFT() });
  });
}

function refusedByHead(request: IncomingMessage, maxBytes: number): GatewayError | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return coreErrors.BODY_ENCODED({ encoding });
  const declared = Number(request.headers['content-length'] ?? 0);
  return declared > maxBytes ? coreErrors.BODY_TOO_LARGE({ limit: maxBytes }) : undefined;
}
