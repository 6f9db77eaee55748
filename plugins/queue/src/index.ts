export { errors } from './errors.ts';
export type { QueueOptions } from './options.ts';
export { queue, queue as default } from './queue.ts';
