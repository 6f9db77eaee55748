import { createServer, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { coreErrors } from '../errors.ts';
import type { LiveGateway } from '../gateway.ts';
import { createListener, type Listener } from './listener.ts';
import { plainDialect } from '../plain-dialect.ts';

/** A gateway behind sockets. */
export interface Listening {
  /** The port that was asked for, or the free one that was found. */
  readonly port: number;
  /** Nothing where there is no admin listener. */
  readonly adminPort: number | undefined;
  /** Requests that begin from now on meet this gateway; those that are under way stay where they are. */
  swap(gateway: LiveGateway): void;
  /** Takes no connection any more; what is open may finish. */
  close(): Promise<void>;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/**
 * Opens the listeners of a gateway's config. Throws LISTEN_OPEN where the host is not loopback and nobody admits callers,
 * and what the system says where a port cannot be had.
 */
export async function listen(gateway: LiveGateway): Promise<Listening> {
  const { host, port, adminHost, adminPort, insecure } = gateway.config.server;
  if (!isLoopback(host) && !gateway.guarded && !insecure) throw coreErrors.LISTEN_OPEN({ host });
  await gateway.ready();
  const listeners = { public: createListener(gateway), admin: createListener(gateway, 'admin') };
  const open: Server[] = [];
  const main = await serverFor(() => listeners.public, port, host);
  open.push(main);
  const admin = adminPort < 0 ? undefined : await serverFor(() => listeners.admin, adminPort, adminHost);
  if (admin !== undefined) open.push(admin);
  return {
    port: portOf(main),
    adminPort: admin === undefined ? undefined : portOf(admin),
    swap: (next) => {
      listeners.public = createListener(next);
      listeners.admin = createListener(next, 'admin');
    },
    close: async () => {
      await Promise.all(open.map((server) => closed(server)));
    },
  };
}

/** A server with bounds on how long a client may take to say what it wants. */
function serverFor(listener: () => Listener, port: number, host: string): Promise<Server> {
  const options = {
    headersTimeout: 10_000,
    requestTimeout: 120_000,
    keepAliveTimeout: 75_000,
    connectionsCheckingInterval: 2000,
  };
  const server = createServer(options, (request, response) => listener()(request, response));
  server.on('upgrade', (_request, socket) => refuseUpgrade(socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** Clients that would rather have a WebSocket fall back to HTTP on 426. */
function refuseUpgrade(socket: Duplex): void {
  const error = coreErrors.UPGRADE_UNSUPPORTED();
  const { status, body } = plainDialect.writeError(error, '');
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n`;
  socket.on('error', () => {});
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
