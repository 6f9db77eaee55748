import { compact } from './json-text.ts';
import type { ChatEvent, PartStartEvent, Usage } from '@tapgate/core';

/** A part of an answer, as its reader has it in the end. */
interface PartContent {
  readonly kind: PartStartEvent['kind'];
  readonly summary?: true;
  readonly callId?: string;
  readonly name?: string;
  readonly executedBy?: string;
  readonly custom?: true;
  readonly media?: string;
  readonly opaqueType?: string;
  text: string;
  seal?: string;
  sources?: string[];
}

interface ChoiceContent {
  readonly parts: PartContent[];
  finish?: string;
  stopSequence?: string;
}

/** What an answer says, however it was cut into events. */
export interface Content {
  readonly choices: Readonly<Record<number, ChoiceContent>>;
  readonly usage: Readonly<Record<string, number>> | undefined;
}

/**
 * The content of an answer's events. Empty parts without a seal are none, neighbouring texts of one kind are one, and
 * the arguments of a call are their JSON without white space, `{}` where there is none.
 */
export function contentOf(events: readonly ChatEvent[], ordered = true): Content {
  const choices: Record<number, ChoiceContent> = {};
  const open = new Map<string, PartContent>();
  let usage: Usage | undefined;
  const choiceOf = (choice: number): ChoiceContent => (choices[choice] ??= { parts: [] });
  for (const event of events) {
    if (event.type === 'part-start') {
      const part = partOf(event);
      open.set(event.part, part);
      choiceOf(event.choice).parts.push(part);
    } else if (event.type === 'part-delta') {
      const part = open.get(event.part);
      if (part) part.text += event.text;
    } else if (event.type === 'part-end') {
      const part = open.get(event.part);
      if (part && event.seal) part.seal = event.seal.value;
    } else if (event.type === 'source') {
      const part = event.part === undefined ? undefined : open.get(event.part);
      if (part && event.citation.url !== undefined) (part.sources ??= []).push(event.citation.url);
    } else if (event.type === 'finish') {
      const choice = choiceOf(event.choice);
      choice.finish = event.reason;
      if (event.stopSequence !== undefined) choice.stopSequence = event.stopSequence;
    } else if ((event.type === 'usage' || event.type === 'start') && event.usage) ({ usage } = event);
  }
  for (const [index, choice] of Object.entries(choices)) {
    choices[Number(index)] = { ...choice, parts: tidied(choice.parts, ordered) };
  }
  return { choices, usage: usage && countsOf(usage) };
}

/** The counts that every dialect can say. */
export function countsOf(usage: Usage): Readonly<Record<string, number>> {
  const { input, cacheRead, cacheWrite, output, reasoning } = usage;
  return { input, cacheRead, cacheWrite, output, reasoning };
}

function partOf(event: PartStartEvent): PartContent {
  const { kind, summary, callId, name, executedBy, custom, mediaType, base64, url, opaqueType } = event;
  const media = mediaType === undefined ? undefined : `${mediaType} ${base64 ?? url ?? ''}`;
  const known = { summary, callId, name, executedBy, custom, media, opaqueType };
  const said = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
  return { kind, text: '', ...(said as Omit<PartContent, 'kind' | 'text'>) };
}

const joinable = new Set(['text', 'reasoning', 'refusal']);

function tidied(parts: readonly PartContent[], ordered: boolean): PartContent[] {
  const tidy: PartContent[] = [];
  const kept = parts
    .map(argued)
    .filter((part) => part.text !== '' || part.seal !== undefined || !joinable.has(part.kind));
  const sorted = ordered ? kept : kept.toSorted((one, other) => one.kind.localeCompare(other.kind));
  for (const part of sorted) {
    const last = tidy.at(-1);
    const joins = last && joinable.has(part.kind) && last.kind === part.kind && last.summary === part.summary;
    if (!joins || last.seal !== undefined || part.summary) tidy.push({ ...part });
    else Object.assign(last, joined(last, part));
  }
  return tidy;
}

function argued(part: PartContent): PartContent {
  if (part.kind !== 'tool-call' || part.custom) return part;
  return { ...part, text: part.text.trim() === '' ? '{}' : compact(part.text) };
}

/** The content with the ids of calls left out where the other content has none: a writer must make one. */
export function alike(content: Content, other: Content): Content {
  const choices = Object.entries(content.choices).map(([index, choice]) => {
    const parts = choice.parts.map((part, at) => {
      const { callId, ...rest } = part;
      const same = other.choices[Number(index)]?.parts[at];
      return callId !== undefined && same && same.callId === undefined ? rest : part;
    });
    return [index, { ...choice, parts }];
  });
  return { ...content, choices: Object.fromEntries(choices) as Content['choices'] };
}

function joined(one: PartContent, other: PartContent): Partial<PartContent> {
  const sources = [...(one.sources ?? []), ...(other.sources ?? [])];
  return {
    text: one.text + other.text,
    ...(other.seal === undefined ? {} : { seal: other.seal }),
    ...(sources.length === 0 ? {} : { sources }),
  };
}
