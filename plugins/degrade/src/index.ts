export { degrade, degrade as default, type DegradeOptions } from './degrade.ts';
