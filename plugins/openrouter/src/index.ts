export { openrouter, openrouter as default, type OpenrouterMore, type OpenrouterOptions } from './openrouter.ts';
