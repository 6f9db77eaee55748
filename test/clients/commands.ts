import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { commandFile } from './installed.ts';
import type { Tongue } from './wish.ts';

/** What a command-line client is asked, without a terminal. */
export interface Errand {
  readonly url: string;
  readonly model: string;
  readonly prompt: string;
  /** Files of the folder it works in, by name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** How it ended, and what it printed. */
export interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command-line client. */
export interface Command {
  readonly name: string;
  readonly needs: 'claude' | 'codex' | 'gemini';
  readonly tongue: Tongue;
  readonly run: (errand: Errand) => Promise<Done>;
  /** The call that reads a file of its folder. */
  readonly reads: (file: string, tools: readonly string[]) => { readonly call: string; readonly input: object };
}

/** A home of its own, and a folder to work in; both are gone afterwards. */
async function inFolders<Result>(
  { files }: Errand,
  act: (home: string, folder: string) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(`${tmpdir()}/tapgate-command-`);
  const [home, folder] = [`${root}/home`, `${root}/work`];
  mkdirSync(home);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(`${folder}/${name}`, content);
  try {
    return await act(home, folder);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs without a terminal and with nothing of this process's environment, so that no credential or setting comes along. */
function ran(
  file: string,
  words: readonly string[],
  folder: string,
  environment: Record<string, string>,
): Promise<Done> {
  const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  const child = spawn(file, words, { cwd: folder, env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 90_000);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });
}

/** Claude Code. */
export const claudeCode: Command = {
  name: 'Claude Code',
  needs: 'claude',
  tongue: 'anthropic-messages',
  reads: (file) => ({ call: 'Read', input: { file_path: file } }),
  run: (errand) =>
    inFolders(errand, async (HOME, folder) => {
      const { url, model, prompt } = errand;
      return ran(commandFile('claude'), ['-p', prompt, '--model', model, '--allowedTools', 'Read'], folder, {
        HOME,
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: 'a-clients-key',
        ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_TELEMETRY: '1',
        DISABLE_AUTOUPDATER: '1',
        CLAUDE_CODE_MAX_RETRIES: '0',
      });
    }),
};

/** Gemini CLI. */
export const geminiCli: Command = {
  name: 'Gemini CLI',
  needs: 'gemini',
  tongue: 'google-generate',
  reads: (file) => ({ call: 'read_file', input: { file_path: file } }),
  run: (errand) =>
    inFolders(errand, async (HOME, folder) => {
      const { url, model, prompt } = errand;
      mkdirSync(`${HOME}/.gemini`);
      const settings = {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        general: { enableAutoUpdate: false },
      };
      writeFileSync(`${HOME}/.gemini/settings.json`, JSON.stringify(settings));
      return ran(commandFile('gemini'), ['-p', prompt, '-m', model, '--yolo'], folder, {
        HOME,
        GOOGLE_GEMINI_BASE_URL: url,
        GEMINI_API_KEY: 'a-clients-key',
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
      });
    }),
};

/** Codex. */
export const codex: Command = {
  name: 'Codex',
  needs: 'codex',
  tongue: 'openai-responses',
  reads(file, tools) {
    if (tools.includes('exec_command')) return { call: 'exec_command', input: { cmd: `cat ${file}` } };
    if (tools.includes('shell_command')) return { call: 'shell_command', input: { command: `cat ${file}` } };
    return { call: 'shell', input: { command: ['cat', file] } };
  },
  run: (errand) =>
    inFolders(errand, async (HOME, folder) => {
      const { url, model, prompt } = errand;
      const provider = `[model_providers.gw]\nname = "gw"\nbase_url = "${url}/v1"\nenv_key = "GW_KEY"\nwire_api = "responses"\nrequest_max_retries = 0\nstream_max_retries = 0\n`;
      writeFileSync(`${HOME}/config.toml`, `model = "${model}"\nmodel_provider = "gw"\n${provider}`);
      const words = ['exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt];
      return ran(commandFile('codex'), words, folder, { HOME, CODEX_HOME: HOME, GW_KEY: 'a-clients-key' });
    }),
};

/** Every client that is a command. */
export const commands: readonly Command[] = [claudeCode, codex, geminiCli];
