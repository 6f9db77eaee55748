import { installedPlugins, type PluginManifest } from '../config/plugin-manifest.ts';
import { resolvePlugin } from '../config/resolve-plugin.ts';
import { coreFolder } from '../config/core-copies.ts';
import { UsageError } from './command.ts';
import type { ListedCommand } from './help.ts';
import type { PluginCommand } from './plugin-command.ts';

/** The commands that installed plugins say they bring. Nothing of theirs is run. */
export function listBrought(cwd: string): readonly ListedCommand[] {
  return installedPlugins([cwd]).flatMap(({ commands, package: from }) => commands.map((name) => ({ name, from })));
}

/** The command that the first words typed name, with what was typed after it; only its own plugin is imported. */
export async function findBrought(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly command: PluginCommand; readonly rest: readonly string[] } | undefined> {
  for (const manifest of installedPlugins([cwd])) {
    const name = manifest.commands.find((words) => words.split(' ').every((word, at) => args[at] === word));
    if (name !== undefined)
      return { command: await importCommand(manifest, name, cwd), rest: args.slice(name.split(' ').length) };
  }
  return undefined;
}

async function importCommand(manifest: PluginManifest, name: string, cwd: string): Promise<PluginCommand> {
  const resolved = resolvePlugin(manifest.package, [manifest.folder, cwd, coreFolder]);
  if (!('url' in resolved))
    throw new UsageError(`"${name}" is a command of ${manifest.package}, whose entry cannot be found.`);
  const module = (await import(resolved.url.href)) as { readonly commands?: readonly PluginCommand[] };
  const command = module.commands?.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`${manifest.package} says that it brings "${name}", and does not.`);
  return command;
}
