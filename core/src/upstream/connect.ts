import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { buildConnector, Client } from 'undici';
import { AddressRefused, type AddressGuard } from './address-guard.ts';
import { Unreached } from './call-failure.ts';
import { proxyCredential } from './proxy-choice.ts';

/** Opens a socket for undici and gives the way to give it up meanwhile. The callback is not called after that. */
export type Connect = (options: buildConnector.Options, callback: buildConnector.Callback) => () => void;

const ignore = (): void => {};

/** Time-outs are the call's own, HTTP/2 would share one socket between calls, and no environment variable turns verification off. */
function socketOptions(context: SecureContext | undefined): buildConnector.BuildOptions {
  return {
    allowH2: false,
    timeout: 0,
    keepAliveInitialDelay: 30_000,
    rejectUnauthorized: true,
    ...(context ? { secureContext: context } : {}),
  };
}

/** Straight to the origin, where the guard lets it. */
export function directConnect(guard: AddressGuard, context: SecureContext | undefined): Connect {
  const open = opener({ ...socketOptions(context), lookup: guard.lookup });
  return (options, callback) => {
    if (guard.refuses(options.hostname)) return refuse(options.hostname, callback);
    return open(options, (error, socket) => {
      if (error) callback(error, null);
      else if (guard.permits(socket.remoteAddress ?? '', options.hostname)) callback(null, socket);
      else {
        socket.destroy();
        callback(new Unreached('its address is refused', { cause: new AddressRefused(options.hostname) }), null);
      }
    });
  };
}

/** To a proxy that is asked for each request by its whole URL: what proxies expect for plain http. */
export function proxyConnect(context: SecureContext | undefined): Connect {
  return opener(socketOptions(context));
}

/** Through a tunnel that a proxy opens. The proxy resolves the name, so the guard knows of its spelling alone. */
export function tunnelConnect(proxy: URL, guard: AddressGuard, context: SecureContext | undefined): Connect {
  const secure = opener(socketOptions(context));
  const authorization = proxyCredential(proxy);
  return (options, callback) => {
    if (guard.refuses(options.hostname)) return refuse(options.hostname, callback);
    const host = options.host ?? options.hostname;
    const authority = options.port ? host : `${host}:443`;
    const headers = {
      host: authority,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
    };
    const client = new Client(proxy.origin, { connect: socketOptions(context), headersTimeout: 0 });
    (client as EventEmitter).on('error', ignore);
    let giveUp = (): void => void client.destroy();
    let over = false;
    client.connect({ path: authority, headers }, (error, answer) => {
      if (over) {
        if (!error) answer.socket.destroy();
        return;
      }
      if (error) callback(new Unreached('the proxy cannot be reached', { cause: error }), null);
      else if (answer.statusCode === 200)
        giveUp = secure({ ...options, httpSocket: answer.socket as Socket }, callback);
      else {
        answer.socket.on('error', ignore).destroy();
        callback(new Unreached(`the proxy refused with status ${answer.statusCode}`), null);
      }
    });
    return () => {
      over = true;
      giveUp();
    };
  };
}

/** undici's connector, which keeps TLS sessions, with a way to give up. */
function opener(build: buildConnector.BuildOptions): Connect {
  const connect = buildConnector(build);
  return (options, callback) => {
    let over = false;
    const socket = connect(options, (error, connected) => {
      if (over) return;
      if (error) callback(new Unreached('no connection could be made', { cause: error }), null);
      else callback(null, connected);
    }) as unknown as Socket;
    return () => {
      over = true;
      socket.destroy();
    };
  };
}

function refuse(hostname: string, callback: buildConnector.Callback): () => void {
  const immediate = setImmediate(() =>
    callback(new Unreached('its address is refused', { cause: new AddressRefused(hostname) }), null),
  );
  return () => clearImmediate(immediate);
}
