import { type Body, emptyBody } from './body.ts';
import type { Capabilities, Dialect, Loss, Wanted, Written } from './dialect.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import type { Flow } from './flow.ts';
import type { House } from './house.ts';
import { scanObject } from './json/scan-object.ts';
import { editMembers } from './json/edit-members.ts';
import { splice } from './json/splice.ts';
import { includesBytes } from './includes-bytes.ts';
import type { KeptLog } from './kept.ts';
import type { LiveExchange } from './live-exchange.ts';
import { type Attempt, type AttemptRecord, nameOf, type Provider, type Target } from './provider.ts';
import type { SealRealms } from './seal-realms.ts';
import type { ChatRequest } from './canonical/request.ts';

/** A record while its attempt goes on: the same fields, still to be written. */
export type OpenRecord = { -readonly [Key in keyof AttemptRecord]: AttemptRecord[Key] };

/** A request as one target is asked it. */
export interface Asked {
  readonly dialect: Dialect;
  readonly able: Capabilities;
  readonly streamed: boolean;
  readonly native: boolean;
  /** Whose seals it gives and takes. */
  readonly realm: string;
  readonly written: Written;
  /** In place of the client's own request, where a resume begins with what it has seen. */
  readonly instead: ChatRequest | undefined;
}

/** Chooses the dialect to ask a provider in, and writes the request in it. Throws a `GatewayError` for what the target cannot do. */
export function ask(
  exchange: LiveExchange,
  provider: Provider,
  target: Target,
  house: House,
  instead?: ChatRequest,
): Asked {
  if (provider.dialects.length === 0) return askInEvents(exchange, provider, target, house, instead);
  const dialect = house.dialects.get(chosenDialect(exchange, provider, target));
  if (dialect === undefined)
    throw coreErrors.OPERATION_UNSUPPORTED(
      { provider: provider.name, operation: exchange.operation },
      { kind: 'unsupported' },
    );
  const able = house.capabilities(target);
  const streamed = exchange.streamed ? able['streaming'] !== false : able['streaming'] === 'only';
  const { framing } = exchange.peeked;
  const { operation, headers, query, path } = exchange.incoming;
  const realm = house.realms.of(target, dialect.name);
  const native =
    dialect === exchange.spoken &&
    !exchange.edited &&
    instead === undefined &&
    streamed === exchange.streamed &&
    !holdsSeals(exchange, dialect, realm === house.realms.home(dialect.name));
  const wanted: Wanted = {
    operation,
    model: target.model,
    streamed,
    able,
    headers,
    query,
    path,
    ...(native && framing !== undefined ? { framing } : {}),
  };
  const written = native
    ? dialect.nativeRequest(exchange.incoming, wanted)
    : dialect.writeRequest(canonicalFor(exchange, dialect, house.realms, { realm, streamed, instead }), wanted);
  judge(exchange, target, written.losses);
  return { dialect, able, streamed, native, realm, written: override(written, target.parameters), instead };
}

/** For a provider that speaks no dialect: it is given the canonical request and answers in events. */
function askInEvents(
  exchange: LiveExchange,
  provider: Provider,
  target: Target,
  house: House,
  instead: ChatRequest | undefined,
): Asked {
  const { operation, spoken } = exchange;
  const serves = spoken.translates.includes(operation) && (provider.serves?.(operation, spoken.name) ?? true);
  if (!serves) throw coreErrors.OPERATION_UNSUPPORTED({ provider: provider.name, operation }, { kind: 'unsupported' });
  const realm = house.realms.of(target, spoken.name);
  const read = instead ?? exchange.read();
  const request = read && house.realms.requestFor(read, realm, spoken.name, undefined);
  const losses = request === undefined ? [] : (provider.losses?.(request, target) ?? []);
  judge(exchange, target, losses);
  const written: Written = { body: emptyBody, path: '', method: 'POST', headers: new Map(), losses };
  return {
    dialect: spoken,
    able: house.capabilities(target),
    streamed: exchange.streamed,
    native: false,
    realm,
    written,
    instead: request,
  };
}

function chosenDialect(exchange: LiveExchange, provider: Provider, target: Target): string {
  const { spoken, operation } = exchange;
  const chosen =
    provider.dialectFor?.(target.model, operation, spoken.name) ??
    (provider.dialects.includes(spoken.name) ? spoken.name : provider.dialects[0]);
  const translatable = spoken.translates.includes(operation);
  const serves =
    chosen !== undefined && (chosen === spoken.name || translatable) && (provider.serves?.(operation, chosen) ?? true);
  if (!serves) throw coreErrors.OPERATION_UNSUPPORTED({ provider: provider.name, operation }, { kind: 'unsupported' });
  return chosen;
}

/** The request for a target that is not given the client's bytes: with its own opaque state as it was, and all others' told apart. */
function canonicalFor(
  exchange: LiveExchange,
  dialect: Dialect,
  realms: SealRealms,
  {
    realm,
    streamed,
    instead,
  }: { readonly realm: string; readonly streamed: boolean; readonly instead: ChatRequest | undefined },
): ChatRequest {
  const sealed = dialect === exchange.spoken && sealedOperations(dialect).includes(exchange.operation);
  const request = instead ?? exchange.read() ?? (sealed ? dialect.readRequest(exchange.incoming) : undefined);
  if (request === undefined)
    throw coreErrors.OPERATION_UNSUPPORTED(
      { provider: dialect.name, operation: exchange.operation },
      { kind: 'unsupported' },
    );
  const judged = realms.requestFor(request, realm, exchange.dialect, dialect);
  return judged.stream === streamed ? judged : { ...judged, stream: streamed };
}

/**
 * Whether a client's bytes hold opaque state that a target of the same dialect cannot be given as it stands: tagged, or that of
 * another realm, whose seals stand untagged.
 */
function holdsSeals({ incoming }: LiveExchange, dialect: Dialect, home: boolean): boolean {
  const { seals } = dialect;
  if (seals === undefined || incoming.body.stream !== undefined) return false;
  if (!sealedOperations(dialect).includes(incoming.operation)) return false;
  const marks = home ? [seals.tag] : [seals.tag, ...seals.members];
  return marks.some((mark) => includesBytes(incoming.body.chunks, Buffer.from(mark)));
}

/** Operations whose requests may hold opaque state and can be written anew. */
function sealedOperations({ translates, seals }: Dialect): readonly string[] {
  return seals?.operations ?? translates;
}

/** A lost contract is a refusal unless the route lets it go; whatever is lost is told. */
export function judge(exchange: LiveExchange, target: Target, losses: readonly Loss[]): void {
  for (const loss of losses) {
    if (loss.contract && loss.how !== 'synthesised' && exchange.unsupported === 'refuse') {
      const values = { target: nameOf(target), field: loss.field, reason: loss.reason };
      throw coreErrors.FIELD_UNSUPPORTED(values, { kind: 'unsupported', param: loss.field });
    }
    if (loss.how !== 'synthesised') exchange.drop(loss.field);
  }
}

/** The target's parameters, over whatever the client said. */
function override(written: Written, parameters: Target['parameters']): Written {
  if (parameters === undefined || written.body.stream !== undefined) return written;
  const names = Object.keys(parameters);
  const scanned = scanObject(written.body.chunks, names);
  if (!scanned.valid || names.length === 0) return written;
  const texts = names.map((name) => [name, JSON.stringify(parameters[name])] as const);
  return { ...written, body: splice(written.body.chunks, editMembers(scanned, Object.fromEntries(texts))) };
}

/** One attempt while it runs. */
export class RunningAttempt implements Attempt {
  readonly exchange: LiveExchange;
  readonly provider: Provider;
  readonly target: Target;
  readonly asked: Asked;
  readonly record: OpenRecord;
  readonly headers: Map<string, string>;
  flow: Flow | undefined;
  /** What is kept of its answer. */
  log: KeptLog | undefined;
  patience: NodeJS.Timeout | undefined;
  /** No longer counts: it won, lost, or failed. */
  over = false;
  #controller: AbortController | undefined;
  #aborted = false;
  #whenFirst: PromiseWithResolvers<AttemptRecord> | undefined;
  #whenEnded: PromiseWithResolvers<AttemptRecord> | undefined;

  constructor(exchange: LiveExchange, provider: Provider, target: Target, asked: Asked, record: OpenRecord) {
    this.exchange = exchange;
    this.provider = provider;
    this.target = target;
    this.asked = asked;
    this.record = record;
    this.headers = new Map(asked.written.headers);
    // Who has been passed already must stay known, or a loop would never end.
    const via = exchange.headers.get('via');
    if (via !== undefined) this.headers.set('via', via);
  }

  get number(): number {
    return this.record.number;
  }

  get dialect(): string {
    return this.asked.dialect.name;
  }

  get operation(): string {
    return this.exchange.operation;
  }

  get streamed(): boolean {
    return this.asked.streamed;
  }

  get method(): string {
    return this.asked.written.method;
  }

  get path(): string {
    return this.asked.written.path;
  }

  get body(): Body {
    return this.asked.written.body;
  }

  get request(): ChatRequest | undefined {
    return this.asked.instead ?? this.exchange.read();
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  firstEvent(): Promise<AttemptRecord> {
    if (this.record.firstEventAt !== undefined) return Promise.resolve(this.record);
    if (this.record.endedAt !== undefined) return Promise.reject(this.record.error ?? coreErrors.REPLY_EMPTY());
    if (this.#whenFirst === undefined) {
      this.#whenFirst = Promise.withResolvers();
      // Whoever asked and went away must not bring the process down.
      this.#whenFirst.promise.catch(() => {});
    }
    return this.#whenFirst.promise;
  }

  ended(): Promise<AttemptRecord> {
    if (this.record.endedAt !== undefined) return Promise.resolve(this.record);
    this.#whenEnded ??= Promise.withResolvers();
    return this.#whenEnded.promise;
  }

  sawFirst(now: number): void {
    this.record.firstEventAt ??= now;
    this.#whenFirst?.resolve(this.record);
  }

  /** Ends it, once. An attempt that did not end by itself is cut off upstream. */
  end(result: 'won' | 'lost' | 'failed', error?: GatewayError): void {
    if (this.record.endedAt !== undefined) return;
    clearTimeout(this.patience);
    this.over = true;
    this.record.endedAt = Date.now();
    this.record.result = result;
    if (error !== undefined) this.record.error = error;
    this.#whenFirst?.reject(error ?? coreErrors.REPLY_EMPTY());
    this.#whenEnded?.resolve(this.record);
  }

  /** Cuts the call off, wherever it is. */
  abort(): void {
    this.flow?.abort();
    this.#aborted = true;
    this.#controller?.abort();
  }
}
