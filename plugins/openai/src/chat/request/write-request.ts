import {
  textBody,
  writeJson,
  type Capabilities,
  type ChatRequest,
  type JsonObject,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { can } from '../capabilities.ts';
import { ownFields } from '../own.ts';
import { applyQuirks } from './field-quirks.ts';
import { tellForeignFields } from './foreign-fields.ts';
import { Losses } from './losses.ts';
import { mark, merged } from './write-content.ts';
import { writeMessages } from './write-messages.ts';
import { writeOutput } from './write-output.ts';
import { writeReasoningFields } from './write-reasoning.ts';
import { writeSampling } from './write-sampling.ts';
import { writeTools } from './write-tools.ts';

/** Writes a request for a chat completion as the target takes it, and says what it does not take. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const losses = new Losses();
  // Gemini refuses its own calls without their signatures, at whichever server of this dialect.
  const able = /gemini/i.test(wanted.model) ? { extraContent: true, ...wanted.able } : wanted.able;
  const fields: JsonObject = {
    model: wanted.model,
    messages: writeMessages(request, able, losses),
    ...writeTools(request, able, losses),
    ...writeOutput(request, able, losses),
    ...writeSampling(request.sampling, able, losses),
    ...writeReasoningFields(request, able, losses),
    ...writeIdentity(request, able, losses),
    ...writeStream(wanted),
  };
  writeState(request, fields, losses);
  tellForeignFields(request, losses);
  const whole = applyQuirks(merged(fields, ownOf(request, wanted)), able, losses);
  return {
    body: textBody(writeJson(whole)),
    path: '/chat/completions',
    method: 'POST',
    headers: headersOf(wanted),
    losses: losses.list,
  };
}

/** Headers every request of this dialect has. */
export function headersOf(wanted: Pick<Wanted, 'streamed'>): ReadonlyMap<string, string> {
  return new Map([
    ['content-type', 'application/json'],
    ['accept', wanted.streamed ? 'text/event-stream' : 'application/json'],
  ]);
}

/** Usage is asked for whether or not the client did: without it nobody knows what an answer cost. */
function writeStream({ streamed, able }: Wanted): JsonObject {
  if (!streamed) return { stream: false };
  return can(able, 'streamOptions') ? { stream: true, stream_options: { include_usage: true } } : { stream: true };
}

function writeIdentity(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { caching, user } = request;
  const fields: JsonObject = {
    service_tier: request.tier,
    user: user?.id,
    safety_identifier: user?.safetyId,
    metadata: request.metadata,
    prompt_cache_key: caching?.key,
    prompt_cache_retention: caching?.retention,
  };
  if (caching?.auto !== undefined) mark(fields, { cache: caching.auto }, 'request', { able, losses });
  return fields;
}

/** The client's own fields. Options of a stream are refused where there is none, or where they are not known. */
function ownOf(request: ChatRequest, { streamed, able }: Wanted): JsonObject {
  const { stream_options: options, ...fields } = ownFields(request);
  return options !== undefined && streamed && can(able, 'streamOptions')
    ? { ...fields, stream_options: options }
    : fields;
}

/** This dialect has no state but what is stored to be looked at. */
function writeState(request: ChatRequest, fields: JsonObject, losses: Losses): void {
  const { state } = request;
  if (state === undefined) return;
  if (state.store !== undefined) fields['store'] = state.store;
  if (state.previousId !== undefined) losses.contract('previous_response_id', 'it keeps no answers to continue from');
  if (state.conversation !== undefined) losses.contract('conversation', 'it keeps no conversations');
  if (state.background === true) losses.contract('background', 'it answers at once or not at all');
  if (state.truncation !== undefined && state.truncation !== 'disabled') {
    losses.contract('truncation', 'it does not cut a conversation that is too long');
  }
}
