import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../secret.ts';
import { type ConfigError, configErrors, ConfigErrors } from './config-error.ts';
import { formatConfigErrors } from './format-config-errors.ts';
import { type LoadedConfig, loadConfig } from './load-config.ts';

const root = mkdtempSync(join(tmpdir(), 'tapgate-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A folder with these files. */
function folder(files: Record<string, string>): string {
  folders += 1;
  const path = join(root, String(folders));
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

const shop = `export default {
  name: 'shop', apiVersion: 1, apply() {},
  schema: {
    type: 'object',
    properties: {
      apiKey: { type: 'string', secret: true, description: 'The key.' },
      attempts: { type: 'integer', minimum: 1, default: 3, description: 'How often to try.' },
      loud: { type: 'boolean', description: 'Whether it is loud.' },
    },
    additionalProperties: false,
  },
};`;

const load = (files: Record<string, string>, env: Record<string, string> = {}): Promise<LoadedConfig> =>
  loadConfig({ cwd: folder(files), env });

async function mistakes(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<readonly ConfigError[]> {
  try {
    await load(files, env);
  } catch (error) {
    if (error instanceof ConfigErrors) return error.errors;
    throw error;
  }
  return [];
}

/** The config in `tapgate.yaml`, with the plugin `./shop.ts` beside it. */
const yaml = (text: string): Record<string, string> => ({ 'tapgate.yaml': text, 'shop.ts': shop });
const brief = (errors: readonly ConfigError[]): string[] =>
  errors.map(({ code, line, column, path, didYouMean }) =>
    [code, `${line}:${column}`, path, ...(didYouMean === undefined ? [] : [`${didYouMean}?`])].join(' '),
  );

test('a config is complete once it is loaded: defaults, ids, targets, secrets', async () => {
  const loaded = await load(
    yaml(`server: { port: "\${PORT}" }
plugins:
  - use: ./shop.ts
    id: corner
    options: { apiKey: "\${KEY}" }
    when: { models: [smart] }
models:
  smart: [corner/big, { provider: corner, model: small, weight: 2 }]
  cheap: { targets: ["corner/meta/tiny#eu"], unsupported: drop }
`),
    { PORT: '0', KEY: 'canary' },
  );
  const { config, plugins, file, warnings } = loaded;
  assert.equal(file, 'tapgate.yaml');
  assert.deepEqual(warnings, []);
  assert.deepEqual([config.server.port, config.server.host, config.limits.attempts], [0, '127.0.0.1', 8]);
  assert.deepEqual(config.models, {
    smart: {
      targets: [
        { provider: 'corner', model: 'big' },
        { provider: 'corner', model: 'small', weight: 2 },
      ],
      unsupported: 'refuse',
    },
    cheap: { targets: [{ provider: 'corner', model: 'meta/tiny', credential: 'eu' }], unsupported: 'drop' },
  });
  const [one] = plugins;
  assert.deepEqual([one?.id, one?.plugin.name, one?.when], ['corner', 'shop', { models: ['smart'] }]);
  const { apiKey, attempts } = (one?.options ?? {}) as { apiKey: Secret; attempts: number };
  assert.deepEqual([apiKey.reveal(), attempts], ['canary', 3]);
  assert.ok(!inspect(config, { depth: 9 }).includes('canary') && !JSON.stringify(config).includes('canary'));
});

test('an unknown key is an error with its place and the nearest right word, at every level', async () => {
  const errors = await mistakes(
    yaml(`limit: { attempts: 3 }
server:
  prot: 1
plugins:
  - use: ./shop.ts
    options: { atempts: 2 }
    wehn: {}
models:
  smart: [{ provider: a, model: b, wieght: 1 }]
  cheap: { target: [a/b] }
`),
  );
  assert.deepEqual(brief(errors), [
    'CONFIG_UNKNOWN_KEY 1:1 limit limits?',
    'CONFIG_UNKNOWN_KEY 3:3 server.prot port?',
    'PLUGIN_OPTIONS 6:16 plugins[0].options.atempts attempts?',
    'CONFIG_UNKNOWN_KEY 7:5 plugins[0].wehn when?',
    'CONFIG_UNKNOWN_KEY 9:36 models.smart[0].wieght weight?',
    'CONFIG_MISSING_KEY 10:3 models.cheap.targets',
    'CONFIG_UNKNOWN_KEY 10:12 models.cheap.target targets?',
  ]);
});

test('several mistakes of different kinds are told together, in the order of the file', async () => {
  const errors = await mistakes(
    yaml(`server: { port: high, workers: 0, insecure: "true" }
plugins:
  - use: ./shop.ts
    options: { attempts: 0, apiKey: "\${NOWHERE}" }
  - nothing-of-the-sort
log: { level: inof }
`),
  );
  assert.deepEqual(brief(errors), [
    'CONFIG_TYPE 1:17 server.port',
    'CONFIG_VALUE 1:32 server.workers',
    'CONFIG_TYPE 1:45 server.insecure',
    'PLUGIN_OPTIONS 4:26 plugins[0].options.attempts',
    'CONFIG_VARIABLE_UNSET 4:38 plugins[0].options.apiKey',
    'PLUGIN_NOT_FOUND 5:5 plugins[1].use',
    'CONFIG_VALUE 6:15 log.level info?',
  ]);
  for (const error of errors) assert.ok(error.message.length > 10 && error.cure.length > 3, error.code);
});

test('a value that could not be filled in is one mistake, whatever else would be wrong with it', async () => {
  const text =
    'server: { host: "${NO}", port: "${NO}" }\nplugins: [{ use: ./shop.ts, options: { attempts: "${NO}" } }]\nlog: { level: "${NO}" }\n';
  assert.deepEqual(brief(await mistakes(yaml(text))), [
    'CONFIG_VARIABLE_UNSET 1:18 server.host',
    'CONFIG_VARIABLE_UNSET 1:33 server.port',
    'CONFIG_VARIABLE_UNSET 2:51 plugins[0].options.attempts',
    'CONFIG_VARIABLE_UNSET 3:16 log.level',
  ]);
});

test('a mistake in what an alias stands for is placed where it is written', async () => {
  const errors = await mistakes(yaml('plugins:\n  - &one { use: ./shop.ts, options: { atempts: 1 } }\n  - *one\n'));
  assert.deepEqual(brief(errors.filter(({ code }) => code === 'PLUGIN_OPTIONS')), [
    'PLUGIN_OPTIONS 2:39 plugins[0].options.atempts attempts?',
    'PLUGIN_OPTIONS 2:39 plugins[1].options.atempts attempts?',
  ]);
});

test('the line that is shown keeps what is no secret, also where a shorthand is one text', async () => {
  const [plugin, target] = await mistakes(yaml('plugins:\n  - nothing-here\nmodels:\n  a: [shop/b, gpt]\n'));
  assert.equal(plugin?.excerpt?.text, '  - nothing-here');
  assert.equal(target?.excerpt?.text, '  a: [shop/b, gpt]');
  const [small] = await mistakes(yaml('server: { prot: 80, hots: abc }\n'));
  assert.equal(small?.excerpt?.text, 'server: { prot: 80, hots: [secret] }');
});

test('a file that is no YAML is told with its place, and what to look for', async () => {
  const cases: [text: string, place: string, why: RegExp][] = [
    ['server:\n\tport: 1\n', '2:1', /tab/],
    ['server: { port: 1\nlog: {}\n', '2:1', /indentation|missing/],
    ['server: {}\nserver: {}\n', '2:1', /second time/],
    ['server: {}\n---\nserver: {}\n', '2:1', /several documents/],
    ['server: { port: ${PORT} }\n', '1:18', /must be quoted/],
    ['server: !!port 1\n', '1:9', /tag/],
  ];
  for (const [text, place, why] of cases) {
    const [error] = await mistakes(yaml(text));
    assert.deepEqual([error?.code, `${error?.line}:${error?.column}`], ['CONFIG_SYNTAX', place], text);
    assert.match(error?.message ?? '', why);
  }
});

test('a text that would take all memory or all of the stack is refused', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(9)}]`),
  ].join('\n');
  assert.equal((await mistakes(yaml(bomb)))[0]?.code, 'CONFIG_SYNTAX');
  assert.equal((await mistakes(yaml(`a: ${'['.repeat(50_000)}`)))[0]?.code, 'CONFIG_SYNTAX');
  const deep = `plugins: [{ use: ./shop.ts, options: ${'{ a: '.repeat(40)}1${' }'.repeat(40)} }]`;
  assert.ok((await mistakes(yaml(deep))).some(({ code }) => code === 'CONFIG_TOO_DEEP'));
  assert.equal((await mistakes(yaml(`# ${'x'.repeat(5_000_000)}`)))[0]?.code, 'CONFIG_TOO_LARGE');
});

test('JSON is read with line and column, tabs and all', async () => {
  const good = '{\n\t"$schema": "./tapgate.schema.json",\n\t"server": { "port": 0 },\n\t"plugins": ["./shop.ts"]\n}\n';
  assert.equal((await load({ 'tapgate.json': good, 'shop.ts': shop })).config.server.port, 0);
  assert.deepEqual(brief(await mistakes({ 'tapgate.json': '{\n\t"server": { "prot": 1 }\n}' })), [
    'CONFIG_UNKNOWN_KEY 2:14 server.prot port?',
  ]);
});

test('a config in TypeScript is imported, and its mistakes have a path', async () => {
  const written =
    "const port: number = 1;\nexport default { server: { port }, plugins: [{ use: './shop.ts', options: { apiKey: '${KEY}' } }] };";
  const { config, plugins } = await load({ 'tapgate.ts': written, 'shop.ts': shop }, { KEY: 'abc' });
  assert.equal(config.server.port, 1);
  assert.ok(plugins[0]?.options['apiKey'] instanceof Secret);
  const [error] = await mistakes({ 'tapgate.ts': 'export default { server: { prot: 1 } };' });
  assert.deepEqual(
    [error?.code, error?.file, error?.line, error?.path],
    ['CONFIG_UNKNOWN_KEY', 'tapgate.ts', undefined, 'server.prot'],
  );
});

test('a config in TypeScript that throws, or exports nothing, is told as such', async () => {
  assert.deepEqual(
    (await mistakes({ 'tapgate.ts': "throw new Error('no luck');" })).map(({ code, message }) => [code, message]),
    [['CONFIG_FAILED', 'The config could not be run: no luck']],
  );
  assert.equal((await mistakes({ 'tapgate.mjs': 'export const config = {};' }))[0]?.code, 'CONFIG_TYPE');
});

test("a config and a plugin of one's own that were changed are read anew", async () => {
  const cwd = folder({
    'tapgate.ts': "export default { server: { port: 1 }, plugins: ['./shop.ts'] };",
    'shop.ts': shop,
  });
  await loadConfig({ cwd, env: {} });
  const change = (name: string, text: string): void => {
    writeFileSync(join(cwd, name), text);
    // Two writes within one tick of the file system's clock would have the same time.
    utimesSync(join(cwd, name), new Date(), new Date(Date.now() + 5000));
  };
  change('tapgate.ts', "export default { server: { port: 2 }, plugins: ['./shop.ts'] };");
  change('shop.ts', shop.replace('default: 3', 'default: 4'));
  const { config, plugins } = await loadConfig({ cwd, env: {} });
  assert.deepEqual([config.server.port, plugins[0]?.options['attempts']], [2, 4]);
});

test('a file that is not there is told with the one that was meant', async () => {
  const cwd = folder(yaml('plugins: [./shop.ts]'));
  const error = await loadConfig({ cwd, file: 'tapgat.yaml', env: {} }).catch(
    (cause: unknown) => cause as ConfigErrors,
  );
  assert.ok(error instanceof ConfigErrors);
  assert.deepEqual([error.errors[0]?.code, error.errors[0]?.didYouMean], ['CONFIG_UNREADABLE', 'tapgate.yaml']);
});

test('a section whose lines are all commented out means what its absence means', async () => {
  const { config, warnings } = await load(yaml('server:\n  # port: 1\nplugins:\nmodels:\n'));
  assert.deepEqual([config.server.port, config.models], [8787, {}]);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['CONFIG_NO_PLUGINS'],
  );
});

test('what is allowed but not wise is a warning: a secret written out, a file everybody may change, a second config', async () => {
  const cwd = folder({ ...yaml('plugins: [{ use: ./shop.ts, options: { apiKey: canary } }]'), 'tapgate.json': '{}' });
  chmodSync(join(cwd, 'tapgate.yaml'), 0o666);
  const { warnings } = await loadConfig({ cwd, env: {} });
  const expected = process.platform === 'win32' ? ['CONFIG_SEVERAL'] : ['CONFIG_WRITABLE', 'CONFIG_SEVERAL'];
  assert.deepEqual(
    warnings.map(({ code }) => code),
    [...expected, 'CONFIG_SECRET_LITERAL'],
  );
  assert.ok(!formatConfigErrors(warnings).includes('canary'));
});

test('no mistake ever shows a secret: not from a variable or file, not literal, misspelt, quoted, commented or beside it', async () => {
  const canary = 'canary-7f';
  const option = `apiKey: ${canary}`;
  const configs = [
    `plugins: [{ use: ./shop.ts, options: { ${option}, atempts: 1 } }]`,
    `plugins: [{ use: ./shop.ts, options: { apikey: ${canary} } }]`,
    `plugins: [{ use: ./shop.ts, options: { apiKey: [${canary}] } }]`,
    `plugins: [{ use: ./shop.ts, options: ${canary} }]`,
    `plugins: [{ use: ./nowhere.ts, options: { ${option} } }]`,
    `plugins: [{ use: ./shop.ts, options: { ${option} }, x: 1 }]`,
    `plugins:\n  - use: ./nowhere.ts # was ${canary}\n    option: {} # and "${canary}"`,
    `plugins: [{ use: ./shop.ts, options: { attempts: ${canary} } }]`.replace(canary, '"${CANARY}"'),
    `server: { port: "\${CANARY}", host: "\${CANARY}", x: 1 }`,
    `server: { port: "\${file:secret}" }`,
    `log: { level: "\${CANARY}" }`,
    `models: { a: ["\${CANARY}"] }`,
    `apiKey: "${canary}\nplugins: []`,
    `plugins: [{ use: ./shop.ts, options: { ${option} }`,
    `upstream: { proxy: "http://me:${canary}@proxy", prox: 1 }`,
    `keys: { ${option} }`,
  ];
  for (const text of configs) {
    const errors = await mistakes({ ...yaml(text), secret: canary }, { CANARY: canary });
    assert.ok(errors.length > 0, text);
    const told = [
      formatConfigErrors(errors),
      ...errors.map((error) => inspect(error, { depth: 9 })),
      JSON.stringify(errors),
    ].join('\n');
    assert.ok(!told.includes(canary), `${text}\n${told}`);
  }
});

test('a second plugin of the same id is an error, and an id mends it', async () => {
  assert.deepEqual(brief(await mistakes(yaml('plugins:\n  - ./shop.ts\n  - use: ./shop.ts\n'))), [
    'PLUGIN_DUPLICATE_ID 3:10 plugins[1].use',
  ]);
  const { plugins } = await load(yaml('plugins:\n  - ./shop.ts\n  - { use: ./shop.ts, id: two }\n'));
  assert.deepEqual(
    plugins.map(({ id }) => id),
    ['shop', 'two'],
  );
});

test('a target that names no provider is an error; one of an unknown provider can be told later, with its place', async () => {
  assert.deepEqual(brief(await mistakes(yaml('models:\n  smart: [a/b, gpt]\n'))), [
    'CONFIG_VALUE 2:16 models.smart[1]',
  ]);
  const loaded = await load(
    yaml(
      'plugins: [./shop.ts]\nmodels:\n  smart:\n    - shop/a\n    - shpo/b\n  other: { targets: [{ provider: x, model: y }] }\n',
    ),
  );
  const later = (model: string, target: number): ConfigError =>
    configErrors.MODEL_TARGET_UNKNOWN_PROVIDER(
      { model, provider: 'x', others: '' },
      { path: ['models', model, 'targets', target, 'provider'] },
    );
  assert.deepEqual(brief(loaded.located(new ConfigErrors([later('smart', 1), later('other', 0)])).errors), [
    'MODEL_TARGET_UNKNOWN_PROVIDER 5:7 models.smart[1].provider',
    'MODEL_TARGET_UNKNOWN_PROVIDER 6:34 models.other.targets[0].provider',
  ]);
});

test('loading a config opens no connection', async (context) => {
  const connect = context.mock.method(net.Socket.prototype, 'connect', () => {
    throw new Error('a connection was opened');
  });
  await load(yaml('plugins: [./shop.ts]'));
  await loadConfig({ cwd: folder({}), env: {} }).catch(() => undefined);
  assert.equal(connect.mock.callCount(), 0);
});

test('the same config gives the same result, however often it is read', async () => {
  const cwd = folder(yaml('plugins: [{ use: ./shop.ts, options: { attempts: 2 } }]\nmodels: { a: [shop/b] }'));
  const one = await loadConfig({ cwd, env: {} });
  const two = await loadConfig({ cwd, env: {} });
  assert.deepEqual(one.config, two.config);
});

test('ten thousand models are read', async () => {
  const models = Array.from({ length: 10_000 }, (_, at) => `  model-${at}: [shop/model-${at}]`).join('\n');
  const { config } = await load(yaml(`plugins: [./shop.ts]\nmodels:\n${models}\n`));
  assert.equal(Object.keys(config.models).length, 10_000);
});
