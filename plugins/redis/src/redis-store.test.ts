import test from 'node:test';
import { Secret } from '@tapgate/core';
import { storeContract } from '@tapgate/test-kit';
import { pino } from 'pino';
import { addressOf } from './address.ts';
import { RedisStore } from './redis-store.ts';

const url = process.env['TAPGATE_TEST_REDIS_URL'] ?? '';
const silent = pino({ level: 'silent' });
const patience = { timeoutMs: 2000, connectTimeoutMs: 2000, failures: 5 };
const options = { url: new Secret(url), prefix: 'x', required: false, ...patience };
let count = 0;
const made = (prefix: string) => new RedisStore(addressOf(options), patience, prefix, silent);

test('the contract', { concurrency: true }, async (context) => {
  const done: Promise<void>[] = [];
  storeContract((name, body) => void done.push(context.test(name, body)), {
    name: 'redis',
    shared: true,
    open: async () => {
      count += 1;
      const prefix = `t${process.pid}-${count}:`;
      const [store, other] = [made(prefix), made(prefix)];
      await Promise.all([store.open(), other.open()]);
      return {
        store,
        other,
        close: async () => {
          await Promise.all([store.close(), other.close()]);
        },
      };
    },
  });
  await Promise.all(done);
});
