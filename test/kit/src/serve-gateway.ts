import { inspect } from 'node:util';
import {
  createGateway,
  listen,
  type Config,
  type Exchange,
  type GatewayConfig,
  type LiveGateway,
  type Plugin,
  type Settlement,
  stage,
  type Target,
  type When,
} from '@tapgate/core';

/** A plugin with its options, and its id and scope where they are not its name and everything. */
export type PluginUse = readonly [
  plugin: Plugin<never>,
  options?: unknown,
  as?: { readonly id?: string; readonly when?: When },
];

/** A gateway for a test: like a config, with the plugins themselves in place of their names. */
export interface ServeConfig extends Omit<GatewayConfig, 'models' | 'log'> {
  readonly plugins?: readonly (Plugin<never> | PluginUse)[];
  /** By public name; a text is `provider/model`. */
  readonly models?: Readonly<Record<string, readonly (string | Target)[]>>;
}

/** A gateway that serves a test, and what it said. */
export interface ServedGateway extends AsyncDisposable {
  /** `http://127.0.0.1:49153`. */
  readonly url: string;
  readonly gateway: LiveGateway;
  /** Everything that was logged, at every level, one text a call. */
  readonly logs: readonly string[];
  /** Every exchange that has settled, in that order. */
  readonly settled: readonly { readonly settlement: Settlement; readonly exchange: Exchange }[];
  close(): Promise<void>;
}

/** Serves on a free port of the loopback until it is closed, with a drain limit of a second. */
export async function serveGateway(config: ServeConfig = {}): Promise<ServedGateway> {
  const { plugins = [], models = {}, server, ...rest } = config;
  const logs: string[] = [];
  const settled: ServedGateway['settled'][number][] = [];
  const gateway = createGateway(
    {
      ...rest,
      server: { port: 0, adminPort: -1, drainMs: 1000, ...server },
      models: Object.fromEntries(
        Object.entries(models).map(([name, targets]) => [name, modelOf(targets, rest.unsupported)]),
      ),
    },
    { log: recorderTo(logs) },
  );
  for (const use of plugins) {
    const [plugin, options, as]: PluginUse = 'apply' in use ? [use] : use;
    gateway.use<unknown>(plugin, options ?? {}, as);
  }
  gateway.hooks.afterResponse.tap({ name: 'test-kit', stage: stage.observe }, (settlement, exchange) => {
    settled.push({ settlement, exchange });
  });
  const listening = await listen(gateway);
  let closing: Promise<void> | undefined;
  const closeBoth = async (): Promise<void> => {
    await Promise.all([listening.close(), gateway.close()]);
  };
  const close = (): Promise<void> => {
    closing ??= closeBoth();
    return closing;
  };
  return {
    url: `http://127.0.0.1:${listening.port}`,
    gateway,
    logs,
    settled,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function modelOf(
  targets: readonly (string | Target)[],
  unsupported: Config['unsupported'] = 'refuse',
): Config['models'][string] {
  return { targets: targets.map((target) => (typeof target === 'string' ? targetOf(target) : target)), unsupported };
}

function targetOf(name: string): Target {
  const slash = name.indexOf('/');
  if (slash < 1) throw new Error(`"${name}" is not "provider/model".`);
  return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
}

type Logger = LiveGateway['log'];

/** A logger of all levels that keeps what it is given as text, nothing left out. */
function recorderTo(logs: string[]): Logger {
  const log = (...said: readonly unknown[]): void => {
    logs.push(said.map((one) => (typeof one === 'string' ? one : inspect(one, { depth: 10 }))).join(' '));
  };
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
  const recorder: Record<string, unknown> = { level: 'trace', isLevelEnabled: () => true };
  for (const level of levels) recorder[level] = log;
  recorder['child'] = () => recorder;
  return recorder as unknown as Logger;
}
