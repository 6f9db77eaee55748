import {
  type ChatRequest,
  defined,
  type JsonObject,
  textBody,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';
import { headersOf } from '../native-request.ts';
import { ownMembers } from '../own-fields.ts';
import { tellTheRest } from './tell-the-rest.ts';
import { writeInstructions, writeTurns } from './write-messages.ts';
import { writeFormat, writeSampling } from './write-settings.ts';
import { writeThinking } from './write-thinking.ts';
import { writeTools } from './write-tools.ts';
import { beginWriting, type Writing } from './writing.ts';

/** Writes a request for a target. One that came in this dialect keeps its form; any other is given a lawful one. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const writing = beginWriting(request, wanted);
  return {
    body: textBody(writeJson(bodyOf(request, wanted, writing))),
    path: '/v2/chat',
    method: 'POST',
    headers: headersOf(wanted),
    losses: writing.losses.list,
  };
}

function bodyOf(request: ChatRequest, wanted: Wanted, writing: Writing): JsonObject {
  if (!writing.own) tellTheRest(request, writing);
  const own = ownMembers(request);
  const offered = writeTools(request, writing);
  const { format, sentence } = writeFormat(request, offered.tools !== undefined, writing);
  const turns = writeTurns(request, writing);
  const messages = [...writeInstructions(request, sentence, writing), ...turns];
  const said = defined({
    messages: messages.length === 0 && writing.own ? (own['messages'] ?? []) : messages,
    ...offered,
    response_format: format,
    ...writeSampling(request, writing),
    thinking: writeThinking(request, writing),
    stream: wanted.streamed,
  });
  return { ...own, model: wanted.model, ...said };
}
