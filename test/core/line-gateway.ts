import {
  collectBytes,
  createGateway,
  type Dialect,
  type Gateway,
  type GatewayConfig,
  type HandledReply,
  type HandleRequest,
  type LiveGateway,
  type Plugin,
  privateHostOf,
  type Provider,
  type Settlement,
} from '@tapgate/core';
import { pino } from 'pino';
import { lineDialect } from './line-dialect.ts';

/** The dialect that test clients speak, and another that is the same to the letter but must be translated. */
export const line: Dialect = lineDialect('line');
export const other: Dialect = lineDialect('other');

/** A provider that asks a fake upstream. */
export function lineProvider(gateway: Gateway, name: string, url: string, more: Partial<Provider> = {}): Provider {
  return {
    name,
    dialects: ['line'],
    credentials: ['first', 'second'],
    capabilities: () => ({}),
    async call(attempt) {
      const { status, headers, bytes } = await gateway.upstream({
        provider: name,
        origin: url,
        path: attempt.path,
        method: attempt.method,
        headers: attempt.headers,
        body: attempt.body,
        signal: attempt.signal,
        allowPrivate: privateHostOf(url),
      });
      return {
        status,
        headers,
        dialect: attempt.dialect,
        streamed: headers.get('content-type') === 'text/event-stream',
        bytes,
      };
    },
    ...more,
  };
}

/** A plugin for one test. */
export function plugin(name: string, apply: Plugin['apply'], more: Partial<Plugin> = {}): Plugin {
  return { name, apiVersion: 1, schema: { type: 'object' }, apply, ...more };
}

/** A gateway that speaks `line` and `other`, asks the given upstreams by the names `a`, `b`, …, and logs nothing. */
export function lineGateway(
  upstreams: readonly string[],
  plugins: readonly Plugin[] = [],
  config: GatewayConfig = {},
): LiveGateway {
  const models = {
    all: { targets: upstreams.map((_, at) => ({ provider: nameAt(at), model: 'm' })), unsupported: 'refuse' as const },
  };
  const gateway = createGateway({ models, ...config }, { log: pino({ level: 'silent' }) });
  gateway.use(
    plugin('lines', (to) => {
      to.dialect(line);
      to.dialect(other);
      for (const [at, url] of upstreams.entries()) to.provider(lineProvider(to, nameAt(at), url));
    }),
    {},
  );
  for (const one of plugins) gateway.use(one, {});
  return gateway;
}

const nameAt = (at: number): string => String.fromCharCode('a'.charCodeAt(0) + at);

/** A request of the dialect `line`. */
export function ask(fields: Record<string, unknown> = {}, more: Partial<HandleRequest> = {}): HandleRequest {
  const dialect = more.dialect ?? 'line';
  return {
    dialect,
    path: `/${dialect}`,
    body: Buffer.from(JSON.stringify({ model: 'all', text: 'hello', ...fields })),
    ...more,
  };
}

/** What a client saw, and how it was settled. */
export interface Told {
  readonly status: number;
  readonly headers: HandledReply['headers'];
  readonly text: string;
  /** The answer's text, put together. */
  readonly said: string;
  readonly settlement: Settlement;
}

/** Runs a request to its end. */
export async function tell(gateway: LiveGateway, request: HandleRequest): Promise<Told> {
  const reply = await gateway.handle(request);
  const text = Buffer.from(await collectBytes(reply.bytes)).toString();
  return { status: reply.status, headers: reply.headers, text, said: saidIn(text), settlement: await reply.settled };
}

/** The text of a stream or of a whole answer. */
export function saidIn(text: string): string {
  return [...text.matchAll(/"text":("(?:[^"\\]|\\.)*")/g)]
    .map((match) => JSON.parse(match[1] ?? '""') as string)
    .join('');
}

/** Events of a stream as an upstream writes them. */
export function events(...values: readonly unknown[]): string {
  return values.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');
}

/** A whole good stream that says these texts. */
export function saying(...texts: readonly string[]): string {
  return events(...texts.map((text) => ({ text })), { usage: texts.length }, { end: true });
}
