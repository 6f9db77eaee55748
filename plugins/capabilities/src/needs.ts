import type { Capabilities, ChatRequest, Part } from '@tapgate/core';

/** What a request asks for that not every target can do, by the names of the capabilities. */
export type Need =
  | 'tools'
  | 'customTools'
  | 'images'
  | 'files'
  | 'audio'
  | 'video'
  | 'jsonSchema'
  | 'jsonObject'
  | 'logprobs'
  | 'logitBias'
  | 'webSearch';

/** What a request needs, and how many answers it wants. */
export interface Needs {
  readonly abilities: ReadonlySet<Need>;
  readonly n: number;
  readonly maxTokens: number;
}

/** Reads a request for what it needs. */
export function needsOf(request: ChatRequest): Needs {
  const abilities = new Set<Need>();
  for (const tool of request.tools) {
    if (tool.kind === 'function') abilities.add('tools');
    else if (tool.kind === 'custom') abilities.add('customTools').add('tools');
    else if (tool.search === true) abilities.add('webSearch');
  }
  for (const part of request.instructions) addPart(part, abilities);
  for (const turn of request.turns) for (const part of turn.parts) addPart(part, abilities);
  const { format, logprobs, n = 1, maxTokens = 0 } = request.output;
  if (format?.kind === 'schema') abilities.add('jsonSchema');
  if (format?.kind === 'json') abilities.add('jsonObject');
  if (logprobs === true) abilities.add('logprobs');
  if (request.sampling.logitBias !== undefined) abilities.add('logitBias');
  return { abilities, n, maxTokens };
}

function addPart(part: Part, abilities: Set<Need>): void {
  if (part.kind === 'tool-result') for (const inner of part.parts) addPart(inner, abilities);
  if (part.kind !== 'media') return;
  const [family = ''] = part.mediaType.split('/');
  if (family === 'image') abilities.add('images');
  else if (family === 'audio') abilities.add('audio');
  else if (family === 'video') abilities.add('video');
  else abilities.add('files');
}

/** What of it a target cannot do, in words; nothing where it can, or where nobody said that it cannot. */
export function lacking(needs: Needs, able: Capabilities): string | undefined {
  for (const need of needs.abilities)
    if (able[need] === false || able[need] === 'none') return `it has no ${words[need]}`;
  if (typeof able['n'] === 'number' && needs.n > able['n'])
    return `it gives ${able['n']} answers at most, not ${needs.n}`;
  const most = able['maxOutputTokens'];
  if (typeof most === 'number' && needs.maxTokens > most)
    return `it writes ${most} tokens at most, not ${needs.maxTokens}`;
  return undefined;
}

const words: Readonly<Record<Need, string>> = {
  tools: 'tools',
  customTools: 'tools with free text',
  images: 'images',
  files: 'files',
  audio: 'audio',
  video: 'video',
  jsonSchema: 'answers by a JSON schema',
  jsonObject: 'answers in JSON',
  logprobs: 'token probabilities',
  logitBias: 'token biases',
  webSearch: 'web search',
};

/** A token is six bytes at least in what people write: below that nothing is surely too long. */
const bytesPerToken = 6;

/** Tokens that this many bytes have at least. A bound to leave out what cannot fit, not a count. */
export function leastTokens(bytes: number): number {
  return Math.floor(bytes / bytesPerToken);
}

/** Bytes of a request's text; what is not text has its own measure and is not counted. */
export function textBytes(request: ChatRequest): number {
  const parts = [...request.instructions, ...request.turns.flatMap((turn) => turn.parts)];
  return parts.reduce((sum, part) => sum + bytesOf(part), 0);
}

function bytesOf(part: Part): number {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text.length;
    case 'tool-call':
      return part.argsText.length;
    case 'tool-result':
      return part.parts.reduce((sum, inner) => sum + bytesOf(inner), 0);
    default:
      return 0;
  }
}
