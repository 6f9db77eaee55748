import { coreVersion } from '../config/core-copies.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { LiveGateway } from '../gateway.ts';

/** What `start` tells a person once it listens: where, what is served, and what to try. */
export function bannerOf(
  { config, file, found }: LoadedConfig,
  gateway: LiveGateway,
  at: { readonly port: number; readonly adminPort: number | undefined },
): string {
  const { host, adminHost } = config.server;
  const rows: (readonly [string, string])[] = [
    [
      'Tapgate',
      `${coreVersion()} · Node ${process.versions.node} · ${file ?? 'no config here: the embedded defaults'}`,
    ],
    ['Serving', urlOf(host, at.port)],
    ...(at.adminPort === undefined ? [] : [['Admin', urlOf(adminHost, at.adminPort)] as const]),
    ['Plugins', config.plugins.map(({ id }) => id).join(', ')],
    ['Models', modelsOf(config.models, gateway)],
    ...found.map(({ name, variable }) => ['Found', `${variable} in the environment: ${name}/… is served`] as const),
    ['Try', tryOf(urlOf(host, at.port), gateway, Object.keys(config.models)[0])],
    ...(file === undefined ? [['Next', '"tapgate init" writes a config to go on from'] as const] : []),
  ];
  return `\n${rows.map(([name, text]) => `  ${name.padEnd(8)} ${text}`).join('\n')}\n\n`;
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

const fewModels = 8;

function modelsOf(models: LoadedConfig['config']['models'], gateway: LiveGateway): string {
  const names = Object.keys(models);
  const shown =
    names.length > fewModels ? [...names.slice(0, fewModels), `and ${names.length - fewModels} more`] : names;
  const providers = [...gateway.providers.keys()].map((name) => `${name}/…`);
  return [...shown, ...providers].join(', ');
}

const chatPath = '/chat/completions';

/** A request to paste: a chat where some dialect is served there, else the list of models. */
function tryOf(url: string, gateway: LiveGateway, model: string | undefined): string {
  const key = gateway.guarded ? ` -H 'authorization: Bearer YOUR-KEY'` : '';
  const routes = [...gateway.dialects.values()].flatMap(({ routes: served }) => served);
  if (model === undefined || !routes.some(({ path }) => path.endsWith(chatPath)))
    return `curl -s ${url}/v1/models${key}`;
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] });
  return `curl -s ${url}/v1${chatPath}${key} -H 'content-type: application/json' -d '${body.replaceAll("'", `'\\''`)}'`;
}
