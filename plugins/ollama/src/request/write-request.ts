import {
  type ChatRequest,
  defined,
  type JsonObject,
  textBody,
  type Wanted,
  writeJson,
  type Written,
  nothingSaid,
} from '@tapgate/core';
import { errors } from '../errors.ts';
import { headersOf } from '../native-request.ts';
import { ownMembers } from '../own-fields.ts';
import { tellTheRest } from './tell-the-rest.ts';
import { writeMessages } from './write-messages.ts';
import { writeFormat, writeOptions } from './write-settings.ts';
import { writeThinking } from './write-thinking.ts';
import { writeTools } from './write-tools.ts';
import { beginWriting, type Writing } from './writing.ts';

/** Writes a request for a target. One that came in this dialect keeps its form; any other is given a lawful one. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const writing = beginWriting(request, wanted);
  return {
    body: textBody(writeJson(bodyOf(request, wanted, writing))),
    path: '/api/chat',
    method: 'POST',
    headers: headersOf(wanted),
    losses: writing.losses.list,
  };
}

function bodyOf(request: ChatRequest, wanted: Wanted, writing: Writing): JsonObject {
  if (!writing.own) tellTheRest(request, writing);
  const own = ownMembers(request);
  const messages = writeMessages(request, writing);
  if (messages.length === 0 && !writing.own)
    throw nothingSaid(writing.losses, errors.CONVERSATION_EMPTY({}, { param: 'messages' }));
  const tools = writeTools(request, writing);
  const said = defined({
    messages: messages.length === 0 ? (own['messages'] ?? []) : messages,
    tools: tools.length === 0 ? own['tools'] : tools,
    format: writeFormat(request),
    logprobs: writing.own ? request.output.logprobs : undefined,
    top_logprobs: writing.own ? request.output.topLogprobs : undefined,
    options: writeOptions(request, own['options'], writing),
    think: writeThinking(request, own['think'], writing),
    keep_alive: own['keep_alive'] ?? wanted.able['keepAlive'],
    stream: wanted.streamed,
  });
  return { ...own, model: wanted.model, ...said };
}
