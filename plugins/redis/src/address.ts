import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';
import type { RedisClientOptions } from '@redis/client';
import type { RedisOptions, TlsOptions } from './options.ts';

/** Where the server is and who is asking. */
export interface Address {
  /** For logs: the host, port and database. */
  readonly name: string;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly database: number;
  readonly socket: NonNullable<RedisClientOptions['socket']>;
  /** A digest of all that it is made of, credentials and the content of files too. */
  readonly digest: string;
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
  const credentials = credentialsOf(url, options);
  const files = options.tls === undefined ? {} : read(options.tls);
  const at = { host, port, keepAliveInitialDelay: 30_000 };
  const { serverName } = options.tls ?? {};
  const parts = JSON.stringify([url.protocol, at, credentials, database, files, serverName]);
  return {
    name: `${url.hostname}:${port}/${database}`,
    credentials,
    database,
    socket: secure ? { ...at, ...trust(host, files, serverName) } : at,
    digest: createHash('sha256').update(parts).digest('hex'),
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

/** What is trusted is made once: it is much work, and would be done for every try to connect. */
function trust(
  host: string,
  { ca = [], ...own }: Files,
  serverName: string | undefined,
): Address['socket'] & { readonly tls: true } {
  try {
    const context = { ...own, ca: [...getCACertificates('default'), ...ca], minVersion: 'TLSv1.2' as const };
    return {
      tls: true,
      host,
      // No environment variable turns verification off.
      rejectUnauthorized: true,
      secureContext: createSecureContext(context),
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
  } catch (cause) {
    throw new TypeError('The files in "tls" are no certificates and key in PEM that belong together.', { cause });
  }
}

/** Contents of files. */
interface Files extends Pick<SecureContextOptions, 'cert' | 'key'> {
  readonly ca?: readonly string[];
}

function read({ certificateAuthorities = [], certificate, key }: TlsOptions): Files {
  const ca = certificateAuthorities.map((file) => contentOf(file));
  if (certificate === undefined || key === undefined) return { ca };
  return { ca, cert: contentOf(certificate), key: contentOf(key) };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TypeError(`The file ${file} cannot be read.`, { cause });
  }
}
