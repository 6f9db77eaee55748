import type { ChatRequest, JsonObject } from '@tapgate/core';
import { writePart } from './write-block.ts';
import type { Writing } from './writing.ts';

/** The system prompt, or what a model that has none reads before the first message. */
export interface WrittenSystem {
  readonly system: readonly JsonObject[];
  readonly first: readonly JsonObject[];
}

/** The system prompt: a block for each instruction, its cache mark behind it. */
export function writeSystem(request: ChatRequest, sentence: string | undefined, writing: Writing): WrittenSystem {
  const blocks: JsonObject[] = [];
  for (const [index, part] of request.instructions.entries()) {
    if (part.kind === 'media') {
      writing.losses.contract(`messages[${index}]`, 'a system prompt holds no media');
      continue;
    }
    blocks.push(...writePart(part, `system[${index}]`, writing));
  }
  if (sentence !== undefined) blocks.push({ text: sentence });
  if (blocks.length === 0 || writing.able['system'] !== false) return { system: blocks, first: [] };
  writing.losses.hint('system', 'the model has no system prompt', 'approximated');
  const first = blocks.map((block) =>
    typeof block['text'] === 'string' ? { text: `<system>\n${block['text']}\n</system>` } : block,
  );
  return { system: [], first };
}
