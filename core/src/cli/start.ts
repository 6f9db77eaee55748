import type { LoadedConfig } from '../config/load-config.ts';
import { type Command, type CommandInput, textOption, UsageError } from './command.ts';

/** Serves until it is told to end. */
export const start: Command = {
  name: 'start',
  summary: 'Serves the gateway.',
  about: `Reads tapgate.yaml (or .yml, .json, .ts, .js, .mjs) of the working folder. Without one it serves the echo provider, which
needs no key, and each installed provider whose usual key is in the environment. A mistake in the config ends it with
exit code 78 before anything listens. SIGHUP reads the config again, SIGTERM lets open requests finish.`,
  options: {
    config: { type: 'string', short: 'c', value: 'file', describe: 'The config, if it has another name or place.' },
    host: { type: 'string', value: 'address', describe: 'Listens there, whatever "server.host" says.' },
    port: {
      type: 'string',
      short: 'p',
      value: 'port',
      describe: 'Listens there, whatever "server.port" says; 0 picks a free one.',
    },
  },
  examples: [
    ['tapgate start', 'Serves the config of this folder, or without one what needs none.'],
    ['tapgate start -c prod.yaml -p 80', 'Serves another config on another port.'],
  ],
  async run(input, io) {
    const listen = overrides(input);
    const [{ serve }, { default: cluster }, { bannerOf }, { doubts, warn }] = await Promise.all([
      import('../server/serve.ts'),
      import('node:cluster'),
      import('./banner.ts'),
      import('./report.ts'),
    ]);
    let current: LoadedConfig | undefined;
    const load = async (): Promise<LoadedConfig> => {
      const loaded = await io.loadConfig(textOption(input, 'config'));
      if (cluster.isPrimary) warn(loaded.warnings, io);
      current = { ...loaded, config: { ...loaded.config, server: { ...loaded.config.server, ...listen } } };
      return current;
    };
    return serve({
      load,
      listening: (at, gateway) => {
        // Of several processes that share a port, one tells where.
        if (!cluster.isPrimary && cluster.worker?.id !== 1) return;
        warn(doubts(gateway), io);
        if (io.stdout.isTTY === true && current !== undefined) io.stdout.write(bannerOf(current, gateway, at));
      },
    });
  },
};

function overrides(input: CommandInput): { host?: string; port?: number } {
  const [host, port] = [textOption(input, 'host'), textOption(input, 'port')];
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new UsageError(`--port takes a number from 0 to 65535.`);
  if (Number(port ?? 0) > 65_535) throw new UsageError('--port takes a number from 0 to 65535.');
  return { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port: Number(port) }) };
}
