import type { IncomingMessage } from 'node:http';
import { type Body, bodyOf, emptyBody } from '../body.ts';
import { coreErrors, type GatewayError } from '../errors.ts';

/** Bytes of bodies that are being read, over the whole process: what strangers may hold of it. */
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
export interface ReadBody {
  readonly body: Body;
  readonly refused?: GatewayError;
}

/** How a body is read. */
export interface BodyRules {
  readonly maxBytes: number;
  readonly budget: BodyBudget;
  /** Whether what has come of a long upload suffices to begin with; the rest then passes through as it comes. */
  readonly enough?: (soFar: Body) => boolean;
}

/** Reads a request's body as it came, in its chunks, up to a limit. Calls back once; a body that is refused is not read further. */
export function readBody(request: IncomingMessage, rules: BodyRules, done: (read: ReadBody) => void): void {
  const refused = refusedByHead(request, rules.maxBytes);
  if (refused === undefined) new BodyReader(request, rules, done).begin();
  else done({ body: emptyBody, refused });
}

function refusedByHead(request: IncomingMessage, maxBytes: number): GatewayError | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return coreErrors.BODY_ENCODED({ encoding });
  return declaredLength(request) > maxBytes ? coreErrors.BODY_TOO_LARGE({ limit: maxBytes }) : undefined;
}

/** -1 where the client does not say. */
function declaredLength(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? -1);
}

class BodyReader {
  readonly #request: IncomingMessage;
  readonly #rules: BodyRules;
  readonly #done: (read: ReadBody) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #askAt = 1;
  #over = false;

  constructor(request: IncomingMessage, rules: BodyRules, done: (read: ReadBody) => void) {
    this.#request = request;
    this.#rules = rules;
    this.#done = done;
  }

  begin(): void {
    const request = this.#request;
    request.on('data', this.#take);
    request.once('end', () => {
      if (!this.#over) this.#finish({ body: this.#chunks.length === 0 ? emptyBody : bodyOf(...this.#chunks) });
    });
    request.once('error', () => this.#refuse(coreErrors.BODY_UNREADABLE));
    request.once('close', () => this.#refuse(coreErrors.CLIENT_LEFT));
  }

  readonly #take = (chunk: Buffer): void => {
    const { maxBytes, budget } = this.#rules;
    if (this.#length + chunk.byteLength > maxBytes) this.#refuse(() => coreErrors.BODY_TOO_LARGE({ limit: maxBytes }));
    else if (!budget.take(chunk.byteLength)) this.#refuse(coreErrors.BODY_BUDGET);
    else this.#keep(chunk);
  };

  #keep(chunk: Buffer): void {
    this.#length += chunk.byteLength;
    this.#chunks.push(chunk);
    const { enough } = this.#rules;
    if (enough === undefined || this.#length < this.#askAt) return;
    // Asked again when twice as much has come, so that a long upload is not searched over and over.
    this.#askAt = this.#length * 2;
    const body = this.#passing();
    if (enough(body)) this.#finish({ body });
  }

  /** What has come, and the rest as it comes. */
  #passing(): Body {
    const chunks = [...this.#chunks];
    return { chunks, length: declaredLength(this.#request), stream: { [Symbol.asyncIterator]: () => this.#rest() } };
  }

  async *#rest(): AsyncGenerator<Uint8Array> {
    let length = this.#length;
    for await (const chunk of this.#request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > this.#rules.maxBytes) throw coreErrors.BODY_TOO_LARGE({ limit: this.#rules.maxBytes });
      yield chunk;
    }
  }

  #refuse(why: () => GatewayError): void {
    if (this.#over) return;
    this.#finish({ body: emptyBody, refused: why() });
    this.#request.resume();
  }

  #finish(read: ReadBody): void {
    this.#over = true;
    this.#rules.budget.give(this.#length);
    this.#request.off('data', this.#take);
    if (read.body.stream !== undefined) this.#request.pause();
    this.#done(read);
  }
}
