import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** Imports a module in a process of its own and tells what it did beside that: nothing, where it is as it must be. */
export async function importEffects(module: string): Promise<readonly string[]> {
  const core = import.meta.resolve('@tapgate/core');
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const flags = process.execArgv.filter((flag) => /^--(conditions|import|require|experimental|no-)/.test(flag));
  const child = spawn(process.execPath, [...flags, '--input-type=module', '--eval', script, core, module], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  clearTimeout(timer);
  const [said = '', found] = out.split('\u0000');
  return [
    ...(said.trim() === '' ? [] : [`it printed ${said.trim()}`]),
    ...(errors.trim() === '' ? [] : [`it complained: ${errors.trim().slice(0, 500)}`]),
    ...(found === undefined
      ? [`the import did not end well, with the exit code ${code}`]
      : (JSON.parse(found) as string[])),
  ];
}

/** What core does when it is imported is not the plugin's doing: it comes before. */
const script = `
const [core, module] = process.argv.slice(1);
await import(core);
const look = () => ({
  resources: process.getActiveResourcesInfo(),
  listeners: process.eventNames().map((name) => String(name) + process.listenerCount(name)),
  globals: Object.getOwnPropertyNames(globalThis),
  variables: Object.keys(process.env),
});
const before = look();
await import(module);
const after = look();
const effects = [];
for (const [what, names] of Object.entries(after)) {
  const known = [...before[what]];
  for (const name of names) {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    else effects.push('it left ' + name + ' among the ' + what);
  }
}
process.stdout.write('\\u0000' + JSON.stringify(effects), () => process.exit(0));
`;
