export { errors } from './errors.ts';
export { createLoadShedding, loadShedding, loadShedding as default } from './load-shedding.ts';
export type { LoadSheddingOptions } from './options.ts';
export type { Vitals } from './vitals.ts';
