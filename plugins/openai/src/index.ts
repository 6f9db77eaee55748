export { openaiChat } from './chat/openai-chat.ts';
export { chatCapabilities, type CapabilityRow, type ChatCapability } from './chat/capabilities.ts';
