/** In docs/order.md: which plugin stands where on the hooks. Every plugin is applied, and what it does then is written down. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGateway, stagesOf } from '@tapgate/core';
import { pluginModules } from '../plugin-modules.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = 'docs/order.md';
const marked = /<!-- order -->[^]*<!-- \/order -->/;

/**
 * Options of plugins that have no sensible default for all, and of those that do more where they are told to.
 *
 * @type {Readonly<Record<string, object>>}
 */
const examples = {
  'fault-injection': { share: 0.1, faults: [{ kind: 'error', status: 503 }] },
  'key-auth': { pepper: 'p'.repeat(32), keys: [] },
  'load-shedding': { concurrency: {} },
  'rate-limit': { limits: [{ name: 'keys', per: ['key'], requests: 10, window: '1m' }] },
  redis: { url: 'redis://127.0.0.1:6379' },
  queue: { concurrency: { perTarget: 10 } },
};

/** @returns {Promise<Record<string, string>>} */
export async function files() {
  const modules = (await pluginModules()).filter(({ kind }) => kind !== 'provider');
  const places = await Promise.all(modules.map(placesOf));
  const rows = Object.entries(stagesOf).flatMap(([hook, stages]) =>
    Object.entries(stages)
      .toSorted(([, one], [, other]) => one - other)
      .map(([stage, at]) => {
        const here = places.filter((plugin) => plugin.has(`${hook} ${at}`)).map((plugin) => plugin.get('name'));
        return `| ${hook === 'wrap' ? 'around each attempt' : `\`${hook}\``} | ${stage} | ${here.join(', ')} |`;
      }),
  );
  const table = ['| where | stage | who stands there |', '| --- | --- | --- |', ...rows].join('\n');
  const text = readFileSync(root + file, 'utf8');
  if (!marked.test(text)) throw new Error(`${file} has no <!-- order --> and <!-- /order --> for the generated table.`);
  return { [file]: text.replace(marked, () => `<!-- order -->\n\n${table}\n\n<!-- /order -->`) };
}

/** @param {import('../plugin-modules.mjs').PluginModule} module @returns {Promise<ReadonlyMap<string, string>>} */
async function placesOf({ folder, plugin }) {
  const places = new Map();
  if (!plugin) return places;
  places.set('name', `[${plugin.name}](../${folder})`);
  const gateway = createGateway({ log: { level: 'silent' } });
  const wrap = gateway.wrap.bind(gateway);
  gateway.wrap = (at, around) => {
    places.set(`wrap ${at.stage}`, plugin.name);
    return wrap(at, around);
  };
  gateway.use(plugin, examples[plugin.name] ?? {});
  for (const [hook, { taps }] of Object.entries(gateway.hooks))
    for (const { stage } of taps) places.set(`${hook} ${stage}`, plugin.name);
  await gateway.close();
  return places;
}
