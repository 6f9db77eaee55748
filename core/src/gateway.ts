import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { RunningAttempt } from './attempt.ts';
import { bodyOf, type Body } from './body.ts';
import type { Usage } from './canonical/usage.ts';
import { configErrors } from './config/config-error.ts';
import { type Config, defaultConfig } from './config/config.ts';
import { readOptions } from './config/read-options.ts';
import type { Head } from './delivery.ts';
import type { Capabilities, Dialect } from './dialect.ts';
import { directingField } from './directing-field.ts';
import { coreErrors, type GatewayError } from './errors.ts';
import type { Exchange, Settlement } from './exchange.ts';
import { createHooks } from './hooks.ts';
import type { House } from './house.ts';
import type { Instance } from './instance.ts';
import { type Arrival, LiveExchange } from './live-exchange.ts';
import { openLog } from './log.ts';
import { Models } from './models.ts';
import { OpenExchanges } from './open-exchanges.ts';
import { Journey } from './pipeline.ts';
import { plainDialect } from './plain-dialect.ts';
import type {
  Around,
  Child,
  Explanation,
  Gateway,
  Given,
  HandledReply,
  HandleRequest,
  Hooks,
  Plugin,
  Priced,
  Services,
  When,
} from './plugin.ts';
import type { Provider, Target } from './provider.ts';
import type { HeaderMap, Reply } from './reply.ts';
import { requestHead, sessionHeadersWith, sessionOf } from './request-head.ts';
import { Routes } from './routes.ts';
import { type At, stageName } from './stage.ts';
import { SealRealms } from './seal-realms.ts';
import { processShares, type Shares } from './shares.ts';
import { MemoryStore } from './store/memory-store.ts';
import { createUpstream } from './upstream/create-upstream.ts';
import { clientHeaders, passedThrough } from './upstream/header-rules.ts';
import type { Upstream } from './upstream/upstream.ts';
import { type Wrap, wrapped } from './wraps.ts';

/** What a gateway may be given beside its config. */
export interface GatewayOptions {
  readonly log?: Logger;
  /** Where shared things live; by default the process's own, so that a reload takes them over. */
  readonly shares?: Shares;
  /** What relative names in plugins' options count from; by default the working directory. */
  readonly folder?: string;
}

/** An endpoint of a plugin's own. */
export interface OwnRoute {
  readonly method: string;
  readonly path: string;
  readonly answer: (exchange: Exchange) => Reply | Promise<Reply>;
  readonly admin: boolean;
}

const maxChildDepth = 2;

/** The engine. `createGateway` makes one; plugins see it as `Gateway`, servers drive it by `begin`. */
export class LiveGateway implements Gateway, House {
  readonly config: Config;
  readonly log: Logger;
  readonly hooks: Hooks;
  readonly upstream: Upstream;
  readonly providers: Map<string, Provider> = new Map();
  readonly dialects: Map<string, Dialect> = new Map();
  readonly realms: SealRealms = new SealRealms(this.providers);
  readonly routes: OwnRoute[] = [];
  readonly instances: Instance[] = [];
  /** Whether some plugin admits callers. */
  guarded = false;
  /** Plugin failures that were let pass, and those that were not, by plugin and place. */
  readonly failures: Map<string, number> = new Map();
  readonly #sessionHeaders: readonly string[];
  readonly #wraps: Wrap[] = [];
  readonly #services = new Map<string, unknown>();
  /** Whose models each provider has. */
  readonly #vendors = new Map<string, string>();
  /** Who provides which service. */
  readonly #provided = new Map<string, string>();
  readonly #shares: Shares;
  readonly #folder: string;
  readonly #held: string[] = [];
  readonly #outwards: ReturnType<typeof createUpstream>;
  readonly #open = new OpenExchanges();
  #models: Models | undefined;
  #applying: Instance | undefined;
  #ready: Promise<void> | undefined;
  #closing = false;
  readonly #ending = new AbortController();
  #whenIdle: (() => void) | undefined;

  constructor(config: Config, options: GatewayOptions = {}) {
    this.config = config;
    this.log = options.log ?? openLog(config.log.level);
    this.#shares = options.shares ?? processShares;
    this.#sessionHeaders = sessionHeadersWith(config.server.sessionHeaders);
    this.#folder = options.folder ?? process.cwd();
    this.#outwards = createUpstream(config.upstream);
    this.upstream = this.#outwards.upstream;
    this.hooks = createHooks({
      applying: () => this.#applying,
      sealed: () => this.#models !== undefined,
      tapTimeoutMs: config.limits.tapTimeoutMs,
      failed: (plugin, where, error) => this.#failed(plugin, where, error),
    });
    this.dialect(plainDialect);
    this.#services.set(
      'store',
      this.share('core:memory-store', () => new MemoryStore()),
    );
  }

  // What plugins do in `apply`.

  use<Options>(
    plugin: Plugin<Options>,
    options: Given<Options>,
    as: { readonly id?: string; readonly when?: When } = {},
  ): this {
    const id = as.id ?? plugin.name;
    if (this.#models !== undefined) throw new TypeError(`"${id}" comes after the gateway has begun.`);
    if (this.instances.some((instance) => instance.id === id))
      throw new TypeError(`Two plugins have the id "${id}": give one of them another.`);
    const rivals =
      plugin.exclusive === true ? this.instances.filter((instance) => instance.plugin.name === plugin.name) : [];
    const erased = plugin as Plugin;
    const instance: Instance = {
      id,
      plugin: erased,
      when: as.when,
      index: this.instances.length,
      rivals,
      lifecycle: undefined,
    };
    const prepared = readOptions(erased, options, id);
    this.#applying = instance;
    try {
      instance.lifecycle = erased.apply(this, prepared, { id, folder: this.#folder }) ?? undefined;
    } finally {
      this.#applying = undefined;
    }
    this.instances.push(instance);
    this.guarded ||= plugin.admits === true;
    return this;
  }

  provider(provider: Provider): void {
    if (this.providers.has(provider.name))
      throw new TypeError(`Two providers have the name "${provider.name}": give one plugin another id.`);
    this.providers.set(provider.name, provider);
    const vendor = provider.vendor ?? this.#applying?.plugin.name;
    if (vendor !== undefined) this.#vendors.set(provider.name, vendor);
  }

  vendorOf(provider: string): string | undefined {
    return this.#vendors.get(provider);
  }

  /** The same dialect may be brought by several plugins; another of its name may not. */
  dialect(dialect: Dialect): void {
    const known = this.dialects.get(dialect.name);
    if (known !== undefined && known !== dialect) throw new TypeError(`Two dialects have the name "${dialect.name}".`);
    this.dialects.set(dialect.name, dialect);
  }

  speaks(dialect: string): boolean {
    return this.dialects.has(dialect);
  }

  wrap(at: { readonly name: string } & At<'wrap'>, around: Around): void {
    if (stageName('wrap', at.stage) === undefined)
      throw new TypeError(`"${at.name}" wraps without one of the stages limit, record, observe, simulate.`);
    this.#wraps.push({ name: at.name, stage: at.stage, failure: at.failure, around, instance: this.#applying });
  }

  provide<Name extends keyof Services>(name: Name, value: Services[Name]): void {
    const second = this.#applying?.id ?? 'core';
    const first = this.#provided.get(name);
    if (first !== undefined) throw configErrors.SERVICE_DUPLICATE({ first, second, service: name });
    this.#provided.set(name, second);
    this.#services.set(name, value);
  }

  service<Name extends keyof Services>(name: Name): Services[Name] | undefined {
    return this.#services.get(name) as Services[Name] | undefined;
  }

  share<T extends { close(): void | Promise<void> }>(key: string, open: () => T): T {
    this.#held.push(key);
    return this.#shares.acquire(key, open);
  }

  route(method: string, path: string, answer: OwnRoute['answer'], where?: { readonly admin: true }): void {
    this.routes.push({ method: method.toUpperCase(), path, answer, admin: where?.admin ?? false });
  }

  target(name: string): Target {
    const [target] = this.targets(name);
    if (target === undefined) throw coreErrors.MODEL_UNKNOWN({ model: name, hint: '' });
    return target;
  }

  targets(name: string): readonly Target[] {
    return this.models.resolve(name).targets;
  }

  // What drives it.

  /** Exchanges that are not settled yet. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Whether every plugin says it can work. */
  get healthy(): boolean {
    return !this.#closing && this.instances.every((instance) => instance.lifecycle?.healthy?.() ?? true);
  }

  /** Reading it seals the gateway: no plugin comes after. */
  get models(): Models {
    this.#models ??= this.#seal();
    return this.#models;
  }

  /** The session that a request's headers name. */
  session(headers: HeaderMap): string | undefined {
    return sessionOf(headers, this.#sessionHeaders);
  }

  ready(): Promise<void> {
    this.#ready ??= this.#openAll();
    return this.#ready;
  }

  /** Starts an exchange for what has arrived. */
  begin(arrival: Arrival, target?: Target): Journey {
    void this.models;
    const refused = arrival.refused ?? this.#refusal(arrival);
    const journey = new Journey(this, refused === undefined ? arrival : { ...arrival, refused }, target);
    journey.begin();
    return journey;
  }

  #refusal(arrival: Arrival): GatewayError | undefined {
    if (this.#closing) return coreErrors.DRAINING();
    const { headers, query } = arrival.incoming;
    if (passedThrough(headers, this.#outwards.id)) return coreErrors.LOOP();
    const field = directingField(headers, query);
    return field === undefined ? undefined : coreErrors.DIRECTED_ELSEWHERE({ field });
  }

  async handle(request: HandleRequest, as?: Child): Promise<HandledReply> {
    await this.ready();
    const journey = this.begin(this.#arrival(request, as), as?.target);
    const { exchange } = journey;
    const leave = (): void => exchange.leave();
    request.signal?.addEventListener('abort', leave, { once: true });
    if (request.signal?.aborted === true) leave();
    const parent = as === undefined || as.detached === true ? undefined : (as.parent as LiveExchange);
    parent?.whenGone(leave);
    const settled = journey.settled.finally(() => {
      request.signal?.removeEventListener('abort', leave);
      parent?.forget(leave);
    });
    const head = await new Promise<Head>((resolve) => journey.whenCommitted(resolve));
    return { ...head, settled };
  }

  async explain(request: HandleRequest): Promise<Explanation> {
    await this.ready();
    return this.begin({ ...this.#arrival(request), dry: true }).explained();
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#drained();
    for (const instance of this.instances.toReversed()) await instance.lifecycle?.close?.();
    for (const key of this.#held.splice(0)) await this.#shares.release(key);
    await this.#outwards.close();
  }

  // What the pipeline asks.

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  cost(target: Target, usage: Usage | undefined, of: Priced): bigint | null {
    return usage?.billedNanos ?? this.service('catalogue')?.cost(target, usage, of) ?? null;
  }

  capabilities(target: Target): Capabilities {
    const own = this.providers.get(target.provider)?.capabilities(target.model) ?? {};
    const catalogue = this.service('catalogue');
    return catalogue === undefined ? own : { ...catalogue.capabilities(target), ...own };
  }

  announce(exchange: LiveExchange, run: RunningAttempt | undefined): void {
    const headers = exchange.replyHeaders;
    headers.set('x-request-id', exchange.id);
    headers.set('request-id', exchange.id);
    headers.set('x-tapgate-attempts', String(exchange.attempts.length));
    const target = run?.target ?? exchange.attempts.at(-1)?.target;
    if (target !== undefined) {
      headers.set('x-tapgate-provider', headerSafe(target.provider));
      headers.set('x-tapgate-model', headerSafe(target.model));
    }
    if (exchange.dropped.length > 0) headers.set('x-tapgate-dropped', headerSafe(exchange.dropped.join(', ')));
    if (run?.record.headers === undefined) return;
    const upstreamId = run.record.headers.get('x-request-id') ?? run.record.headers.get('request-id');
    if (upstreamId !== undefined) headers.set('x-tapgate-upstream-request-id', headerSafe(upstreamId));
    for (const [name, value] of clientHeaders(run.record.headers, run.provider.exposes, run.record.status)) {
      if (!headers.has(name)) headers.set(name, value);
    }
  }

  opened(exchange: LiveExchange): void {
    this.#open.add(exchange);
  }

  closed(exchange: LiveExchange): void {
    this.#open.delete(exchange);
    if (this.#open.size === 0) this.#whenIdle?.();
  }

  #seal(): Models {
    for (const instance of this.instances) {
      for (const need of instance.plugin.needs ?? []) {
        if (!this.#services.has(need))
          throw new TypeError(`"${instance.id}" needs the service "${need}", which no plugin provides.`);
      }
    }
    for (const [name, provider] of this.providers) {
      this.providers.set(
        name,
        wrapped(provider, this.#wraps, (plugin, where, error) => this.#failed(plugin, where, error)),
      );
    }
    return new Models(this.config, this.providers);
  }

  async #openAll(): Promise<void> {
    void this.models;
    for (const instance of this.instances) await instance.lifecycle?.ready?.();
  }

  #arrival(request: HandleRequest, as?: Child): Arrival {
    const dialect = this.dialects.get(request.dialect);
    if (dialect === undefined) throw new TypeError(`No plugin brings the dialect "${request.dialect}".`);
    const [path = '', asked = ''] = request.path.split('?', 2);
    const { headers, credential, query } = requestHead([...(request.headers ?? noHeaders)].flat(), asked);
    const method = request.method ?? 'POST';
    const found = new Routes([dialect]).find(method, path, headers);
    if (found === undefined) throw coreErrors.ROUTE_UNKNOWN({ method, path, hint: '' });
    const body: Body = request.body instanceof Uint8Array ? bodyOf(request.body) : request.body;
    const parent = as?.parent as LiveExchange | undefined;
    if (parent !== undefined && depth(parent) >= maxChildDepth) throw coreErrors.CHILD_TOO_DEEP();
    const startedAt = Date.now();
    return {
      id: randomUUID(),
      startedAt,
      dialect,
      method,
      incoming: { operation: found.route.operation, path, query, headers, body },
      credential,
      address: request.address ?? '',
      session: this.session(headers),
      deadlineMs:
        parent === undefined || as?.detached === true
          ? this.config.limits.deadlineMs
          : Math.max(0, parent.deadline - startedAt),
      unsupported: this.config.unsupported,
      guarded: this.guarded,
      dry: false,
      parent,
      caller: as?.caller ?? parent?.caller,
      state: as?.state,
      own: undefined,
      refused: undefined,
    };
  }

  #drained(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#ending.abort();
      for (const exchange of this.#open) exchange.leave(coreErrors.DRAINING());
      // They settle while the plugins they are told to are still open.
      setImmediate(resolve);
    }, this.config.server.drainMs);
    this.#whenIdle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  #failed(plugin: string, where: string, error: unknown): void {
    const key = `${plugin} ${where}`;
    this.failures.set(key, (this.failures.get(key) ?? 0) + 1);
    this.log.warn({ plugin, where, reason: error instanceof Error ? error.message : String(error) }, 'plugin failed');
  }
}

const noHeaders: HeaderMap = new Map();

function depth(exchange: LiveExchange): number {
  return exchange.parent === undefined ? 0 : 1 + depth(exchange.parent);
}

function headerSafe(value: string): string {
  return value.replaceAll(/[^\t\u0020-\u007e]/g, '?').slice(0, 1000);
}

/** A part of a config; what is left out has its default. */
export interface GatewayConfig {
  readonly server?: Partial<Config['server']>;
  readonly limits?: Partial<Config['limits']>;
  readonly upstream?: Partial<Omit<Config['upstream'], 'timeouts'>> & {
    readonly timeouts?: Partial<Config['upstream']['timeouts']>;
  };
  readonly log?: Config['log'];
  readonly models?: Config['models'];
  readonly unsupported?: Config['unsupported'];
}

/**
 * A gateway without plugins: `use` them, then `handle` requests or mount it in a server.
 * @example createGateway({ models }).use(provider, { apiKey }).use(failover, {})
 */
export function createGateway(config: GatewayConfig = {}, options: GatewayOptions = {}): LiveGateway {
  const complete: Config = {
    ...defaultConfig,
    ...config,
    server: { ...defaultConfig.server, ...config.server },
    limits: { ...defaultConfig.limits, ...config.limits },
    upstream: {
      ...defaultConfig.upstream,
      ...config.upstream,
      timeouts: { ...defaultConfig.upstream.timeouts, ...config.upstream?.timeouts },
    },
    log: config.log ?? defaultConfig.log,
  };
  return new LiveGateway(complete, options);
}

export type { Settlement };
