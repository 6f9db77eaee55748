import { type ConfigError, configErrors, ConfigErrors } from '../config/config-error.ts';
import { formatConfigErrors } from '../config/format-config-errors.ts';
import { GatewayError } from '../errors.ts';
import type { LiveGateway } from '../gateway.ts';
import { colored, exitCode, UsageError } from './command.ts';
import type { CommandIo } from './plugin-command.ts';

/** Tells on the error output why a command did not do what it should. Gives the exit code. */
export function report(error: unknown, io: CommandIo, command: string | undefined): number {
  if (error instanceof ConfigErrors) {
    io.stderr.write(
      `${formatConfigErrors(error.errors, { colors: colored(io.stderr, io.env) })}\n\n${counted(error.errors)}\n`,
    );
    return exitCode.config;
  }
  if (error instanceof UsageError) {
    io.stderr.write(`${error.message}\nSee "tapgate ${command === undefined ? '' : `${command} `}--help".\n`);
    return exitCode.usage;
  }
  if (GatewayError.is(error)) {
    io.stderr.write(`${error.code}\n  ${error.message}\n`);
    return exitCode.config;
  }
  if (!(error instanceof Error)) {
    io.stderr.write(`${String(error)}\n`);
    return exitCode.failed;
  }
  const known = systemErrors[(error as NodeJS.ErrnoException).code ?? ''];
  io.stderr.write(known === undefined ? `${error.stack ?? error.message}\n` : `${error.message}\n  Cure: ${known}\n`);
  return exitCode.failed;
}

/** Tells what is allowed, and not wise. */
export function warn(warnings: readonly ConfigError[], io: CommandIo): void {
  if (warnings.length === 0) return;
  io.stderr.write(`${formatConfigErrors(warnings, { colors: colored(io.stderr, io.env) })}\n\n`);
}

/** What of a gateway that was put together is allowed, and not wise. */
export function doubts({ dialects }: Pick<LiveGateway, 'dialects'>): ConfigError[] {
  const served = [...dialects.values()].some(({ routes }) => routes.length > 0);
  return served ? [] : [configErrors.CONFIG_NO_DIALECT()];
}

function counted({ length }: readonly ConfigError[]): string {
  return length === 1 ? 'One mistake; nothing was started.' : `${length} mistakes; nothing was started.`;
}

const systemErrors: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Something else listens there: choose another port with --port, or "server.port" and "server.adminPort".',
  EACCES: 'Choose a port above 1023 with --port, or run with the right to open this one.',
  EADDRNOTAVAIL: 'This machine does not have that address: see --host and "server.host".',
};
