import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { fixtureOrSkip, replay, reply } from '@tapgate/test-kit';
import { gatewayOver, type Served } from '../gateways.ts';
import { leftOut } from '../installed.ts';

/** Runs Codex without a terminal against a gateway, in a home of its own, and gives what it printed. */
async function codex({ url }: Served, model: string, prompt: string): Promise<string> {
  const home = mkdtempSync(`${tmpdir()}/tapgate-codex-`);
  const provider = `[model_providers.gw]\nname = "gw"\nbase_url = "${url}/v1"\nenv_key = "GW_KEY"\nwire_api = "responses"\n`;
  writeFileSync(`${home}/config.toml`, `model = "${model}"\nmodel_provider = "gw"\n${provider}`);
  const command = `${import.meta.dirname}/../.cache/codex/node_modules/.bin/codex`;
  try {
    const child = promisify(execFile)(command, ['exec', '--skip-git-repo-check', prompt], {
      cwd: home,
      env: { ...process.env, CODEX_HOME: home, GW_KEY: 'x' },
      timeout: 60_000,
    });
    child.child.stdin?.end();
    return (await child).stdout;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test('Codex is answered by a provider that speaks no dialect', { skip: leftOut('codex') }, async () => {
  await using served = await gatewayOver(reply.json(500, {}));
  assert.match(await codex(served, 'echo', 'Say hello to the gateway'), /Say hello to the gateway/);
});

test('Codex is answered by a provider that speaks chat only', { skip: leftOut('codex') }, async (context) => {
  const fixture = fixtureOrSkip(context, 'openai/chat-text-stream');
  if (fixture === undefined) return;
  await using served = await gatewayOver(replay(fixture), 'openai-chat', { webSearch: true });
  const said = await codex(served, 'm', 'Hello');
  assert.ok(said.trim().length > 0);
  assert.equal(served.upstream.requests[0]?.path, '/v1/chat/completions');
});
