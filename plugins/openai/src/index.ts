export { openai, openai as default, type OpenaiOptions } from './openai.ts';
export { billedNanos } from './billed-nanos.ts';
export { chatCapabilities, type CapabilityRow, type ChatCapability } from './chat/capabilities.ts';
export { openaiChat } from './chat/openai-chat.ts';
export { openaiAbilities, openaiDialectFor } from './openai-abilities.ts';
export { apiKeySchema, type ApiProviderOptions, credentialsOf, providerProperties } from './provider-options.ts';
export { openaiResponses } from './responses/openai-responses.ts';
export { moreQuirksSchema } from './quirks-schema.ts';
