import type { When } from '../plugin.ts';
import type { Target } from '../provider.ts';
import type { UpstreamConfig } from '../upstream/upstream.ts';

/** How the gateway listens. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** The listener for health, metrics and administration, loopback by default; 0 picks a free port, -1 is none. */
  readonly adminHost: string;
  readonly adminPort: number;
  readonly maxBodyBytes: number;
  /** All request bytes that callers not yet admitted may hold together. */
  readonly maxUnadmittedBytes: number;
  /** Allows a bind beyond loopback although no plugin admits callers. */
  readonly insecure: boolean;
  /** Processes; 1 is this one. */
  readonly workers: number;
  /** How long open exchanges may go on after SIGTERM, milliseconds. */
  readonly drainMs: number;
  /** CIDR blocks of proxies whose `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
  /** Headers whose value groups requests for affinity, beside the well-known ones. */
  readonly sessionHeaders: readonly string[];
}

/** What core itself allows an exchange. Plugins may ask for less. */
export interface LimitsConfig {
  /** From the first header to the answer's last byte, milliseconds. */
  readonly deadlineMs: number;
  readonly attempts: number;
  /** How long a tap may wait, unless it says otherwise, milliseconds. */
  readonly tapTimeoutMs: number;
  /** Silence after which the client is sent a heartbeat, milliseconds; 0 is never. A heartbeat commits status 200. */
  readonly heartbeatMs: number;
}

/** One plugin to load. */
export interface PluginConfig {
  readonly use: string;
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly when?: When;
}

/** A public model name and what can serve it. */
export interface ModelConfig {
  readonly targets: readonly Target[];
  /** What a target cannot do: a 400, or dropped and told in `x-tapgate-dropped`. */
  readonly unsupported: 'refuse' | 'drop';
  readonly heartbeatMs?: number;
  readonly deadlineMs?: number;
  /** Served, but not listed. */
  readonly hidden?: boolean;
  /** Facts about the model for whoever lists it. */
  readonly displayName?: string;
}

/** A config, complete and valid: defaults filled in, names resolved. */
export interface Config {
  readonly server: ServerConfig;
  readonly limits: LimitsConfig;
  readonly upstream: UpstreamConfig;
  readonly log: { readonly level: string };
  readonly plugins: readonly PluginConfig[];
  readonly models: Readonly<Record<string, ModelConfig>>;
  /** What a target cannot do, for models that do not say. */
  readonly unsupported: 'refuse' | 'drop';
}

/** The defaults, complete but for plugins and models. */
export const defaultConfig: Config = {
  server: {
    host: '127.0.0.1',
    port: 8787,
    adminHost: '127.0.0.1',
    adminPort: 8788,
    maxBodyBytes: 32 * 1024 * 1024,
    maxUnadmittedBytes: 256 * 1024 * 1024,
    insecure: false,
    workers: 1,
    drainMs: 30_000,
    trustedProxies: [],
    sessionHeaders: [],
  },
  limits: { deadlineMs: 600_000, attempts: 8, tapTimeoutMs: 1000, heartbeatMs: 0 },
  upstream: {
    timeouts: { connectMs: 10_000, firstEventMs: 300_000, idleMs: 120_000, totalMs: 600_000 },
    maxReplyBytes: 64 * 1024 * 1024,
    allowPrivate: [],
    certificateAuthorities: [],
  },
  log: { level: 'info' },
  plugins: [],
  models: {},
  unsupported: 'refuse',
};
