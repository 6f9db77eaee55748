import { checkTargets } from '../config/check-targets.ts';
import { ConfigErrors } from '../config/config-error.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { LiveGateway } from '../gateway.ts';
import { assemble } from '../server/serve.ts';
import type { CommandIo } from './plugin-command.ts';

/** A config and the gateway made of it, applied and not opened. Throws `ConfigErrors`, also for what shows only then. */
export async function assembled(
  io: CommandIo,
  file?: string,
): Promise<{ readonly loaded: LoadedConfig; readonly gateway: LiveGateway }> {
  const loaded = await io.loadConfig(file);
  try {
    const gateway = assemble(loaded);
    const errors = checkTargets(loaded.config.models, gateway.providers.keys());
    if (errors.length > 0) throw new ConfigErrors(errors);
    // Reading it is what asks whether everything that is needed is there.
    void gateway.models;
    return { loaded, gateway };
  } catch (error) {
    throw error instanceof ConfigErrors ? loaded.located(error) : error;
  }
}
