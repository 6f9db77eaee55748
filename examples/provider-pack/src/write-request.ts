import {
  type ChatRequest,
  type Json,
  type JsonObject,
  Losses,
  type Part,
  RawJson,
  tellForeign,
  tellOutput,
  tellSampling,
  tellState,
  textBody,
  type Turn,
  type Wanted,
  writeJson,
  type Written,
} from '@tapgate/core';
import { errors } from './errors.ts';

/** A request in Lumen's words: `POST /v1/generate`. What Lumen cannot do is told as a loss, never left out in silence. */
export function writeRequest(request: ChatRequest, wanted: Wanted): Written {
  const losses = new Losses();
  const system = request.instructions.map((part, at) => textOf(part, `system[${at}]`, losses)).join('\n\n');
  const { temperature, topP, stop } = request.sampling;
  const body: JsonObject = {
    model: wanted.model,
    stream: wanted.streamed,
    ...(system === '' ? {} : { system }),
    dialog: request.turns.flatMap((turn, at) => writeTurn(turn, turn.path ?? `messages[${at}]`, losses)),
    ...writeFunctions(request, losses),
    limit: { tokens: request.output.maxTokens ?? 4096, stop: stop ?? [] },
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
  };
  tellTheRest(request, losses);
  return {
    // Unlike `JSON.stringify` this writes raw JSON, such as a schema, as its client wrote it.
    body: textBody(writeJson(body)),
    path: '/v1/generate',
    method: 'POST',
    headers: new Map([['content-type', 'application/json']]),
    losses: losses.list,
  };
}

function writeTurn({ role, parts }: Turn, field: string, losses: Losses): readonly JsonObject[] {
  const who = role === 'assistant' ? 'model' : role === 'instruction' ? 'system' : 'user';
  return parts.flatMap((part, at): readonly JsonObject[] => {
    const place = `${field}.content[${at}]`;
    if (part.kind === 'tool-call')
      return [{ who, call: { id: part.callId, name: part.name, input: argumentsOf(part.argsText) } }];
    if (part.kind === 'tool-result') {
      const said = part.parts.map((inner, index) => textOf(inner, `${place}.content[${index}]`, losses)).join('');
      return [{ who: 'function', result: { id: part.callId, said, failed: part.isError ?? false } }];
    }
    if (part.kind === 'reasoning') {
      losses.hint(place, 'Lumen takes no thoughts back');
      return [];
    }
    const text = textOf(part, place, losses);
    return text === '' ? [] : [{ who, say: text }];
  });
}

/** Lumen reads text alone. */
function textOf(part: Part, field: string, losses: Losses): string {
  if (part.cache !== undefined) losses.hint(`${field}.cache_control`, 'Lumen caches by itself');
  if (part.kind === 'text' || part.kind === 'refusal') return part.text;
  losses.contract(field, 'Lumen reads text alone');
  return '';
}

/** As they were written where they are JSON: a number with many digits is not read and written anew. */
function argumentsOf(text: string): RawJson | string {
  try {
    return new RawJson(text, JSON.parse(text) as Json);
  } catch {
    return text;
  }
}

function writeFunctions({ tools, toolChoice, parallelTools }: ChatRequest, losses: Losses): JsonObject {
  const functions = tools.flatMap((tool, at) => {
    if (tool.kind !== 'function') {
      losses.contract(`tools[${at}]`, 'Lumen has functions only');
      return [];
    }
    return [{ name: tool.name, about: tool.description ?? '', input: tool.schema ?? { type: 'object' } }];
  });
  if (parallelTools === false) losses.contract('parallel_tool_calls', 'Lumen calls as many functions as it likes');
  if (toolChoice !== undefined && !['auto', 'none'].includes(toolChoice.mode))
    losses.contract('tool_choice', 'Lumen chooses itself');
  return functions.length === 0 || toolChoice?.mode === 'none' ? {} : { functions };
}

function tellTheRest(request: ChatRequest, losses: Losses): void {
  tellState(request.state, losses, errors.LUMEN_STATE);
  tellOutput(request.output, losses, 'Lumen does not tell them');
  tellSampling(request.sampling, losses, ['seed', 'minP', 'repetitionPenalty', 'presencePenalty', 'frequencyPenalty']);
  tellForeign(request.ext, 'lumen', losses);
  if (request.sampling.topK !== undefined) losses.hint('top_k', 'Lumen has no such setting');
  if (request.output.format !== undefined && request.output.format.kind !== 'text')
    losses.contract('response_format', 'Lumen answers in prose');
  if (request.reasoning !== undefined && request.reasoning.mode !== 'auto')
    losses.hint('reasoning', 'Lumen thinks as much as it likes');
  for (const [field, value] of Object.entries({
    user: request.user,
    metadata: request.metadata,
    service_tier: request.tier,
  }))
    if (value !== undefined) losses.hint(field, 'Lumen has no such field');
  if (request.caching !== undefined) losses.hint('prompt_cache_key', 'Lumen caches by itself');
}
