import type { ChatEvent, ChatRequest, FinishReason, FunctionTool, Part, Usage } from '@tapgate/core';
import { exampleOf } from './example-of.ts';
import { hashOf, numbersFrom } from './numbers.ts';

/** The events of an answer to a request: the same for the same request and seed. */
export function writeAnswer(request: ChatRequest, model: string, seed: number): readonly ChatEvent[] {
  const asked = lastText(request);
  const random = numbersFrom(seed + hashOf(asked));
  const body: ChatEvent[] = [];
  if (thinks(request, model))
    body.push(
      ...part('reasoning', `The user wrote ${words(asked).length} words. They come back as they are.`, 'thinking'),
    );
  const called = calls(request, model, asked);
  const text = called.length > 0 ? '' : answerText(request, model, asked, random);
  if (text !== '') body.push(...part('text', text, 'answer'));
  for (const [at, tool] of called.entries()) body.push(...call(tool, at, random));
  const limit = request.output.maxTokens ?? Number.POSITIVE_INFINITY;
  const { events, cut } = cutAt(body, model === 'length' ? 3 : limit);
  const reason: FinishReason = cut ? 'length' : called.length > 0 ? 'tool-calls' : 'stop';
  return [
    { type: 'start', model: `echo-${model}` },
    ...events,
    { type: 'usage', usage: usageOf(request, events) },
    { type: 'finish', choice: 0, reason },
  ];
}

function thinks(request: ChatRequest, model: string): boolean {
  return model === 'reasoning' || (request.reasoning !== undefined && request.reasoning.mode === 'on');
}

function lastText(request: ChatRequest): string {
  const turn = request.turns.findLast((candidate) => candidate.role === 'user' || candidate.role === 'tool');
  return turn === undefined ? '' : textOf(turn.parts);
}

function textOf(parts: readonly Part[]): string {
  return parts
    .map((one) => {
      if (one.kind === 'text') return one.text;
      if (one.kind === 'tool-result') return textOf(one.parts);
      return one.kind === 'media' ? `[${one.mediaType}]` : '';
    })
    .join('');
}

function answerText(request: ChatRequest, model: string, asked: string, random: () => number): string {
  const { format } = request.output;
  if (format?.kind === 'schema') return JSON.stringify(exampleOf(format.schema.value, random));
  if (format?.kind === 'json' || model === 'json') return JSON.stringify({ echo: asked });
  return asked === '' ? '(nothing was said)' : asked;
}

/** The tools to call: the one that is forced, or those whose name the user wrote; none once a result has come. */
function calls(request: ChatRequest, model: string, asked: string): readonly FunctionTool[] {
  const tools = request.tools.filter((tool): tool is FunctionTool => tool.kind === 'function');
  const choice = request.toolChoice;
  if (choice?.mode === 'none' || request.turns.at(-1)?.role === 'tool') return [];
  if (request.turns.at(-1)?.parts.some((one) => one.kind === 'tool-result') === true) return [];
  if (choice?.mode === 'named') return tools.filter((tool) => tool.name === choice.name);
  const named = tools.filter((tool) => asked.includes(tool.name));
  const wanted = named.length > 0 ? named : model === 'tools' || choice?.mode === 'required' ? tools.slice(0, 1) : [];
  return request.parallelTools === false ? wanted.slice(0, 1) : wanted;
}

function call(tool: FunctionTool, at: number, random: () => number): readonly ChatEvent[] {
  const id = `call-${at}`;
  const text = JSON.stringify(exampleOf(tool.schema?.value, random));
  const callId = `call_echo_${hashOf(`${tool.name} ${at}`).toString(36)}`;
  return [
    { type: 'part-start', part: id, choice: 0, kind: 'tool-call', callId, name: tool.name, executedBy: 'client' },
    ...(text.match(/.{1,12}/gs) ?? []).map((piece): ChatEvent => ({ type: 'part-delta', part: id, text: piece })),
    { type: 'part-end', part: id },
  ];
}

function part(kind: 'text' | 'reasoning', text: string, id: string): readonly ChatEvent[] {
  return [
    { type: 'part-start', part: id, choice: 0, kind },
    ...words(text).map((word): ChatEvent => ({ type: 'part-delta', part: id, text: word })),
    { type: 'part-end', part: id },
  ];
}

/** Words with the space before them, as tokens are. */
function words(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** At most so many deltas, one a token; what is open is closed. */
function cutAt(
  events: readonly ChatEvent[],
  maxTokens: number,
): { readonly events: readonly ChatEvent[]; readonly cut: boolean } {
  const kept: ChatEvent[] = [];
  let tokens = 0;
  for (const event of events) {
    if (event.type === 'part-delta') {
      if (tokens >= maxTokens) {
        kept.push({ type: 'part-end', part: event.part });
        return { events: kept, cut: true };
      }
      tokens += 1;
    }
    kept.push(event);
  }
  return { events: kept, cut: false };
}

function usageOf(request: ChatRequest, events: readonly ChatEvent[]): Usage {
  const read = [request.instructions, ...request.turns.map((turn) => turn.parts)].map(
    (parts) => words(textOf(parts)).length,
  );
  const reasoning = events.filter((event) => event.type === 'part-delta' && event.part === 'thinking').length;
  const output = events.filter((event) => event.type === 'part-delta').length;
  return {
    input: read.reduce((sum, count) => sum + count, 1),
    cacheRead: 0,
    cacheWrite: 0,
    output,
    reasoning,
    estimated: false,
  };
}
