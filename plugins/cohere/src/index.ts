export { type CapabilityRow, cohereCapabilities } from './capabilities.ts';
export { cohere, cohere as default, type CohereOptions } from './cohere.ts';
export { cohereChat } from './cohere-chat.ts';
export { commandAbilities } from './command-abilities.ts';
export { errors } from './errors.ts';
