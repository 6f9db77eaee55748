import { definePlugin, type Plugin } from '@tapgate/core';
import { addressOf } from './address.ts';
import { type RedisOptions, schema } from './options.ts';
import { RedisStore } from './redis-store.ts';

/** Brings the service `store` for several processes. It taps nothing: who uses the store decides what follows when it is away. */
export const redis: Plugin<RedisOptions> = definePlugin<RedisOptions>({
  name: 'redis',
  apiVersion: 1,
  schema,
  apply(gateway, options) {
    const { prefix, timeoutMs, connectTimeoutMs, failures, required } = options;
    const address = addressOf(options);
    const patience = { timeoutMs, connectTimeoutMs, failures };
    // A reload with the same options goes on with the same connections.
    const same = JSON.stringify([address.digest, patience, prefix]);
    const store = gateway.share(`redis:${same}`, () => new RedisStore(address, patience, prefix, gateway.log));
    gateway.provide('store', store);
    return { ready: () => store.open(), healthy: () => !required || store.usable };
  },
});
