export { errors } from './errors.ts';
export { createFailover, failover, failover as default } from './failover.ts';
export type { FailoverOptions } from './options.ts';
