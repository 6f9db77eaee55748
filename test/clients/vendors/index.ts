import { anthropicMessages } from './anthropic.ts';
import { bedrockConverse } from './bedrock.ts';
import { cohereChat } from './cohere.ts';
import { googleGenerate } from './google.ts';
import { ollamaChat } from './ollama.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Vendor } from './vendor.ts';

/** One place for each dialect that providers speak. */
export const vendors: readonly Vendor[] = [
  openaiChat,
  openaiResponses,
  anthropicMessages,
  googleGenerate,
  bedrockConverse,
  cohereChat,
  ollamaChat,
];
