#!/usr/bin/env node
import { existsSync } from 'node:fs';

const oldestMajor = 24;
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  process.stderr.write(`Tapgate needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}.\n`);
  process.exit(78);
}

if (!existsSync(built)) {
  // A static import would fail on an old Node before the sentence above could be printed.
  const { registerHooks } = await import('node:module');
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, '@tapgate/source'] }),
  });
}
await import((existsSync(built) ? built : source).href);
