import { withCustomCalls } from './canonical/custom-tools.ts';
import type { ChatEvent } from './canonical/events.ts';
import type { Capabilities, Dialect } from './dialect.ts';
import { coreErrors } from './errors.ts';
import { EventFlow, type EventParts } from './event-flow.ts';
import type { Flow, FlowListener } from './flow.ts';
import type { KeptLog } from './kept.ts';
import type { House } from './house.ts';
import type { LiveExchange } from './live-exchange.ts';
import { type NativeParts, NativeRaw, NativeStream, NativeWhole } from './native-flow.ts';
import type { Hold } from './provider.ts';
import type { NativeReply, Reply } from './reply.ts';
import type { ReplyReader, ReplyWriter } from './dialect.ts';
import { tagSealsIn } from './seal-places.ts';
import { createEventSplitter } from './sse/split-events.ts';

/** How a reply is to be read and watched. */
export interface FlowSource {
  readonly reply: Reply;
  /** Whose reply it is, for errors. */
  readonly provider: string;
  readonly able: Capabilities;
  readonly hold: Hold | undefined;
  readonly log: KeptLog | undefined;
  readonly listener: FlowListener;
  readonly house: Pick<House, 'dialects' | 'realms' | 'config'>;
  /** Whose seals are in it; nothing where they are known by themselves. */
  readonly realm: string | undefined;
  /** After a resume: what of the events goes on where the last answer stopped, and the writer that wrote it. */
  readonly resumed?: {
    readonly follow: (events: readonly ChatEvent[]) => readonly ChatEvent[];
    readonly writer: ReplyWriter;
  };
}

/** Puts a reply on its lane: native bytes where client and upstream speak alike and nobody transforms, else events. */
export function openFlow(exchange: LiveExchange, source: FlowSource): Flow {
  const { reply, provider, hold, log, listener } = source;
  if (reply.bytes === undefined) {
    return new EventFlow({
      ...events(exchange, source),
      source: { events: source.resumed === undefined ? reply.events : following(reply.events, source.resumed.follow) },
      provider,
      hold,
      log,
      listener,
    });
  }
  const dialect = source.house.dialects.get(reply.dialect);
  if (dialect === undefined)
    throw coreErrors.UPSTREAM_MALFORMED({ provider, reason: `nobody here speaks ${reply.dialect}` });
  if (isNative(exchange, dialect, source)) return nativeFlow(exchange, reply, source);
  const reader = dialect.reader({ streamed: reply.streamed, provider, able: source.able });
  const read = source.resumed === undefined ? reader : readingOn(reader, source.resumed.follow);
  return new EventFlow({
    ...events(exchange, source),
    source: { bytes: reply.bytes, reader: read },
    provider,
    hold,
    log,
    listener,
  });
}

type Follow = NonNullable<FlowSource['resumed']>['follow'];

function readingOn(reader: ReplyReader, follow: Follow): ReplyReader {
  return { push: (chunk) => follow(reader.push(chunk)), end: () => follow(reader.end()) };
}

async function* following(
  given: Iterable<ChatEvent> | AsyncIterable<ChatEvent>,
  follow: Follow,
): AsyncGenerator<ChatEvent> {
  for await (const event of given) yield* follow([event]);
}

function isNative(exchange: LiveExchange, dialect: Dialect, source: FlowSource): boolean {
  if (!exchange.spoken.translates.includes(exchange.operation)) return true;
  if (dialect !== exchange.spoken || source.resumed !== undefined || source.able['normalise'] === true) return false;
  return (
    exchange.transforms.length === 0 && source.reply.bytes !== undefined && source.reply.streamed === exchange.streamed
  );
}

function events(
  exchange: LiveExchange,
  source: FlowSource,
): Pick<EventParts, 'transforms' | 'writer' | 'streamed' | 'stamp'> {
  const { realm, house } = source;
  return {
    stamp: realm === undefined ? undefined : house.realms.stamp(realm, exchange.dialect),
    transforms: exchange.transforms,
    writer: source.resumed?.writer ?? writerFor(exchange),
    streamed: exchange.streamed,
  };
}

/** The writer for this client. */
export function writerFor(exchange: LiveExchange): ReplyWriter {
  const request = exchange.read();
  if (request === undefined)
    throw coreErrors.OPERATION_UNSUPPORTED({ provider: 'This gateway', operation: exchange.operation });
  const { framing } = exchange.peeked;
  const writer = exchange.spoken.writer({
    streamed: exchange.streamed,
    ...(framing === undefined ? {} : { framing }),
    model: exchange.peeked.model,
    id: exchange.id,
    createdAt: Math.floor(exchange.startedAt / 1000),
    request,
  });
  return withCustomCalls(writer, request);
}

function nativeFlow(exchange: LiveExchange, reply: NativeReply, source: FlowSource): Flow {
  const { provider, hold, log, listener, house } = source;
  const maxEventBytes = house.config.upstream.maxReplyBytes;
  const contentType = reply.headers?.get('content-type') ?? (reply.streamed ? 'text/event-stream' : 'application/json');
  const { framing } = exchange.peeked;
  const of = framing === undefined ? {} : { framing };
  const observer = exchange.spoken.observer({
    operation: exchange.operation,
    streamed: reply.streamed,
    wantUsage: exchange.wantsUsage,
    ...of,
  });
  const touch = touchOf(exchange, source);
  const parts = { bytes: reply.bytes, contentType, observer, provider, hold, log, listener, touch };
  if (reply.streamed)
    return new NativeStream(
      parts,
      exchange.spoken.splitter?.({ maxEventBytes, ...of }) ?? createEventSplitter({ maxEventBytes }),
    );
  if (!isDocument(contentType)) return new NativeRaw(parts);
  const { spoken, incoming } = exchange;
  return new NativeWhole(parts, (bytes) => spoken.finishWhole?.(incoming, bytes) ?? bytes);
}

/** Tags what another realm than the one at home in the client's dialect has sealed. */
function touchOf(exchange: LiveExchange, { realm, house, provider }: FlowSource): NativeParts['touch'] {
  const { seals, name: dialect } = exchange.spoken;
  if (seals === undefined || realm === undefined || realm === house.realms.home(dialect)) return undefined;
  const origin = { dialect, provider, realm };
  return (bytes) => tagSealsIn(bytes, seals, origin);
}

function isDocument(contentType: string): boolean {
  return contentType.includes('json') || contentType.startsWith('text/');
}
