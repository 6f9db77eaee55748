import {
  type ChatRequest,
  defined,
  isArray,
  isObject,
  type Json,
  type JsonObject,
  Losses,
  textBody,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';
import { limitMarks } from './cache-marks.ts';
import { lawfulTurns } from './lawful-turns.ts';
import { type Message, writeMessage } from './message.ts';
import { ownMembers, ownOf, withCache } from './own-fields.ts';
import { ownTurns } from './own-turns.ts';
import { lawfulEnd } from './prefill.ts';
import { betasOf, protocolHeaders, versionOf } from './protocol-headers.ts';
import { tellTheRest } from './tell-the-rest.ts';
import { isEmptyText, writeBlock } from './write-block.ts';
import { writeFormat, writeMaxTokens, writeSampling, writeUser } from './write-settings.ts';
import { type Thinking, writeThinking } from './write-thinking.ts';
import { isForced, toolsOfHistory, writeToolChoice, writeTools } from './write-tools.ts';
import { abilitiesOf, isOwn, type Writing } from './writing.ts';

/** Room for the answer where the limit of tokens is the gateway's own choice and the model thinks by a budget. */
const ANSWER_TOKENS = 4096;

/** Writes a request for a target. One that came in this dialect keeps its form; any other is given a lawful one. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const writing: Writing = { able: abilitiesOf(wanted), own: isOwn(request), losses: new Losses() };
  const body = bodyOf(request, wanted, writing);
  for (const beta of betasOf(wanted.headers, writing.able).dropped) {
    writing.losses.hint(`anthropic-beta: ${beta}`, 'the provider does not take it');
  }
  return {
    body: textBody(writeJson(body)),
    path: pathOf(wanted, writing.own),
    method: 'POST',
    headers: protocolHeaders(wanted.headers, writing.able),
    losses: writing.losses.list,
  };
}

function pathOf({ operation, query }: Wanted, own: boolean): string {
  const path = operation === 'count-tokens' ? '/v1/messages/count_tokens' : '/v1/messages';
  return own && query !== '' ? `${path}?${query}` : path;
}

function bodyOf(request: ChatRequest, wanted: Wanted, writing: Writing): JsonObject {
  if (!writing.own) tellTheRest(request, writing);
  const { format, sentence } = writeFormat(request, writing);
  const { messages, system, ...offered } = writePrompt(request, sentence, writing);
  const limit = writeMaxTokens(request, writing);
  const room = limit.mayGrow ? undefined : limit.maxTokens;
  const thought = writeThinking(request, { messages, maxTokens: room, forced: isForced(offered.tool_choice) }, writing);
  const { output_config: config, metadata, ...members } = ownMembers(request);
  const isThinking = thought.thinking?.['type'] === 'enabled';
  const isUnread = messages.length === 0 && members['messages'] !== undefined;
  const said = defined({
    model: wanted.model,
    max_tokens: maxTokens(limit, thought),
    system,
    messages: isUnread ? undefined : messages.map(writeMessage),
    ...offered,
    thinking: thought.thinking,
    output_config: outputConfig(config, thought, format),
    ...writeSampling(request, versionOf(wanted.headers, writing.able), isThinking, writing),
    ...writeUser(request, metadata, writing),
    stream: wanted.operation === 'count-tokens' ? undefined : wanted.streamed,
  });
  // What is said by a canonical word stands over what came along.
  return withCache({ ...members, ...said }, request.caching?.auto);
}

interface Prompt extends Offer {
  readonly messages: readonly Message[];
  readonly system: Json | undefined;
}

/** All that the model reads. `sentence` is one more for the system prompt. */
function writePrompt(request: ChatRequest, sentence: string | undefined, writing: Writing): Prompt {
  const { own } = writing;
  const messages = own
    ? ownTurns(request.turns, writing)
    : lawfulEnd(lawfulTurns(request, writing), lastPath(request), writing);
  const system = writeSystem(request, sentence, writing);
  const offered = offer(request, messages, writing);
  const shared = [...(offered.tools ?? []), ...(isArray(system) ? system : [])];
  if (!own) limitMarks(shared, messages, request.caching?.auto !== undefined, writing);
  return { messages, system, ...offered };
}

function lastPath({ turns, instructions }: ChatRequest): string {
  return turns.at(-1)?.path ?? `messages[${instructions.length + turns.length - 1}]`;
}

interface Offer {
  readonly tools?: readonly JsonObject[];
  readonly tool_choice?: JsonObject;
}

/** The tools and which of them to call. A choice without tools is refused, and so are calls in the history without. */
function offer(request: ChatRequest, messages: readonly Message[], writing: Writing): Offer {
  const tools = writeTools(request, writing);
  const choice = writeToolChoice(request, writing);
  if (tools !== undefined || writing.own) return { ...(tools && { tools }), ...(choice && { tool_choice: choice }) };
  const known = toolsOfHistory(messages);
  if (known.length === 0) return {};
  writing.losses.hint('tools', 'the conversation has calls, so it needs their tools', 'synthesised');
  return { tools: known, tool_choice: { type: 'none' } };
}

function maxTokens(
  limit: { readonly maxTokens?: number; readonly mayGrow: boolean },
  { thinking }: Thinking,
): number | undefined {
  const budget = thinking?.['budget_tokens'];
  return limit.mayGrow && typeof budget === 'number' ? budget + ANSWER_TOKENS : limit.maxTokens;
}

function outputConfig(
  config: Json | undefined,
  { effort }: Thinking,
  format: JsonObject | undefined,
): Json | undefined {
  const said = {
    ...(isObject(config) ? config : {}),
    ...(effort !== undefined && { effort }),
    ...(format && { format }),
  };
  return Object.keys(said).length === 0 ? config : said;
}

/** The system prompt: a text where its client wrote one, else a block for each instruction. */
function writeSystem(request: ChatRequest, sentence: string | undefined, writing: Writing): Json | undefined {
  const { instructions } = request;
  const [only] = instructions;
  const isText =
    instructions.length === 1 &&
    only?.kind === 'text' &&
    only.cache === undefined &&
    ownOf(only)?.['$system'] === 'text';
  if (isText && sentence === undefined) return only.text;
  const blocks: Json[] = [];
  for (const [index, part] of instructions.entries()) {
    if (part.kind === 'media' && !writing.own) {
      writing.losses.contract(`messages[${index}]`, 'a system prompt holds no media');
      continue;
    }
    const block = writeBlock(part, `system[${index}]`, writing);
    if (block !== undefined && (writing.own || !isEmptyText(block))) blocks.push(block);
  }
  if (sentence !== undefined) blocks.push({ type: 'text', text: sentence });
  return blocks.length === 0 && !(writing.own && ownOf(request)?.['$system'] === 'blocks') ? undefined : blocks;
}
