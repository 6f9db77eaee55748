import { readFileSync } from 'node:fs';
import { isMap, valueAt } from '../config/config-path.ts';
import { loadPlugin } from '../config/load-plugin.ts';
import { installedPlugins, type PluginManifest, shortName } from '../config/plugin-manifest.ts';
import { findConfig, readConfig } from '../config/read-config.ts';
import { isFile } from '../config/resolve-plugin.ts';
import { composeSchema, type InstalledSchema } from '../config/schema.ts';

/** The schema of a config for what is installed here, and the plugins whose own schema could not be read. */
export async function installedSchema(
  cwd: string,
  config?: string,
): Promise<{ readonly schema: object; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const schemas = installedPlugins([cwd]).flatMap((manifest) => {
    const own = schemaOf(manifest);
    if (own === undefined) missing.push(manifest.package);
    return own === undefined ? [] : [own];
  });
  return { schema: composeSchema([...schemas, ...(await localSchemas(cwd, config, missing))]), missing };
}

/** A plugin's schema from its package's files alone. */
export function schemaOf({ package: name, description, schemaFile }: PluginManifest): InstalledSchema | undefined {
  try {
    const schema: unknown = JSON.parse(readFileSync(schemaFile ?? '', 'utf8'));
    return isMap(schema) ? { names: [...new Set([shortName(name), name])], description, schema } : undefined;
  } catch {
    return undefined;
  }
}

/** Plugins that are files of one's own have no package that could tell; they are imported. */
async function localSchemas(cwd: string, config: string | undefined, missing: string[]): Promise<InstalledSchema[]> {
  const file = config ?? findConfig(cwd);
  if (file === undefined) return [];
  const source = await readConfig(file, cwd);
  const plugins = valueAt(source.value, ['plugins']);
  const uses = (Array.isArray(plugins) ? plugins : []).map((entry: unknown) =>
    typeof entry === 'string' ? entry : valueAt(entry, ['use']),
  );
  const schemas: InstalledSchema[] = [];
  for (const use of new Set(uses)) {
    if (typeof use !== 'string' || !isFile(use)) continue;
    const loaded = await loadPlugin(use, source.folder);
    if ('plugin' in loaded) schemas.push({ names: [use], schema: loaded.plugin.schema });
    else missing.push(use);
  }
  return schemas;
}
