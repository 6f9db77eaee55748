import { RedisClient, RESP_TYPES } from '@redis/client';
import type { Address } from './address.ts';

/** What is used of a connection of the library. */
export interface Client {
  sendCommand(args: readonly (string | Buffer)[], how?: { readonly typeMapping?: object }): Promise<unknown>;
  subscribe(channel: string, heard: (message: Buffer) => void, bytes: true): Promise<void>;
  unsubscribe(channel: string, heard: (message: Buffer) => void, bytes: true): Promise<void>;
  pSubscribe(pattern: string, heard: (message: Buffer) => void, bytes: true): Promise<void>;
  pUnsubscribe(pattern: string, heard: (message: Buffer) => void, bytes: true): Promise<void>;
}

/** Makes a reply's texts bytes. */
export const asBytes: { readonly typeMapping: object } = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** A connection from its beginning to its end. */
export type Connecting = Client & Pick<InstanceType<typeof RedisClient>, 'connect' | 'destroy' | 'on'>;

/**
 * The library makes a class of four hundred commands for each client whose options differ from the last one's: 30 ms, and slower code
 * from then on, with every try to connect. One class does for all.
 */
let make: ReturnType<typeof RedisClient.factory> | undefined;

/** A connection that is not begun yet. The library neither keeps it nor queues for it: that is `Connection`'s. */
export function createConnecting(address: Address, connectTimeoutMs: number, name: string): Connecting {
  const socket = { ...address.socket, connectTimeout: connectTimeoutMs, reconnectStrategy: false } as const;
  make ??= RedisClient.factory({});
  return make({
    socket,
    ...address.credentials,
    database: address.database,
    name,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // The library's own time-out takes back only what was not sent yet.
    commandOptions: { timeout: 0 },
  });
}
