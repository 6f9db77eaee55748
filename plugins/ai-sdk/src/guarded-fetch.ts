import {
  type Body,
  bodyOf,
  type ByteControl,
  type ByteStream,
  coreErrors,
  createEventSplitter,
  type Gateway,
  privateHostOf,
  type Secret,
  textBody,
  type Timeouts,
  type UpstreamRequest,
} from '@tapgate/core';
import { type Call, calls } from './calls.ts';
import { errors } from './errors.ts';

/** Whose `fetch` it is, and where it may go. */
export interface FetchRules {
  readonly provider: string;
  /** The only origins that are asked. */
  readonly origins: ReadonlySet<string>;
  /** Keeps the connections of one credential apart from those of others. */
  readonly credential: Secret | undefined;
  readonly allowPrivate: readonly string[];
  readonly timeouts: Partial<Timeouts>;
}

/** `fetch` as packages of the AI SDK call it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The largest single event of a stream, bytes. */
const maxEventBytes = 16 * 1024 * 1024;

/** Bytes of an answer that wait for a slow reader before its upstream is told to wait. */
const highWaterBytes = 64 * 1024;

const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** Already undone by the time that a package sees the bytes. */
const undone: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

/**
 * A `fetch` whose only way out is the gateway's own: its timeouts, its address guard, no redirects, and only to the origins
 * of `rules`. What fails is thrown as the `GatewayError` that the gateway makes of it.
 */
export function guardedFetch(gateway: Gateway, rules: FetchRules): Fetch {
  return async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const call = calls.getStore();
    if (call?.watch !== undefined) {
      call.watch(url);
      throw new TypeError('Nothing is asked: this only shows where the package would ask.');
    }
    if (!rules.origins.has(url.origin)) {
      gateway.log.error({ provider: rules.provider, origin: url.origin }, 'not an origin of this provider');
      throw errors.AI_SDK_ELSEWHERE({ provider: rules.provider });
    }
    const { status, headers, bytes } = await gateway.upstream({
      ...(await sent(request, init)),
      provider: rules.provider,
      origin: url.origin,
      path: url.pathname + url.search,
      signal: signalOf(call, init.signal ?? request?.signal),
      timeouts: rules.timeouts,
      allowPrivate: [...privateHostOf(url.origin), ...rules.allowPrivate],
      ...(rules.credential === undefined ? {} : { credential: { secret: rules.credential } }),
    });
    const streamed = headers.get('content-type')?.includes('event-stream') ?? false;
    const body = bodiless.has(status) ? null : readable(bytes, streamed ? rules.provider : undefined);
    return new Response(body, { status, headers: [...headers].filter(([name]) => !undone.has(name)) });
  };
}

/** What a package sends. All its headers are its own or the operator's: nothing of a client gets this far. */
async function sent(
  request: Request | undefined,
  init: RequestInit,
): Promise<Pick<UpstreamRequest, 'method' | 'headers' | 'own' | 'body'>> {
  const headers = new Map(new Headers(init.headers ?? request?.headers));
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  const given = init.body ?? request?.body;
  const body = given === null || given === undefined ? undefined : await bodyFrom(given, headers);
  const { via } = calls.getStore() ?? {};
  const own = [...headers.keys()];
  if (via === undefined) headers.delete('via');
  else headers.set('via', via);
  return { method, headers, own, ...(body === undefined ? {} : { body }) };
}

async function bodyFrom(given: NonNullable<RequestInit['body']>, headers: Map<string, string>): Promise<Body> {
  if (typeof given === 'string') return textBody(given);
  const whole = new Response(given);
  const type = whole.headers.get('content-type');
  if (type !== null && !headers.has('content-type')) headers.set('content-type', type);
  return bodyOf(new Uint8Array(await whole.arrayBuffer()));
}

function signalOf(call: Call | undefined, given: AbortSignal | null | undefined): AbortSignal {
  const signals = [call?.signal, given ?? undefined].filter((signal) => signal !== undefined);
  const [only] = signals;
  if (signals.length === 1 && only !== undefined) return only;
  return call?.signal === given && call !== undefined ? call.signal : AbortSignal.any(signals);
}

/** The bytes as the web's stream: the upstream waits while nobody reads, and is cut off when the reader leaves. */
function readable(bytes: ByteStream, events: string | undefined): ReadableStream<Uint8Array> {
  let control: ByteControl | undefined;
  let over = false;
  const splitter = events === undefined ? undefined : createEventSplitter({ maxEventBytes });
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const give = (chunk: Uint8Array): void => controller.enqueue(Uint8Array.from(chunk));
        const fail = (error: unknown): void => {
          if (over) return;
          over = true;
          controller.error(error);
        };
        control = bytes.pipe({
          data: (chunk) => {
            if (over) return;
            try {
              if (splitter === undefined) give(chunk);
              else splitter.push(chunk, give);
            } catch {
              fail(coreErrors.UPSTREAM_TOO_LARGE({ provider: events, limit: maxEventBytes }));
              control?.abort();
              return;
            }
            if ((controller.desiredSize ?? 0) <= 0) control?.pause();
          },
          end: () => {
            if (over) return;
            over = true;
            const rest = splitter?.end(give);
            if (rest !== undefined) give(rest);
            controller.close();
          },
          fail,
        });
        if (over) control.abort();
      },
      pull: () => control?.resume(),
      cancel: () => {
        over = true;
        control?.abort();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: highWaterBytes }),
  );
}
