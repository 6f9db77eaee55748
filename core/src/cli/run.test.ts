import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../config/load-config.ts';
import { coreVersion } from '../config/core-copies.ts';
import { commands } from './commands.ts';
import { run } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'tapgate-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function folder(files: Record<string, string> = {}): string {
  folders += 1;
  const path = join(root, String(folders));
  mkdirSync(path);
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in a folder; `answers` is what a person types when asked. */
async function tapgate(cwd: string, args: string[], env: Record<string, string> = {}, answers?: string): Promise<Ran> {
  const written = { out: '', err: '' };
  const stdin = Object.assign(new PassThrough(), { isTTY: answers !== undefined });
  stdin.end(answers ?? '');
  const code = await run(args, {
    cwd,
    env,
    stdin,
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    loadConfig: (file) => loadConfig({ cwd, env, ...(file === undefined ? {} : { file }) }),
  });
  return { code, ...written };
}

const lineDialect = fileURLToPath(new URL('../../../test/core/line-dialect.ts', import.meta.url));
/** A plugin of one's own that brings a dialect and a provider, both named `line`. */
const line = `import { lineDialect } from ${JSON.stringify(lineDialect)};
export default {
  name: 'line', apiVersion: 1, schema: { type: 'object', properties: { size: { type: 'integer' } }, additionalProperties: false },
  apply(gateway) {
    gateway.dialect(lineDialect('line'));
    gateway.provider({ name: 'line', dialects: ['line'], credentials: [], capabilities: () => ({}), call() { throw new Error('called'); } });
  },
};`;
const config = 'plugins: [./line.ts]\nmodels:\n  smart: [line/big]\n';

test("the help lists every command, core's and those of installed plugins, without running a plugin", async () => {
  const cwd = folder(installed('throw new Error("was run");', { commands: ['shop list'] }));
  for (const args of [[], ['--help'], ['help']]) {
    const { code, out } = await tapgate(cwd, args);
    assert.equal(code, 0);
    for (const { name, summary } of commands) assert.ok(out.includes(`  ${name}`) && out.includes(summary), name);
    assert.match(out, /shop list +@tapgate\/shop/);
  }
});

test('the help of a command teaches it: usage, every option, examples', async () => {
  for (const { name, options, examples } of commands) {
    const { code, out } = await tapgate(folder(), [name, '--help']);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`Usage: tapgate ${name}`));
    for (const option of Object.keys(options)) assert.ok(out.includes(`--${option}`), option);
    for (const [typed] of examples) assert.ok(out.includes(typed), typed);
    assert.equal((await tapgate(folder(), ['help', name])).out, out);
  }
});

test('the version is that of core', async () => {
  assert.deepEqual(await tapgate(folder(), ['--version']), { code: 0, out: `${coreVersion()}\n`, err: '' });
});

test('wrong usage exits with 64 and says what was meant', async () => {
  const cases: [args: string[], told: RegExp][] = [
    [['strat'], /no command "strat"\. Did you mean "start"\?/],
    [['check', '--confg', 'x'], /--confg'\. Did you mean --config\?\nSee "tapgate check --help"/],
    [['check', 'extra'], /extra/],
    [['start', '--port', 'high'], /--port takes a number/],
    [['start', '--port', '70000'], /--port takes a number/],
    [['explain'], /Say --model/],
  ];
  for (const [args, told] of cases) {
    const { code, out, err } = await tapgate(folder(), args);
    assert.deepEqual([code, out], [64, ''], args.join(' '));
    assert.match(err, told);
  }
});

test('check exits with 0 and says what it found, or with 78 and every mistake', async () => {
  const good = await tapgate(folder({ 'tapgate.yaml': config, 'line.ts': line }), ['check']);
  assert.deepEqual(good, { code: 0, out: 'tapgate.yaml: no mistakes. 1 plugin, 1 model.\n', err: '' });
  const bad = await tapgate(folder({ 'tapgate.yaml': 'sever: {}\nplugins: [nothing-here]\n' }), ['check']);
  assert.deepEqual([bad.code, bad.out], [78, '']);
  assert.match(
    bad.err,
    /CONFIG_UNKNOWN_KEY {2}tapgate\.yaml:1:1[^]*Did you mean "server"\?[^]*PLUGIN_NOT_FOUND[^]*2 mistakes/,
  );
});

test('check finds what shows only once plugins are put together, with its place', async () => {
  const { code, err } = await tapgate(folder({ 'tapgate.yaml': `${config}  cheap: [lime/small]\n`, 'line.ts': line }), [
    'check',
  ]);
  assert.equal(code, 78);
  assert.match(err, /MODEL_TARGET_UNKNOWN_PROVIDER {2}tapgate\.yaml:4:11[^]*Did you mean "line"\?/);
});

test('check warns of a gateway that no client could speak to', async () => {
  const mute = line.replace("gateway.dialect(lineDialect('line'));", '');
  const { code, err } = await tapgate(folder({ 'tapgate.yaml': config, 'line.ts': mute }), ['check']);
  assert.equal(code, 0);
  assert.match(err, /CONFIG_NO_DIALECT/);
});

test('check writes JSON for scripts', async () => {
  const { code, out } = await tapgate(folder({ 'tapgate.yaml': 'sever: {}\n' }), ['check', '--json']);
  const [error] = (JSON.parse(out) as { errors: { code: string; line: number; message: string; didYouMean: string }[] })
    .errors;
  assert.deepEqual([code, error?.code, error?.line, error?.didYouMean], [78, 'CONFIG_UNKNOWN_KEY', 1, 'server']);
  assert.match(error?.message ?? '', /not known/);
  const good = await tapgate(folder({ 'tapgate.yaml': config, 'line.ts': line }), ['check', '--json']);
  assert.deepEqual(JSON.parse(good.out), { file: 'tapgate.yaml', errors: [], warnings: [] });
});

test('check reads the config it is given', async () => {
  const { code, err } = await tapgate(folder({ 'other.yml': 'sever: {}\n' }), ['check', '-c', 'other.yml']);
  assert.equal(code, 78);
  assert.match(err, /other\.yml:1:1/);
});

test("schema composes what is installed from its files alone, and the config's own plugins", async () => {
  const options = { type: 'object', properties: { shelves: { type: 'integer' } }, additionalProperties: false };
  const cwd = folder({
    ...installed('throw new Error("was run");', { schema: './schema.json' }),
    'node_modules/@tapgate/shop/schema.json': JSON.stringify(options),
    'tapgate.yaml': config,
    'line.ts': line,
  });
  const { code, out } = await tapgate(cwd, ['schema']);
  const { $defs } = JSON.parse(out) as { $defs: Record<string, { properties: object }> };
  assert.equal(code, 0);
  assert.deepEqual(Object.keys($defs['options:shop']?.properties ?? {}), ['shelves']);
  assert.deepEqual(Object.keys($defs['options:./line.ts']?.properties ?? {}), ['size']);
  await tapgate(cwd, ['schema', '--out', 'tapgate.schema.json']);
  assert.equal(readFileSync(join(cwd, 'tapgate.schema.json'), 'utf8'), out);
});

/** An installed provider `@tapgate/shop` whose only module is `text`. */
function installed(text: string, tapgateBlock: object = {}): Record<string, string> {
  const manifest = {
    name: '@tapgate/shop',
    version: '1.0.0',
    description: 'A shop.',
    type: 'module',
    exports: './index.js',
    tapgate: { apiVersion: 1, kind: 'provider', env: ['SHOP_KEY'], ...tapgateBlock },
  };
  return {
    'node_modules/@tapgate/shop/package.json': JSON.stringify(manifest),
    'node_modules/@tapgate/shop/index.js': text,
  };
}

const shop = `export default {
  name: 'shop', apiVersion: 1,
  schema: { type: 'object', properties: { apiKey: { type: 'string', secret: true } }, required: ['apiKey'], additionalProperties: false },
  apply(gateway) {
    gateway.provider({ name: 'shop', dialects: [], credentials: [], capabilities: () => ({}), call() { throw new Error('called'); } });
  },
};`;
const shopFiles = {
  ...installed(shop, { schema: './schema.json' }),
  'node_modules/@tapgate/shop/schema.json': JSON.stringify({
    type: 'object',
    properties: { apiKey: { type: 'string', secret: true } },
    required: ['apiKey'],
  }),
};

test('init writes a config that check accepts, and the schema beside it', async () => {
  const cwd = folder(shopFiles);
  const { code, out } = await tapgate(cwd, ['init', '--providers', 'shop,echo']);
  assert.equal(code, 0);
  assert.match(out, /Before you start: set SHOP_KEY/);
  const written = readFileSync(join(cwd, 'tapgate.yaml'), 'utf8');
  assert.match(written, /- use: shop\n    options:\n      apiKey: "\$\{SHOP_KEY\}"/);
  assert.match(written, /# deadlineMs|#   deadlineMs: 600000/);
  assert.ok(existsSync(join(cwd, 'tapgate.schema.json')));
  const checked = await tapgate(cwd, ['check'], { SHOP_KEY: 'abc' });
  assert.deepEqual([checked.code, checked.err], [0, '']);
  assert.match((await tapgate(cwd, ['check'])).err, /CONFIG_VARIABLE_UNSET[^]*SHOP_KEY/);
});

test('what init writes in comments is valid too once the comments are taken away', async () => {
  const cwd = folder(shopFiles);
  await tapgate(cwd, ['init', '--providers', 'shop,echo']);
  const file = join(cwd, 'tapgate.yaml');
  const [head = '', tail = ''] = readFileSync(file, 'utf8').split('# What else there is, with its defaults:\n');
  writeFileSync(file, `${head}${tail.replaceAll(/^# /gm, '')}`);
  const { code, err } = await tapgate(cwd, ['check'], { SHOP_KEY: 'abc' });
  assert.deepEqual([code, err], [0, '']);
});

test('init asks, proposes what can serve at once, and asks again after a name that is not installed', async () => {
  const env = { SHOP_KEY: 'abc' };
  const empty = folder(shopFiles);
  const proposed = await tapgate(empty, ['init'], env, '\n');
  assert.equal(proposed.code, 0);
  assert.match(proposed.out, /shop +A shop\. \(SHOP_KEY is set\)/);
  assert.match(readFileSync(join(empty, 'tapgate.yaml'), 'utf8'), /- echo\n[^]*- use: shop/);
  const named = folder(shopFiles);
  const again = await tapgate(named, ['init'], env, 'shpo\nshop\n');
  assert.match(again.out, /"shpo" is not installed\. Did you mean "shop"\? Again/);
  assert.ok(!/^ {2}- echo$/m.test(readFileSync(join(named, 'tapgate.yaml'), 'utf8')));
});

test('init adds the languages of clients that are installed, so that what it wrote can be asked for', async () => {
  const speaking = installed(line.replaceAll("'line'", "'shop'"), { dialects: ['shop'], schema: './schema.json' });
  const cwd = folder({ ...speaking, 'node_modules/@tapgate/shop/schema.json': '{ "type": "object" }' });
  await tapgate(cwd, ['init', '--providers', 'echo']);
  assert.match(
    readFileSync(join(cwd, 'tapgate.yaml'), 'utf8'),
    /- echo\n {2}# Languages[^\n]*\n(?: {2}- \w+\n)* {2}- shop\n/,
  );
});

test('init overwrites nothing, and asks nobody who is not there', async () => {
  const cwd = folder({ 'tapgate.json': '{}' });
  const { code, err } = await tapgate(cwd, ['init', '--yes']);
  assert.equal(code, 64);
  assert.match(err, /tapgate\.json is there already; nothing was written/);
  assert.ok(!existsSync(join(cwd, 'tapgate.yaml')));
  assert.match((await tapgate(folder(), ['init'])).err, /say --providers or --yes/);
});

test('a command of a plugin gets what was typed after its name, and its exit code stands', async () => {
  const text = `export const commands = [{ name: 'shop list', describe: 'Lists.', async run(args, io) { io.stdout.write(args.join('+')); return 3; } }];`;
  const cwd = folder(installed(text, { commands: ['shop list', 'shop gone'] }));
  assert.deepEqual(await tapgate(cwd, ['shop', 'list', 'a', '--b']), { code: 3, out: 'a+--b', err: '' });
  const gone = await tapgate(cwd, ['shop', 'gone']);
  assert.equal(gone.code, 64);
  assert.match(gone.err, /says that it brings "shop gone", and does not/);
  assert.match((await tapgate(cwd, ['shop', 'lst'])).err, /Did you mean "shop list"\?/);
});

test('a mistake in the config that a plugin command reads is told like any other', async () => {
  const text = `export const commands = [{ name: 'shop list', describe: 'Lists.', async run(args, io) { await io.loadConfig(); return 0; } }];`;
  const { code, err } = await tapgate(
    folder({ ...installed(text, { commands: ['shop list'] }), 'tapgate.yaml': 'sever: {}' }),
    ['shop', 'list'],
  );
  assert.equal(code, 78);
  assert.match(err, /CONFIG_UNKNOWN_KEY/);
});

test('explain tells where a request would go, and calls nobody', async () => {
  const cwd = folder({ 'tapgate.yaml': config, 'line.ts': line, 'request.json': '{ "model": "smart", "text": "hi" }' });
  for (const args of [['--model', 'smart'], ['request.json']]) {
    const { code, out, err } = await tapgate(cwd, ['explain', ...args]);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /Model +smart\n[^]*Would +line\/big/);
  }
  const { out } = await tapgate(cwd, ['explain', 'request.json', '--json']);
  assert.deepEqual((JSON.parse(out) as { selected: unknown }).selected, [{ provider: 'line', model: 'big' }]);
});

test('explain of a request that would be refused says why and exits with 1', async () => {
  const second = line.replaceAll("'line'", "'lime'");
  const cwd = folder({ 'tapgate.yaml': 'plugins: [./line.ts, ./lime.ts]\n', 'line.ts': line, 'lime.ts': second });
  const { code, out } = await tapgate(cwd, ['explain', '-m', 'nowhere']);
  assert.equal(code, 1);
  assert.match(out, /Refused +MODEL_UNKNOWN/);
});
