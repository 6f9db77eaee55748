export { compatiblePlugin } from './compatible-plugin.ts';
export type { CompatibleMore, CompatibleOptions, CompatiblePlace } from './compatible-provider.ts';
export { type CompatibleDialect, type CompatibleRow, usual } from './compatible-row.ts';
export { errors } from './errors.ts';
export { openaiCompatible, openaiCompatible as default, type OpenaiCompatibleOptions } from './openai-compatible.ts';
export { presets } from './presets.ts';
