import type { Capabilities } from '@tapgate/core';
import { presets } from '@tapgate/openai-compatible';

/** What a dedicated endpoint may run. */
export const engines = ['tgi', 'vllm', 'sglang', 'llamacpp'] as const;

/** One of them. */
export type Engine = (typeof engines)[number];

/** How its server is asked, and how it answers, where that is peculiar. */
export function quirksOf(engine: Engine | undefined): Capabilities {
  if (engine === 'vllm') return { reasoningIn: 'chat-template-kwargs' };
  return presets.find(({ name }) => name === engine)?.quirks ?? {};
}
