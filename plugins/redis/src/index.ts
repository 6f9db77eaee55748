export { redis as default, redis } from './redis.ts';
export type { RedisOptions, TlsOptions } from './options.ts';
export { RedisAway } from './redis-away.ts';
