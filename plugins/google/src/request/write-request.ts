import {
  type Capabilities,
  type ChatRequest,
  defined,
  isObject,
  tellForeign,
  type JsonObject,
  textBody,
  type Turn,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';
import { readCallPath, writeCallPath } from '../call-path.ts';
import { dialectName } from '../dialect-name.ts';
import { ownOf, withOwn } from '../own-fields.ts';
import { framingOf, type Framing } from '../peek.ts';
import { Losses } from './losses.ts';
import { writeContents } from './write-contents.ts';
import { writePart } from './write-part.ts';
import { writeGenerationConfig } from './write-settings.ts';
import { writeToolConfig, writeTools } from './write-tools.ts';

/**
 * Writes a request for an answer. The same request gives the same bytes, so that the vendor's prompt cache hits.
 *
 * @see https://ai.google.dev/api/generate-content
 * @throws CONVERSATION_EMPTY, ARGUMENTS_INVALID, MODEL_NAME_INVALID
 */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const losses = new Losses();
  const { able } = wanted;
  const asked = able['systemInstruction'] === false ? withSystemTurn(request) : request;
  const body: JsonObject = defined({
    systemInstruction: systemOf(asked, able, losses),
    contents: writeContents(asked, able, losses),
    tools: writeTools(asked, able, losses),
    toolConfig: writeToolConfig(asked, losses),
    generationConfig: writeGenerationConfig(asked, able, losses),
    serviceTier: tierOf(asked, able, losses),
  });
  unsaid(asked, losses);
  const method = wanted.streamed ? 'streamGenerateContent' : 'generateContent';
  const sse = wanted.streamed && framingFor(wanted) === 'sse' ? '?alt=sse' : '';
  return {
    body: textBody(writeJson(asWritten(withOwn(body, ownOf(asked)), ownOf(asked)))),
    path: writeCallPath(wanted.model, method) + sse,
    method: 'POST',
    headers: new Map([['content-type', 'application/json']]),
    losses: losses.list,
  };
}

/** What says nothing and was said all the same: configs without a setting, the role of the system instruction. */
function asWritten(body: JsonObject, notes: JsonObject): JsonObject {
  const { $generationConfig: config, $toolConfig: tools, $systemRole: role } = notes;
  const { systemInstruction: system } = body;
  return {
    ...(config === true && { generationConfig: {} }),
    ...(tools === true && { toolConfig: {} }),
    ...body,
    ...(role !== undefined && isObject(system) && { systemInstruction: { ...system, role } }),
  };
}

/** Events, unless the client speaks this dialect itself and wants an array: its answer may go through as it comes. */
function framingFor({ path, query }: Wanted): Framing {
  const isOwn = readCallPath(path)?.method === 'streamGenerateContent';
  return isOwn ? framingOf(query) : 'sse';
}

/** Models without a system instruction get it as the first thing that is said. */
function withSystemTurn(request: ChatRequest): ChatRequest {
  if (request.instructions.length === 0) return request;
  const turn: Turn = { role: 'instruction', parts: request.instructions, path: 'system' };
  return { ...request, instructions: [], turns: [turn, ...request.turns] };
}

function systemOf({ instructions }: ChatRequest, able: Capabilities, losses: Losses): JsonObject | undefined {
  const parts = instructions.flatMap((part, index) =>
    writePart(part, { at: `system[${index}]`, said: 'user', able, losses }),
  );
  return parts.length === 0 ? undefined : { parts };
}

const tiers: ReadonlySet<string> = new Set(['flex', 'standard', 'priority']);

/** @see https://ai.google.dev/gemini-api/docs/flex-inference */
function tierOf({ tier }: ChatRequest, able: Capabilities, losses: Losses): string | undefined {
  if (tier === undefined || tier === 'auto') return undefined;
  if (tier === 'default') return undefined;
  if (able['serviceTiers'] !== false && tiers.has(tier.toLowerCase())) return tier;
  losses.hint('service_tier', 'this API has no such tier here');
  return undefined;
}

/** What a request says that this API has no word for at all. */
function unsaid(request: ChatRequest, losses: Losses): void {
  const { caching, state, user, metadata } = request;
  tellForeign(request.ext, dialectName, losses);
  if (user?.id !== undefined || user?.safetyId !== undefined) losses.hint('user', 'this API is not told who asks');
  if (metadata !== undefined && Object.keys(metadata).length > 0) losses.hint('metadata', 'it stays in the gateway');
  if (caching?.key !== undefined || caching?.retention !== undefined || caching?.auto !== undefined) {
    losses.hint('prompt_cache_key', 'this API caches by itself');
  }
  if (state?.store === true) losses.hint('store', 'this API keeps no answers');
  const kept = 'this API keeps no conversations: send the whole of it';
  if (state?.previousId !== undefined) losses.contract('previous_response_id', kept);
  if (state?.conversation !== undefined) losses.contract('conversation', kept);
  if (state?.background === true) losses.contract('background', 'this API answers while one waits');
  if (state?.truncation === 'auto') losses.contract('truncation', 'this API shortens no conversation');
}
