/** The dialects that providers speak, and how one is asked to write a request. */
import { anthropicMessages } from '@tapgate/anthropic';
import { bedrockConverse } from '@tapgate/bedrock';
import { cohereChat } from '@tapgate/cohere';
import { googleGenerate } from '@tapgate/google';
import { ollamaChat } from '@tapgate/ollama';
import { openaiChat, openaiResponses } from '@tapgate/openai';

/** @typedef {import('@tapgate/core').Dialect} Dialect */

/** Each with its name in tables. @type {readonly (readonly [title: string, dialect: Dialect])[]} */
export const dialects = [
  ['OpenAI chat', openaiChat],
  ['Responses', openaiResponses],
  ['Anthropic', anthropicMessages],
  ['Gemini', googleGenerate],
  ['Bedrock', bedrockConverse],
  ['Cohere', cohereChat],
  ['Ollama', ollamaChat],
];

/** Those that clients of several vendors speak. */
export const clientDialects = dialects.slice(0, 4);

/** A question of one word, in no vendor's words. @type {import('@tapgate/core').ChatRequest} */
export const question = {
  model: 'asked',
  instructions: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
};

/** A target that can do all that its dialect has a word for. @type {import('@tapgate/core').Wanted} */
export const wanted = {
  operation: 'chat',
  model: 'there',
  streamed: false,
  able: {},
  headers: new Map(),
  query: '',
  path: '',
};

/** Every leaf of JSON with its path, without the numbers of items. @param {unknown} json @param {string} [path] @returns {[path: string, value: unknown][]} */
export function leaves(json, path = '') {
  if (Array.isArray(json)) return json.length === 0 ? [[path, json]] : json.flatMap((one) => leaves(one, `${path}[]`));
  if (typeof json !== 'object' || json === null) return [[path, json]];
  const members = Object.entries(json);
  return members.length === 0
    ? [[path, json]]
    : members.flatMap(([name, value]) => leaves(value, path === '' ? name : `${path}.${name}`));
}

/** A Markdown table whose first column is what the rows are of. @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
