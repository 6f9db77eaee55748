import type { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable';
import type { Caller, Exchange, ExchangeState, Failure, Recovery, Settlement } from './exchange.ts';
import type { Provider, Target } from './provider.ts';
import type { ByteStream, HeaderMap, Reply } from './reply.ts';
import type { Secret } from './secret.ts';
import type { At } from './stage.ts';
import type { Store } from './store/store.ts';
import type { Dialect, Capabilities } from './dialect.ts';
import type { Usage } from './canonical/usage.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { Body } from './body.ts';
import type { Logger } from 'pino';

/** Options by plugin name, open to augmentation: it types `gateway.use` and a TypeScript config. */
export interface PluginOptions {}

/** Options as a person gives them: what has a default may be left out, and a secret may be plain text. The schema says what must be there. */
export type Given<Options> = Options extends Secret
  ? Secret | string
  : Options extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : Options extends object
      ? { readonly [Name in keyof Options]?: Given<Options[Name]> | undefined }
      : Options;

/** Which exchanges a plugin's taps and wraps meet. All named conditions must fit; within one, any. */
export interface When {
  /** Public model names; `*` at the end matches the rest. */
  readonly models?: readonly string[];
  /** Caller ids. */
  readonly keys?: readonly string[];
  readonly dialects?: readonly string[];
}

/** What `apply` may return. Sockets open in `ready`, which the gateway awaits before it listens, and close in `close`. */
export interface Lifecycle {
  ready?(): void | Promise<void>;
  close?(): void | Promise<void>;
  /** False makes the gateway not ready, not dead. Asked by `/readyz`; answers at once, from memory. */
  healthy?(): boolean;
}

/** As what a plugin is applied. */
export interface Applied {
  readonly id: string;
  /** Where the config is, or the working directory without one: what a relative name in an option counts from. */
  readonly folder: string;
}

/** One feature: a name, a schema, and where it stands on the hooks. Importing it has no effect. */
export interface Plugin<Options = unknown> {
  readonly name: string;
  readonly apiVersion: 1;
  /** JSON Schema (2020-12) of the options; every property has a description. */
  readonly schema: object;
  /** It can set the caller: without such a plugin nobody is refused for having no key, and only loopback is bound. */
  readonly admits?: true;
  /** Services that must be there once all plugins are applied. */
  readonly needs?: readonly string[];
  /**
   * It counts for all processes together, as a limit does: with `server.workers` above 1 and a store that is each process's own,
   * the config is refused, because a limit of 10 would be 10 in each of them.
   */
  readonly needsSharedStore?: true;
  /** Only the first instance whose `when` fits meets an exchange: policies, never guards. */
  readonly exclusive?: true;
  apply(gateway: Gateway, options: Options, as: Applied): Lifecycle | void;
}

/** Declares a plugin; the identity function, for its types. */
export function definePlugin<Options>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}

/** The four hooks. */
export interface Hooks {
  readonly beforeRoute: AsyncSeriesBailHook<[exchange: Exchange], Reply | void, At<'beforeRoute'>>;
  readonly selectProvider: AsyncSeriesWaterfallHook<
    [targets: readonly Target[], exchange: Exchange],
    readonly Target[],
    At<'selectProvider'>
  >;
  readonly onError: AsyncSeriesBailHook<[failure: Failure, exchange: Exchange], Recovery | void, At<'onError'>>;
  readonly afterResponse: AsyncSeriesHook<[settlement: Settlement, exchange: Exchange], At<'afterResponse'>>;
}

/** Around each attempt: a provider in, a provider out. */
export type Around = (provider: Provider) => Provider;

/** A plugin's own exchange: it starts after `admit`, has its parent's caller unless it names one, and ends with its parent unless detached. */
export interface Child {
  readonly parent: Exchange;
  readonly target?: Target;
  readonly caller?: Caller;
  readonly detached?: boolean;
  readonly state?: Partial<ExchangeState>;
}

/** What an answer was, beside its usage, where its price depends on that. */
export interface Priced {
  readonly operation?: string;
  /** The model that said it answered: an alias, a deployment, a router may stand for several. */
  readonly modelAnswered?: string;
  /** When it was asked, milliseconds since 1970; absent is now. */
  readonly at?: number;
}

/** What a model can do and costs. Nothing is fetched at run time. */
export interface Catalogue {
  /**
   * Units of 1e-9 US dollars; null where a price is not known, or where nobody counted (`usage` is nothing) what has a
   * price. Never 0 for the unknown.
   */
  cost(target: Target, usage: Usage | undefined, of?: Priced): bigint | null;
  /** What the model can do, by the names that dialects read. */
  capabilities(target: Target): Capabilities;
}

/** What is waited for in a queue. */
export interface QueueTurn {
  /** What there is not enough of, such as a limit's key. Those who wait for the same stand in one line. */
  readonly resource: string;
  /** When a try is expected to succeed, milliseconds since 1970; 0 where only the others in the line can say. */
  readonly until: number;
  /** Why, for the log and for the error. */
  readonly reason: string;
  /** Ends the wait beside the exchange's own end: an attempt's signal, where a wrap waits. */
  readonly signal?: AbortSignal;
}

/** Lets requests wait instead of refusing them. */
export interface Queue {
  /**
   * Waits for a turn, and resolves when the caller may try. Those in one line are let go in the queue's order, one try at a time; who
   * tries in vain waits again and keeps its place. Rejects with a `GatewayError` where there is no room, where it would be too late, or
   * when nobody waits for the answer any more. No `timeoutMs` is needed: a tap's own time stands still meanwhile.
   */
  wait(exchange: Exchange, wanted: QueueTurn): Promise<void>;
  /** How many wait for a resource. Who comes new and finds some stands behind them: it waits before its first try, with `until: 0`. */
  waiting(resource: string): number;
  /** Some of it is free again: the next may try at once, whatever `until` was. */
  freed(resource: string): void;
}

/** Shared abilities by what they do, open to augmentation. Each may be absent. */
export interface Services {
  store: Store;
  catalogue: Catalogue;
  queue: Queue;
}

/** A request for `handle` and `explain`: what a client would have sent, without a socket. */
export interface HandleRequest {
  /** A dialect's name. */
  readonly dialect: string;
  /** As the dialect serves it: `/v1/chat/completions`; a query may follow. */
  readonly path: string;
  readonly method?: string;
  readonly headers?: HeaderMap;
  readonly body: Uint8Array | Body;
  /** Aborting it is the client leaving. */
  readonly signal?: AbortSignal;
  /** The caller's network address. */
  readonly address?: string;
}

/** The engine: hooks, registries, `use`, `handle`, `close`. It runs as a server, or inside someone's own program. */
export interface Gateway {
  readonly hooks: Hooks;
  readonly log: Logger;
  use<Options>(
    plugin: Plugin<Options>,
    options: Given<Options>,
    as?: { readonly id?: string; readonly when?: When },
  ): this;
  provider(provider: Provider): void;
  dialect(dialect: Dialect): void;
  /** Whether some plugin brings a dialect of that name; the whole truth once all of them are applied. */
  speaks(dialect: string): boolean;
  wrap(at: { readonly name: string } & At<'wrap'>, around: Around): void;
  provide<Name extends keyof Services>(name: Name, value: Services[Name]): void;
  service<Name extends keyof Services>(name: Name): Services[Name] | undefined;
  /** One per process and key, counted by reference, handed over at a reload. */
  share<T extends { close(): void | Promise<void> }>(key: string, open: () => T): T;
  /** An endpoint of the plugin's own. `admin` puts it on the admin listener. */
  route(
    method: string,
    path: string,
    answer: (exchange: Exchange) => Reply | Promise<Reply>,
    where?: { readonly admin: true },
  ): void;
  /** `provider/model`, or a public model's first target. */
  target(name: string): Target;
  /** All that can serve a name, in the config's order. Throws MODEL_UNKNOWN as `target` does. */
  targets(name: string): readonly Target[];
  /** Whose models a provider has: what it says itself, else the name of the plugin that brings it. */
  vendorOf(provider: string): string | undefined;
  /** What is known of a target: its provider's word over the catalogue's. */
  capabilities(target: Target): Capabilities;
  /** The only way out. */
  readonly upstream: Upstream;
  /** Runs an exchange with no socket at all. Resolves when the answer is committed; its bytes are the client's dialect. */
  handle(request: HandleRequest, as?: Child): Promise<HandledReply>;
  /** As `handle`, up to the first attempt and no further: which tap decided what. */
  explain(request: HandleRequest): Promise<Explanation>;
  /** Opens what the plugins open in `ready`; `listen` and `handle` call it. */
  ready(): Promise<void>;
  /** Ends all exchanges' admission, waits for the open ones within the drain limit, and closes every plugin. */
  close(): Promise<void>;
}

/** What `handle` gives: an answer in the client's dialect, and its settlement when all is over. */
export interface HandledReply {
  readonly status: number;
  readonly headers: HeaderMap;
  readonly dialect: string;
  readonly streamed: boolean;
  readonly bytes: ByteStream;
  readonly settled: Promise<Settlement>;
}

/** What `explain` tells. */
export interface Explanation {
  readonly model: string;
  readonly caller: Caller | undefined;
  readonly candidates: readonly Target[];
  readonly selected: readonly Target[];
  readonly refused?: { readonly code: string; readonly message: string; readonly by?: string };
  readonly answeredBy?: string;
  readonly lane?: 'native' | 'translated';
  readonly losses: readonly string[];
  readonly trace: readonly {
    readonly hook: string;
    readonly stage: string;
    readonly plugin: string;
    readonly did: string;
  }[];
  readonly notes: readonly { readonly by: string; readonly reason: string; readonly about?: Target }[];
}
