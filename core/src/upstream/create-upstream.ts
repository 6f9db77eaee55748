import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { coreErrors, GatewayError } from '../errors.ts';
import { AddressGuard } from './address-guard.ts';
import { Call, type CallLimits } from './call.ts';
import { abortError } from './call-failure.ts';
import { directConnect, proxyConnect, tunnelConnect } from './connect.ts';
import { requestHeaders } from './header-rules.ts';
import type { PoolRoute } from './pool.ts';
import { type PoolKey, Pools } from './pools.ts';
import { proxyChoice, proxyCredential } from './proxy-choice.ts';
import type { Upstream, UpstreamConfig, UpstreamRequest } from './upstream.ts';

/** How many pools there may be, and how long an unused one stays. */
const poolLimits = { maxPools: 1000, unusedMs: 300_000 };

/** What is open towards the upstreams. */
export interface UpstreamStats {
  readonly pools: number;
  /** Calls that are not over. */
  readonly openRequests: number;
}

/** The only way out, and how to close it. */
export interface OpenUpstream {
  readonly upstream: Upstream;
  /** This gateway's name in `via`, for `passedThrough`. */
  readonly id: string;
  stats(): UpstreamStats;
  /** Ends every open call with `DRAINING` and closes every socket. */
  close(): Promise<void>;
}

/**
 * Opens the only way out. `id` names this gateway in `via`, and is drawn where it is not given: processes behind one address that
 * are to recognise each other's requests need the same. Throws for a certificate file, a proxy or an address block that is not one.
 */
export function createUpstream(
  config: UpstreamConfig,
  { id = randomBytes(9).toString('base64url') }: { readonly id?: string } = {},
): OpenUpstream {
  const pools = new Pools(routing(config), poolLimits);
  const { timeouts, maxReplyBytes } = config;
  const usual: CallLimits = { timeouts, maxReplyBytes };
  let openRequests = 0;
  const ended = (): void => {
    openRequests -= 1;
  };
  let closed = false;
  const call = (request: UpstreamRequest): Call => {
    if (closed) throw coreErrors.DRAINING();
    if (request.signal.aborted) throw abortError(request.signal);
    const headers = requestHeaders(request, id);
    const { origin, credential, allowPrivate = none, metadata = false } = request;
    const pool = pools.for({ origin, secret: credential?.secret, allowPrivate, metadata });
    const limits = request.timeouts ? { timeouts: { ...timeouts, ...request.timeouts }, maxReplyBytes } : usual;
    const made = new Call(request, headers, limits, pool, ended);
    openRequests += 1;
    return made;
  };
  return {
    id,
    upstream: (request) => {
      try {
        return call(request).start();
      } catch (error) {
        return Promise.reject(GatewayError.is(error) ? error : coreErrors.INTERNAL({}, { cause: error }));
      }
    },
    stats: () => ({ pools: pools.size, openRequests }),
    close: async () => {
      closed = true;
      await pools.close(coreErrors.DRAINING());
    },
  };
}

const none: readonly string[] = [];

/** How each pool's connections are made, with everything that can be wrong in the config found at once. */
function routing(config: UpstreamConfig): (key: PoolKey) => PoolRoute {
  const context = trust(config.certificateAuthorities);
  const choose = proxyChoice(config.proxy);
  const listed = new AddressGuard(config.allowPrivate);
  const maxConnections = config.maxConnections ?? Number.POSITIVE_INFINITY;
  return ({ origin, allowPrivate, metadata }) => {
    const url = originUrl(origin);
    if (metadata === true) {
      const only = AddressGuard.forMetadata(url.hostname);
      return { url, prefix: '', headers: none, maxConnections, connect: directConnect(only, context) };
    }
    const guard = allowPrivate.length === 0 ? listed : new AddressGuard([...config.allowPrivate, ...allowPrivate]);
    const proxy = choose(url);
    const direct = { url, prefix: '', headers: none, maxConnections };
    if (!proxy) return { ...direct, connect: directConnect(guard, context) };
    if (url.protocol === 'https:') return { ...direct, connect: tunnelConnect(proxy, guard, context) };
    if (guard.refuses(url.hostname)) return { ...direct, connect: directConnect(guard, context) };
    const credential = proxyCredential(proxy);
    return {
      url: new URL(proxy.origin),
      connect: proxyConnect(context),
      prefix: url.origin,
      headers: ['host', url.host, ...(credential === undefined ? [] : ['proxy-authorization', credential])],
      maxConnections,
    };
  };
}

/** Scheme, host and port and nothing else, parsed once: what is judged is what is connected to. */
function originUrl(origin: string): URL {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  const bare = url && url.username === '' && url.password === '' && url.pathname === '/' && url.search === '';
  if (bare && url.hash === '' && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new TypeError(`"${url?.host ?? ''}" is no origin: scheme, host and port.`);
}

/** The default roots and the operator's own; made once, because reading the roots costs milliseconds. */
function trust(files: readonly string[]): SecureContext | undefined {
  if (files.length === 0) return undefined;
  return createSecureContext({
    ca: [...getCACertificates('default'), ...files.map((file) => readFileSync(file, 'utf8'))],
  });
}
