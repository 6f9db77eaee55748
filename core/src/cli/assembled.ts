import { assemble } from '../config/assemble.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { LiveGateway } from '../gateway.ts';
import type { CommandIo } from './plugin-command.ts';

/** A config and the gateway made of it, applied and not opened. Throws `ConfigErrors`, also for what shows only then. */
export async function assembled(
  io: CommandIo,
  file?: string,
): Promise<{ readonly loaded: LoadedConfig; readonly gateway: LiveGateway }> {
  const loaded = await io.loadConfig(file);
  return { loaded, gateway: assemble(loaded) };
}
