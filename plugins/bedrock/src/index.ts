export { bedrock, bedrock as default, type BedrockCredential, type BedrockOptions } from './bedrock.ts';
export { bedrockConverse } from './bedrock-converse.ts';
export { type CapabilityRow, converseCapabilities } from './capabilities.ts';
export { errors } from './errors.ts';
export { modelAbilities } from './model-abilities.ts';
export type { Guardrail } from './provider/bedrock-provider.ts';
