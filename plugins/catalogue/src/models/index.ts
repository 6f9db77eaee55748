import type { Vendor } from '../model.ts';
import { alibaba } from './alibaba.ts';
import { anthropic } from './anthropic.ts';
import { azureOpenai } from './azure-openai.ts';
import { bedrock } from './bedrock.ts';
import { cerebras } from './cerebras.ts';
import { cohere } from './cohere.ts';
import { deepseek } from './deepseek.ts';
import { fireworks } from './fireworks.ts';
import { google } from './google.ts';
import { groq } from './groq.ts';
import { mistral } from './mistral.ts';
import { moonshot } from './moonshot.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { perplexity } from './perplexity.ts';
import { together } from './together.ts';
import { vertex, vertexRegional } from './vertex.ts';
import { voyage } from './voyage.ts';
import { xai } from './xai.ts';
import { zai } from './zai.ts';

/** All lists there are. */
export const vendors: readonly Vendor[] = [
  alibaba,
  anthropic,
  azureOpenai,
  bedrock,
  cerebras,
  cohere,
  deepseek,
  fireworks,
  google,
  groq,
  mistral,
  moonshot,
  openai,
  openrouter,
  perplexity,
  together,
  vertex,
  vertexRegional,
  voyage,
  xai,
  zai,
];
