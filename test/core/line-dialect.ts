import {
  asString,
  type ChatEvent,
  type ChatRequest,
  coreErrors,
  type Dialect,
  type GatewayError,
  GatewayError as Failed,
  type JsonObject,
  noUsage,
  parseObject,
  type ReplyObserver,
  type ReplyReader,
  type ReplyWriter,
  seen,
  textBody,
  textOf,
  type UpstreamError,
  type WriterContext,
} from '@tapgate/core';

/** How one event is written: `data: {…}` and a blank line. */
const framed = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/**
 * A dialect small enough to see through, for tests of core. A request is `{ model, stream, text }`; an answer is the events
 * `{ "text": … }`, `{ "usage": n }`, `{ "error": … }`, `{ "end": true }`, as a stream or as one array.
 */
export function lineDialect(name: string): Dialect {
  return {
    name,
    routes: [
      { method: 'POST', path: `/${name}`, operation: 'chat' },
      { method: 'POST', path: `/${name}/other`, operation: 'other' },
      { method: 'GET', path: `/${name}/models`, operation: 'models' },
    ],
    translates: ['chat'],
    heartbeat: ': beat\n\n',
    peek: ({ body, operation }) => {
      if (operation === 'models') return { model: '', streamed: false };
      const fields = parsed(textOf(body));
      return { model: asString(fields['model']) ?? '', streamed: fields['stream'] === true };
    },
    nativeRequest: ({ body }, wanted) => written({ ...parsed(textOf(body)), model: wanted.model }, []),
    readRequest: ({ body }) => requestOf(parsed(textOf(body))),
    writeRequest: (request, wanted) => {
      const text = request.turns
        .flatMap((turn) => turn.parts.map((part) => (part.kind === 'text' ? part.text : '')))
        .join('');
      const seed = request.sampling.seed;
      const lost = seed !== undefined && wanted.able['seed'] === false;
      const losses = lost ? [{ field: 'seed', how: 'dropped' as const, reason: 'it has no seed', contract: true }] : [];
      return written(
        { model: wanted.model, stream: request.stream, text, ...(seed === undefined || lost ? {} : { seed }) },
        losses,
      );
    },
    reader: ({ streamed }) => new LineReader(streamed),
    observer: () => new LineObserver(),
    writer: (context) => lineWriter(context),
    readError: (status, _headers, body) => errorOf(status, parseObject(Buffer.from(body).toString()) ?? {}),
    writeError: (error, requestId) => ({
      status: error.status,
      contentType: 'application/json',
      body: JSON.stringify({ error: error.code, message: error.message, requestId }),
    }),
    writeModels: (models) => ({ status: 200, body: JSON.stringify(models.map((model) => model.id)) }),
  };
}

function parsed(text: string): JsonObject {
  const fields = parseObject(text);
  if (fields === undefined) throw coreErrors.BODY_INVALID({ reason: 'it is not an object' });
  return fields;
}

function written(
  fields: Record<string, unknown>,
  losses: ReturnType<Dialect['writeRequest']>['losses'],
): ReturnType<Dialect['writeRequest']> {
  return {
    body: textBody(JSON.stringify(fields)),
    path: '/line',
    method: 'POST',
    headers: new Map([['content-type', 'application/json']]),
    losses,
  };
}

function requestOf(fields: JsonObject): ChatRequest {
  const seed = fields['seed'];
  return {
    model: asString(fields['model']) ?? '',
    instructions: [],
    turns: [{ role: 'user', parts: [{ kind: 'text', text: asString(fields['text']) ?? '' }] }],
    tools: [],
    output: {},
    sampling: typeof seed === 'number' ? { seed } : {},
    stream: fields['stream'] === true,
    wantUsage: true,
    ext: {},
  };
}

function errorOf(status: number, fields: JsonObject): UpstreamError {
  const kinds: Readonly<Record<number, UpstreamError['kind']>> = {
    401: 'authentication',
    429: 'rate-limit',
    503: 'overloaded',
    400: 'invalid-request',
  };
  const retry = fields['retryAfterMs'];
  return {
    kind: kinds[status] ?? 'server',
    status,
    message: asString(fields['error']) ?? `status ${status}`,
    ...(typeof retry === 'number' ? { retryAfterMs: retry } : {}),
  };
}

/** Events of a stream, or of an array of them. */
class LineReader implements ReplyReader {
  readonly #streamed: boolean;
  #text = '';
  #started = false;
  #ended = false;

  constructor(streamed: boolean) {
    this.#streamed = streamed;
  }

  push(chunk: Uint8Array): readonly ChatEvent[] {
    this.#text += Buffer.from(chunk).toString();
    if (!this.#streamed) return [];
    const events: ChatEvent[] = [];
    for (let at = this.#text.indexOf('\n\n'); at >= 0; at = this.#text.indexOf('\n\n')) {
      const line = this.#text.slice(0, at);
      this.#text = this.#text.slice(at + 2);
      if (line.startsWith('data: ')) events.push(...this.#event(parseObject(line.slice(6)) ?? {}));
    }
    return events;
  }

  end(): readonly ChatEvent[] {
    const events: ChatEvent[] = [];
    if (!this.#streamed && this.#text !== '') {
      for (const fields of JSON.parse(this.#text) as JsonObject[]) events.push(...this.#event(fields));
    }
    if (!this.#ended)
      events.push({ type: 'error', error: coreErrors.UPSTREAM_TRUNCATED({ provider: 'it' }, { kind: 'truncated' }) });
    return events;
  }

  #event(fields: JsonObject): ChatEvent[] {
    const events: ChatEvent[] = this.#started
      ? []
      : [{ type: 'start' }, { type: 'part-start', part: 't', choice: 0, kind: 'text' }];
    this.#started = true;
    if (typeof fields['text'] === 'string') events.push({ type: 'part-delta', part: 't', text: fields['text'] });
    if (typeof fields['usage'] === 'number')
      events.push({ type: 'usage', usage: { ...noUsage, output: fields['usage'] } });
    if (fields['error'] !== undefined) {
      const upstream = errorOf(500, fields);
      events.push({ type: 'error', error: new Failed('UPSTREAM_FAILED', 502, upstream.message, { upstream }) });
    }
    if (fields['end'] === true) {
      this.#ended = true;
      events.push({ type: 'part-end', part: 't' }, { type: 'finish', choice: 0, reason: 'stop' });
    }
    return events;
  }
}

class LineObserver implements ReplyObserver {
  usage: ReplyObserver['usage'];
  model: string | undefined;
  error: UpstreamError | undefined;
  complete = false;

  event(bytes: Uint8Array): number {
    const line = Buffer.from(bytes).toString().trim();
    return line.startsWith('data: ') ? this.#one(parseObject(line.slice(6))) : 0;
  }

  whole(bytes: Uint8Array): number {
    try {
      const events = JSON.parse(Buffer.from(bytes).toString()) as JsonObject[];
      return events.map((fields) => this.#one(fields)).reduce((sum, flags) => sum | flags, 0);
    } catch {
      return seen.broken;
    }
  }

  fail(error: GatewayError): Uint8Array {
    return Buffer.from(framed({ error: error.code }));
  }

  #one(fields: JsonObject | undefined): number {
    if (fields === undefined) return seen.broken;
    if (fields['error'] !== undefined) {
      this.error = errorOf(500, fields);
      return seen.error;
    }
    if (typeof fields['usage'] === 'number') this.usage = { ...noUsage, output: fields['usage'] };
    if (fields['end'] === true) this.complete = true;
    return (typeof fields['text'] === 'string' ? seen.content : 0) | (fields['end'] === true ? seen.terminal : 0);
  }
}

function lineWriter(context: WriterContext): ReplyWriter {
  const whole: unknown[] = [];
  const say = (value: unknown): string | undefined => {
    if (context.streamed) return framed(value);
    whole.push(value);
    return undefined;
  };
  return {
    contentType: context.streamed ? 'text/event-stream' : 'application/json',
    push: (event) => {
      if (event.type === 'part-delta') return say({ text: event.text });
      if (event.type === 'usage') return say({ usage: event.usage.output });
      return event.type === 'finish' ? say({ end: true }) : undefined;
    },
    end: () => (context.streamed ? undefined : JSON.stringify(whole)),
    fail: (error) => framed({ error: error.code }),
  };
}
