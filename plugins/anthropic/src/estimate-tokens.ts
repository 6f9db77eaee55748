import type { ChatRequest, Part } from '@tapgate/core';

/** What an image or a page costs, roughly. */
const MEDIA_TOKENS = 1500;
const CHARACTERS_PER_TOKEN = 4;

/**
 * About how many tokens a request has, never 0: what a client is told at the beginning of a stream whose provider counts
 * at its end. The true count follows there.
 */
export function estimateInputTokens(request: ChatRequest): number {
  let characters = 0;
  for (const part of request.instructions) characters += charactersOf(part);
  for (const turn of request.turns) for (const part of turn.parts) characters += charactersOf(part);
  for (const tool of request.tools) {
    if (tool.kind === 'function') characters += length(tool.description) + length(tool.schema?.text) + tool.name.length;
  }
  return tokensOf(characters);
}

/** About how many tokens a text of so many UTF-16 units has; at least 1. */
export function tokensOf(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN));
}

function charactersOf(part: Part): number {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text.length;
    case 'reasoning':
      return length(part.text) + (part.summary ?? []).join('').length;
    case 'tool-call':
      return part.name.length + part.argsText.length;
    case 'tool-result':
      return part.parts.reduce((total, inner) => total + charactersOf(inner), 0);
    case 'media':
      return 'text' in part.data ? part.data.text.length : MEDIA_TOKENS * CHARACTERS_PER_TOKEN;
    case 'opaque':
      return 0;
  }
}

function length(text: string | undefined): number {
  return text?.length ?? 0;
}
