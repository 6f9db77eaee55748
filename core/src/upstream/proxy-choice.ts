import { BlockList, isIP } from 'node:net';

/** The proxy to reach an origin through; undefined is none. */
export type ProxyChoice = (origin: URL) => URL | undefined;

/**
 * `environment` reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or their lower-case forms, which come first); a URL is used for all.
 * Throws a `TypeError` for a proxy that is no http or https URL; its message does not repeat it, since it may hold a password.
 */
export function proxyChoice(setting: string | undefined, environment: NodeJS.ProcessEnv = process.env): ProxyChoice {
  if (setting === undefined) return () => undefined;
  if (setting !== 'environment') {
    const proxy = proxyUrl(setting, 'upstream.proxy');
    return () => proxy;
  }
  const variable = (name: string): string => environment[name.toLowerCase()] || environment[name] || '';
  const [http, https] = ['HTTP_PROXY', 'HTTPS_PROXY'].map((name) =>
    variable(name) === '' ? undefined : proxyUrl(variable(name), name),
  );
  const excepted = variable('NO_PROXY')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return (origin) => {
    const proxy = origin.protocol === 'https:' ? https : http;
    return proxy && excepted.some((entry) => covers(entry, origin)) ? undefined : proxy;
  };
}

function proxyUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TypeError(`${name} is no http or https URL.`);
}

/** `*`, a name with all names below it, `*.name` for those below only, an address or a CIDR block; each with a port or without. */
function covers(entry: string, origin: URL): boolean {
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
  const named = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry);
  const pattern = (named?.[1] ?? named?.[2] ?? entry).toLowerCase().replace(/\.$/, '');
  const port = named?.[3];
  if (port !== undefined && port !== (origin.port || (origin.protocol === 'https:' ? '443' : '80'))) return false;
  if (pattern === '*') return true;
  if (isIP(host) !== 0) return pattern.includes('/') ? inBlock(pattern, host) : pattern === host;
  const suffix = pattern.replace(/^\*?\./, '');
  return host.endsWith(`.${suffix}`) || (host === suffix && !pattern.startsWith('*'));
}

function inBlock(block: string, host: string): boolean {
  const [address = '', prefix = ''] = block.split('/');
  const family = isIP(address);
  if (family === 0 || family !== isIP(host) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32))
    return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** The `proxy-authorization` of a proxy whose URL names a user. */
export function proxyCredential(proxy: URL): string | undefined {
  if (proxy.username === '') return undefined;
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
