import { enableCompileCache } from 'node:module';

// Before anything large is imported: the second start finds it all compiled.
enableCompileCache();

const { run } = await import('./run.ts');

process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  loadConfig: async (file) => {
    const { loadConfig } = await import('../config/load-config.ts');
    return loadConfig({ cwd: process.cwd(), env: process.env, ...(file === undefined ? {} : { file }) });
  },
});

// A worker's channel to the process that started it would keep it alive although all is done.
process.channel?.unref();
