export { googleGenerate } from './google-generate.ts';
export { errors } from './errors.ts';
