import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';

/** What to ask a server. */
export interface Question {
  /** `POST` unless it says otherwise. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as its JSON. */
  readonly body?: Uint8Array | string | object;
  /** Aborting it is the client leaving: its socket is destroyed. */
  readonly signal?: AbortSignal;
  /** Told of each piece of the answer's body as it comes. */
  readonly onChunk?: (chunk: Uint8Array) => void;
}

/** What came back, as much of it as did. */
export interface Answered {
  /** 0 where there was no answer at all. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly text: string;
  readonly json: () => unknown;
  /** The pieces that the body came in. */
  readonly chunks: readonly Uint8Array[];
  /** The answer ended as HTTP says it must. */
  readonly complete: boolean;
}

/** Asks over a connection of its own, and resolves when the answer has ended, however it did: a broken one too. */
export async function ask(url: string, question: Question = {}): Promise<Answered> {
  const { method = 'POST', headers = {}, body, signal } = question;
  const agent = new Agent();
  const json = typeof body === 'object' && !(body instanceof Uint8Array);
  const request = httpRequest(url, {
    method,
    headers: { ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
    agent,
    ...(signal ? { signal } : {}),
  });
  request.end(json ? JSON.stringify(body) : body);
  const response = await headOf(request);
  const answered = response ? await bodyOf(response, question) : nothing;
  agent.destroy();
  return answered;
}

function headOf(request: ClientRequest): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    request.on('response', resolve);
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}

async function bodyOf(response: IncomingMessage, question: Question): Promise<Answered> {
  const chunks: Uint8Array[] = [];
  response.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    question.onChunk?.(chunk);
  });
  response.on('error', () => {});
  await new Promise<void>((resolve) => response.on('close', () => resolve()));
  const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
  return answer(response.statusCode ?? 0, new Map(headers), chunks, response.complete);
}

function answer(
  status: number,
  headers: ReadonlyMap<string, string>,
  chunks: readonly Uint8Array[],
  complete: boolean,
): Answered {
  const body = Buffer.concat(chunks);
  const text = body.toString('utf8');
  return { status, headers, body, text, chunks, complete, json: () => JSON.parse(text) as unknown };
}

const nothing: Answered = answer(0, new Map(), [], false);
