import type { Client } from '../wish.ts';
import { aiSdk } from './ai-sdk.ts';
import { anthropicNode } from './anthropic.ts';
import { googleNode } from './google.ts';
import { langchain } from './langchain.ts';
import { openaiChatNode, openaiResponsesNode } from './openai.ts';
import { pythonClients } from './python.ts';

/** The vendors' own. */
export const official: readonly Client[] = [
  openaiChatNode,
  openaiResponsesNode,
  anthropicNode,
  googleNode,
  ...pythonClients,
];

/** Every client that is a library, in each of its dialects. */
export const clients: readonly Client[] = [...official, ...aiSdk, ...langchain];
