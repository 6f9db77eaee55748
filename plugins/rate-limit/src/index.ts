export { errors } from './errors.ts';
export type { LimitOptions, RateLimitOptions } from './options.ts';
export { rateLimit, rateLimit as default } from './rate-limit.ts';
export type { RateLimitState } from './state.ts';
