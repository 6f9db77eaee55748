import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { RedisClientOptions } from '@redis/client';
import type { RedisOptions, TlsOptions } from './options.ts';

/** Where the server is and who is asking. */
export interface Address {
  /** For logs: the host, port and database. */
  readonly name: string;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly database: number;
  readonly socket: NonNullable<RedisClientOptions['socket']>;
}

/** Reads the URL and the files. Throws a `TypeError` that says what is wrong with them and nothing of what is secret. */
export function addressOf(options: RedisOptions): Address {
  const url = parsed(options.url.reveal());
  const secure = url.protocol === 'rediss:';
  if (!secure && options.tls !== undefined)
    throw new TypeError('"tls" is for a "url" that begins with rediss://; this one begins with redis://.');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? 6379 : Number(url.port);
  const database = databaseOf(url) ?? options.database ?? 0;
  const at = { host, port, keepAliveInitialDelay: 30_000 };
  return {
    name: `${url.hostname}:${port}/${database}`,
    credentials: credentialsOf(url, options),
    database,
    socket: secure ? { ...at, ...trust(host, options.tls) } : at,
  };
}

function parsed(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw new TypeError('"url" must be like redis://user:password@host:6379/0, or begin with rediss:// for TLS.');
  if (url.search !== '' || url.hash !== '')
    throw new TypeError('"url" has something after the database that would not be read: write it as an option.');
  return url;
}

function databaseOf({ pathname }: URL): number | undefined {
  if (pathname === '' || pathname === '/') return undefined;
  const database = /^\/(\d{1,5})$/.exec(pathname)?.[1];
  if (database === undefined) throw new TypeError('What follows the host in "url" must be the number of a database.');
  return Number(database);
}

function credentialsOf(url: URL, options: RedisOptions): Address['credentials'] {
  const username = decoded(url.username) ?? options.username;
  const password = decoded(url.password) ?? options.password?.reveal();
  if (username !== undefined && password === undefined) throw new TypeError('There is a user and no password.');
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function decoded(part: string): string | undefined {
  if (part === '') return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    throw new TypeError('The user or the password in "url" has a "%" that is not written as %25.');
  }
}

function trust(host: string, options: TlsOptions = {}): Address['socket'] & { readonly tls: true } {
  const { certificateAuthorities = [], certificate, key, serverName } = options;
  return {
    tls: true,
    host,
    // No environment variable turns verification off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ca: [...getCACertificates('default'), ...certificateAuthorities.map((file) => read(file))],
    ...(certificate === undefined || key === undefined ? {} : { cert: read(certificate), key: read(key) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TypeError(`The file ${file} cannot be read.`, { cause });
  }
}
