export { type CapabilityRow, ollamaCapabilities } from './capabilities.ts';
export { errors } from './errors.ts';
export { ollama, ollama as default, type OllamaOptions } from './ollama.ts';
export { ollamaChat } from './ollama-chat.ts';
