import type { ChatRequest, Losses, Part, Turn } from '@tapgate/core';
import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { Asked } from './asked.ts';
import { writeAssistant } from './write-assistant.ts';
import { writeFile } from './write-file.ts';
import { writeResult } from './write-result.ts';

type UserPart = Extract<LanguageModelV4Message, { role: 'user' }>['content'][number];

/** The conversation as the AI SDK has it. */
export function writePrompt(request: ChatRequest, asked: Asked, losses: Losses): LanguageModelV4Prompt {
  const instructions = request.instructions.flatMap((part, at) => {
    tellPart(part, `system[${at}]`, losses);
    return writeInstruction(part, `system[${at}]`, losses);
  });
  const names = callNames(request.turns);
  const turns = request.turns.flatMap((turn, at) => {
    const field = turn.path ?? `messages[${at}]`;
    if (turn.name !== undefined) losses.hint(`${field}.name`, 'the AI SDK has no names of speakers');
    for (const [index, part] of turn.parts.entries()) tellPart(part, `${field}.content[${index}]`, losses);
    return writeTurn(turn, field, { asked, losses, names });
  });
  return [...instructions, ...turns];
}

/** What a turn is written with. */
export interface Writing {
  readonly asked: Asked;
  readonly losses: Losses;
  /** Names of called tools, by the ids of the calls. */
  readonly names: ReadonlyMap<string, string>;
}

function writeTurn(turn: Turn, field: string, writing: Writing): readonly LanguageModelV4Message[] {
  switch (turn.role) {
    case 'instruction':
      return turn.parts.flatMap((part, at) => writeInstruction(part, `${field}.content[${at}]`, writing.losses));
    case 'assistant':
      return writeAssistant(turn.parts, field, writing);
    case 'user':
    case 'tool':
      return writeUser(turn.parts, field, writing);
  }
}

function writeInstruction(part: Part, field: string, losses: Losses): readonly LanguageModelV4Message[] {
  if (part.kind === 'text') return [{ role: 'system', content: part.text }];
  losses.contract(field, 'instructions are text in the AI SDK');
  return [];
}

/** Results of tools are messages of their own, in the order in which they come among the others. */
function writeUser(parts: readonly Part[], field: string, writing: Writing): readonly LanguageModelV4Message[] {
  const messages: LanguageModelV4Message[] = [];
  for (const [at, part] of parts.entries()) {
    const last = messages.at(-1);
    const place = `${field}.content[${at}]`;
    if (part.kind === 'tool-result') {
      const result = writeResult(part, place, writing);
      if (last?.role === 'tool') last.content.push(result);
      else messages.push({ role: 'tool', content: [result] });
      continue;
    }
    const written = writeUserPart(part, place, writing);
    if (written === undefined) continue;
    if (last?.role === 'user') last.content.push(written);
    else messages.push({ role: 'user', content: [written] });
  }
  return messages;
}

function writeUserPart(part: Part, field: string, { asked, losses }: Writing): UserPart | undefined {
  if (part.kind === 'text') return { type: 'text', text: part.text };
  if (part.kind === 'media') return writeFile(part, field, asked, losses);
  losses.contract(field, 'the AI SDK has no such part');
  return undefined;
}

function callNames(turns: readonly Turn[]): ReadonlyMap<string, string> {
  const calls = turns.flatMap(({ parts }) => parts.filter((part) => part.kind === 'tool-call'));
  return new Map(calls.map(({ callId, name }) => [callId, name]));
}

/** What every part may carry, and none may here. */
function tellPart(part: Part, field: string, losses: Losses): void {
  if (part.cache !== undefined) losses.hint(`${field}.cache_control`, 'the AI SDK has no marks of a cache');
  for (const members of Object.values(part.ext ?? {})) {
    for (const name of Object.keys(members)) {
      if (!name.startsWith('$')) losses.hint(`${field}.${name}`, 'it is known to another vendor only');
    }
  }
}
