import { bodyOf, type Dialect, type DialectRoute, type Incoming } from '@tapgate/core';
import type { Fixture } from '../../replay.ts';
import type { Samples } from './subject.ts';

/** A request in a dialect's own words. */
export interface RequestSample {
  readonly name: string;
  /** `POST` unless it says otherwise. */
  readonly method?: string;
  /** As the dialect serves it; a query may follow. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as its JSON. */
  readonly body: Uint8Array | object;
  /** What the request asks for. */
  readonly model: string;
  readonly streamed: boolean;
}

/** An answer in a dialect's own words. */
export interface AnswerSample {
  readonly name: string;
  readonly streamed: boolean;
  readonly framing?: string;
  readonly bytes: Uint8Array;
  /** Whether it came to its end, without an error; absent is yes. */
  readonly whole?: boolean;
}

/** An answer that is an error. */
export interface ErrorSample {
  readonly name: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The samples that recordings make: requests and answers of the operations that the dialect translates, and errors of all. */
export function samplesOf(dialect: Dialect, recordings: readonly Fixture[]): Samples {
  const mine = recordings.filter((fixture) => fixture.dialect === dialect.name);
  const chats = mine.filter((fixture) => {
    const route = routeOf(dialect, fixture.request?.method ?? 'POST', pathOf(fixture));
    return fixture.request === undefined || (route !== undefined && dialect.translates.includes(route.route.operation));
  });
  return {
    requests: chats.flatMap((fixture) => requestSample(dialect, fixture) ?? []),
    answers: chats
      .filter(({ status, entry }) => status < 400 && entry.framing !== 'text')
      .map((fixture) => answerSample(dialect, fixture)),
    errors: mine
      .filter(({ status }) => status >= 400)
      .map(({ name, status, headers, bytes }) => ({ name, status, headers: Object.fromEntries(headers), body: bytes })),
  };
}

/** What the gateway would hand the dialect of a sample. */
export function incomingOf(dialect: Dialect, sample: RequestSample, body?: Uint8Array): Incoming {
  const [path = '', query = ''] = sample.path.split('?', 2);
  const found = routeOf(dialect, sample.method ?? 'POST', path);
  if (!found) throw new Error(`The dialect serves nothing at ${sample.path}.`);
  return {
    operation: found.route.operation,
    path: found.path,
    query,
    headers: new Map(Object.entries(sample.headers ?? { 'content-type': 'application/json' })),
    body: bodyOf(body ?? bytesOfSample(sample)),
  };
}

export function bytesOfSample({ body }: RequestSample): Uint8Array {
  return body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
}

const pathOf = (fixture: Fixture): string => (fixture.request?.path ?? '').split('?', 1)[0] ?? '';

/** The route that a path ends with: recordings have the prefixes of their providers. The longest path wins. */
function routeOf(
  dialect: Dialect,
  method: string,
  path: string,
): { readonly route: DialectRoute; readonly path: string } | undefined {
  const segments = path.split('/');
  for (let from = 0; from < segments.length; from += 1) {
    const rest = `/${segments.slice(from).join('/').replace(/^\//, '')}`;
    const fitting = dialect.routes.filter((route) => route.method === method && pathFits(route.path, rest));
    const headers = new Map<string, string>();
    const route = fitting.find(({ when }) => when?.(headers, rest) ?? false) ?? fitting.find(({ when }) => !when);
    if (route ?? fitting[0]) return { route: route ?? (fitting[0] as DialectRoute), path: rest };
  }
  return undefined;
}

function pathFits(pattern: string, path: string): boolean {
  const source = pattern
    .split('/')
    .map((segment) => {
      if (segment.startsWith('*')) return '.+';
      return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    })
    .join('/');
  return new RegExp(`^${source}$`).test(path);
}

function requestSample(dialect: Dialect, fixture: Fixture): RequestSample | undefined {
  const { request } = fixture;
  if (!request || fixture.status >= 400) return undefined;
  const [path = '', query] = request.path.split('?', 2);
  const found = routeOf(dialect, request.method, path);
  if (!found) return undefined;
  const said = JSON.parse(Buffer.from(request.body).toString('utf8')) as Record<string, unknown>;
  return {
    name: fixture.name,
    method: request.method,
    path: query === undefined ? found.path : `${found.path}?${query}`,
    headers: { 'content-type': 'application/json', ...Object.fromEntries(request.headers) },
    body: request.body,
    model: typeof said['model'] === 'string' ? said['model'] : modelInPath(found.path),
    streamed: typeof said['stream'] === 'boolean' ? said['stream'] : /[:-]stream/i.test(found.path),
  };
}

/** `/models/some-model:generate` names `some-model`. */
function modelInPath(path: string): string {
  return decodeURIComponent(/\/models?\/([^/:]+)/.exec(path)?.[1] ?? '');
}

function answerSample(dialect: Dialect, fixture: Fixture): AnswerSample {
  const { name, streamed, bytes, whole } = fixture;
  const request = requestSample(dialect, fixture);
  const framing = request && dialect.peek(incomingOf(dialect, request)).framing;
  return { name, streamed, bytes, whole, ...(framing === undefined ? {} : { framing }) };
}
