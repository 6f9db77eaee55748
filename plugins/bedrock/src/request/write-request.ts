import {
  type ChatRequest,
  isObject,
  type Json,
  type JsonObject,
  textBody,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';
import { modelPath } from '../model-path.ts';
import { ownMembers } from '../own-fields.ts';
import { cachePoint, limitPoints } from './cache-points.ts';
import { hasTools } from './flatten-tools.ts';
import { isNothing } from './is-nothing.ts';
import { type Message, writeMessage } from './message.ts';
import { tellTheRest } from './tell-the-rest.ts';
import { writeBetas } from './write-betas.ts';
import { writeReasoning } from './write-reasoning.ts';
import { writeFormat, writeInference, writeTier } from './write-settings.ts';
import { writeSystem } from './write-system.ts';
import { isNoneWanted, writeToolConfig } from './write-tools.ts';
import { writeTurns } from './write-turns.ts';
import { beginWriting, type Writing } from './writing.ts';

/** Writes a conversation as a request that the API takes, whatever dialect it came in. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const own = ownMembers(request);
  const additional = own['additionalModelRequestFields'];
  const writing = beginWriting(wanted, isObject(additional) ? additional : {});
  const body = bodyOf(request, wanted, own, writing);
  return {
    body: textBody(writeJson(body)),
    path: `${modelPath(wanted.model)}/${wanted.streamed ? 'converse-stream' : 'converse'}`,
    method: 'POST',
    headers: new Map([['content-type', 'application/json']]),
    losses: writing.losses.list,
  };
}

function bodyOf(request: ChatRequest, wanted: Wanted, own: JsonObject, writing: Writing): JsonObject {
  tellTheRest(request, writing);
  const mayCall = !isNoneWanted(request) || !hasTools(request.turns) || writing.able['noneChoice'] === true;
  const turns = writeTurns(request, mayCall, writing);
  const config = writeToolConfig(request, turns.calls, writing);
  const { outputConfig, sentence } = writeFormat(request, writing);
  const { system: prompt, first } = writeSystem(request, sentence, writing);
  const spoken = markAutomatically(request, withFirst(turns.messages, first), writing);
  const { tools, system, messages } = limitPoints(
    { tools: config?.tools ?? [], system: prompt, messages: spoken },
    writing,
  );
  const thinkingTokens = writeReasoning(request, mayThink(messages, config?.toolChoice), writing);
  writeBetas(wanted.headers, writing);
  return {
    messages: messages.map(writeMessage),
    ...own,
    system: system.length > 0 ? system : own['system'],
    inferenceConfig: writeInference(request, thinkingTokens, writing),
    toolConfig: config === undefined ? own['toolConfig'] : { ...config, tools, ...objectOf(own['toolConfig']) },
    outputConfig: outputConfig ?? own['outputConfig'],
    serviceTier: writeTier(request, writing) ?? own['serviceTier'],
    ...fieldsOfModel(request, own, writing),
  };
}

/** What goes to the model in its own words, and which of its own words are wanted back. */
function fieldsOfModel({ sampling }: ChatRequest, own: JsonObject, { able, additional }: Writing): JsonObject {
  // Which stop sequence it was is told only by the model's own field, and only on demand.
  const asksForStop = able['stopField'] === true && (sampling.stop?.length ?? 0) > 0;
  return {
    additionalModelRequestFields: isNothing(additional) ? own['additionalModelRequestFields'] : additional,
    additionalModelResponseFieldPaths:
      own['additionalModelResponseFieldPaths'] ?? (asksForStop ? ['/stop_sequence'] : undefined),
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** What a model without a system prompt reads at the beginning of the first message. */
function withFirst(messages: readonly Message[], first: readonly JsonObject[]): readonly Message[] {
  const [message, ...rest] = messages;
  if (message === undefined || first.length === 0) return messages;
  return [{ ...message, content: [...first, ...message.content] }, ...rest];
}

/** A budget is not taken while a call is forced, or where the answer goes on that began without thinking. */
function mayThink(messages: readonly Message[], choice: JsonObject | undefined): boolean {
  if (choice !== undefined && !('auto' in choice)) return false;
  const last = messages.at(-1);
  if (last?.role === 'assistant') return false;
  if (last?.content.some((block) => 'toolResult' in block) !== true) return true;
  const before = messages.findLast(({ role }) => role === 'assistant')?.content[0];
  return before !== undefined && 'reasoningContent' in before;
}

/** A mark that the client left to the vendor: at the end of the conversation so far. */
function markAutomatically(
  { caching }: ChatRequest,
  messages: readonly Message[],
  writing: Writing,
): readonly Message[] {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const point = cachePoint(caching?.auto, 'caching', writing);
  const last = messages[at]?.content.at(-1);
  if (point === undefined || last === undefined || 'cachePoint' in last) return messages;
  return messages.map((message, index) =>
    index === at ? { ...message, content: [...message.content, point] } : message,
  );
}
