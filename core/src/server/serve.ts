import cluster from 'node:cluster';
import { assemble } from '../config/assemble.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { LiveGateway } from '../gateway.ts';
import { listen, type Listening } from './listen.ts';

/** Ctrl-C may arrive twice at once, from the terminal and from npm; a signal this much later is a second one. */
const secondSignalMs = 500;

/** How to serve. */
export interface ServeOptions {
  /** Reads the config anew: at the start, and at each reload. */
  readonly load: () => Promise<LoadedConfig>;
  /** Told once the gateway listens. */
  readonly listening?: (at: Listening, gateway: LiveGateway) => void;
}

/** Serves until a signal ends it. Resolves with the exit code; rejects where the first config is bad. */
export async function serve(options: ServeOptions): Promise<number> {
  const loaded = await options.load();
  const { workers } = loaded.config.server;
  if (workers > 1 && cluster.isPrimary) {
    // What is wrong with it is told here, once, and not by every worker.
    await assemble(loaded).close();
    return new Primary(workers).run();
  }
  const server = new ServedGateway(options);
  return server.run(loaded);
}

/** One process's gateway, from its start to its end, over any number of reloads. */
class ServedGateway {
  readonly #options: ServeOptions;
  #gateway: LiveGateway | undefined;
  #listening: Listening | undefined;
  #reloading = false;
  #endingSince: number | undefined;

  constructor(options: ServeOptions) {
    this.#options = options;
  }

  async run(loaded: LoadedConfig): Promise<number> {
    const gateway = assemble(loaded);
    this.#gateway = gateway;
    this.#listening = await listen(gateway);
    gateway.log.info(
      {
        port: this.#listening.port,
        adminPort: this.#listening.adminPort,
        plugins: gateway.instances.map((instance) => instance.id),
      },
      'listening',
    );
    this.#options.listening?.(this.#listening, gateway);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#onSignals(resolve);
    return promise;
  }

  #onSignals(end: (code: number) => void): void {
    const ending = (): void => this.#end(end);
    process.on('SIGTERM', ending);
    process.on('SIGINT', ending);
    // A closed terminal sends SIGHUP too, and then nobody wants a reload.
    process.on('SIGHUP', () => {
      if (process.stdout.isTTY) ending();
      else
        this.#reload().catch((error: unknown) =>
          this.#gateway?.log.error({ reason: reasonOf(error) }, 'reload failed; the gateway goes on as it was'),
        );
    });
  }

  #end(end: (code: number) => void): void {
    const now = Date.now();
    if (this.#endingSince !== undefined) {
      // The streams that the first signal waits for would keep the process until the drain limit.
      if (now - this.#endingSince >= secondSignalMs) process.exit(1);
      return;
    }
    this.#endingSince = now;
    this.#gateway?.log.info({ open: this.#gateway.inFlight }, 'draining');
    Promise.all([this.#listening?.close(), this.#gateway?.close()]).then(
      () => end(0),
      () => end(1),
    );
  }

  /** Builds the second gateway, swaps it in, and drains the first. Whatever is wrong with the second, the first goes on. */
  async #reload(): Promise<void> {
    if (this.#reloading || this.#endingSince !== undefined) return;
    this.#reloading = true;
    try {
      const next = assemble(await this.#options.load());
      await next.ready();
      const last = this.#gateway;
      this.#gateway = next;
      this.#listening?.swap(next);
      next.log.info({ plugins: next.instances.map((instance) => instance.id) }, 'reloaded');
      await last?.close();
    } finally {
      this.#reloading = false;
    }
  }
}

/** The process that starts the others, passes signals on, and replaces one that dies. */
class Primary {
  readonly #workers: number;
  #ending = false;

  constructor(workers: number) {
    this.#workers = workers;
  }

  run(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    for (let count = 0; count < this.#workers; count += 1) cluster.fork();
    let failed = 0;
    cluster.on('exit', (worker, code) => {
      failed = Math.max(failed, code ?? 0);
      if (!this.#ending && code !== 78 && !worker.exitedAfterDisconnect) cluster.fork();
      else if (Object.keys(cluster.workers ?? {}).length === 0) resolve(this.#ending ? 0 : failed);
    });
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => this.#pass(signal));
    return promise;
  }

  #pass(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void {
    this.#ending ||= signal !== 'SIGHUP';
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
