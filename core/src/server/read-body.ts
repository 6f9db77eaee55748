import type { IncomingMessage } from 'node:http';
import { type Body, emptyBody } from '../body.ts';
import { coreErrors, type GatewayError } from '../errors.ts';
import type { HeaderMap } from '../reply.ts';

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
export function readBody(
  request: IncomingMessage,
  headers: HeaderMap,
  rules: BodyRules,
  done: (read: ReadBody) => void,
): void {
  const encoding = headers.get('content-encoding');
  const declared = Number(headers.get('content-length') ?? -1);
  if (encoding !== undefined && encoding !== 'identity')
    done({ body: emptyBody, refused: coreErrors.BODY_ENCODED({ encoding }) });
  else if (declared > rules.maxBytes)
    done({ body: emptyBody, refused: coreErrors.BODY_TOO_LARGE({ limit: rules.maxBytes }) });
  else new BodyReader(request, declared, rules, done).begin();
}

class BodyReader {
  readonly #request: IncomingMessage;
  /** How long it is to be; -1 where the client does not say. */
  readonly #declared: number;
  readonly #rules: BodyRules;
  readonly #done: (read: ReadBody) => void;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #askAt = 1;
  #over = false;

  constructor(request: IncomingMessage, declared: number, rules: BodyRules, done: (read: ReadBody) => void) {
    this.#request = request;
    this.#declared = declared;
    this.#rules = rules;
    this.#done = done;
  }

  begin(): void {
    const request = this.#request;
    request.on('data', this.#take);
    request.on('end', () => {
      if (!this.#over) this.#finish({ body: { chunks: this.#chunks, length: this.#length } });
    });
    request.on('error', () => this.#refuse(coreErrors.BODY_UNREADABLE));
    request.on('close', () => this.#refuse(coreErrors.CLIENT_LEFT));
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
    return { chunks, length: this.#declared, stream: { [Symbol.asyncIterator]: () => this.#rest() } };
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
    if (read.refused !== undefined || read.body.stream !== undefined) this.#request.off('data', this.#take);
    if (read.body.stream !== undefined) this.#request.pause();
    this.#done(read);
  }
}
