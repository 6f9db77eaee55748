import { type Capabilities, type ChatRequest, type JsonObject, type OutputFormat } from '@tapgate/core';
import { can, numberOf, wordOf } from '../capabilities.ts';
import { ownExt } from '../own.ts';
import type { Losses } from './losses.ts';

/** Writes how the answer must look, and how long it may be. */
export function writeOutput(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { output } = request;
  return {
    ...writeFormat(output.format, able, losses),
    ...writeMaxTokens(request, able, losses),
    ...writeCount(output.n, able, losses),
    ...writeLogprobs(request, able, losses),
    ...writeModalities(output.modalities, able, losses),
    ...writeVerbosity(output.verbosity, able, losses),
  };
}

function writeFormat(format: OutputFormat | undefined, able: Capabilities, losses: Losses): JsonObject {
  switch (format?.kind) {
    case undefined:
      return {};
    case 'text':
      return can(able, 'jsonObject') ? { response_format: { type: 'text' } } : {};
    case 'json':
      if (can(able, 'jsonObject')) return { response_format: { type: 'json_object' } };
      losses.contract('response_format', 'it cannot be held to JSON');
      return {};
    case 'schema':
      return writeSchema(format, able, losses);
  }
}

function writeSchema(
  format: OutputFormat & { readonly kind: 'schema' },
  able: Capabilities,
  losses: Losses,
): JsonObject {
  const { name = 'answer', description, schema, strict } = format;
  switch (able['jsonSchema'] === false ? 'none' : wordOf(able, 'jsonSchema')) {
    case 'none':
      losses.contract('response_format', 'it cannot be held to a schema');
      return {};
    case 'json_object':
      losses.contract('response_format.json_schema', 'it can be held to JSON, not to a schema', 'approximated');
      return { response_format: { type: 'json_object' } };
    case 'guided_json':
      return { guided_json: schema };
    default:
      return { response_format: { type: 'json_schema', json_schema: { name, description, schema, strict } } };
  }
}

function writeMaxTokens(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const asked = request.output.maxTokens;
  if (asked === undefined) return {};
  const note = ownExt(request)['$maxTokens'];
  const field = wordOf(able, 'maxTokensField') ?? (typeof note === 'string' ? note : 'max_tokens');
  const most = numberOf(able, 'maxOutputTokens');
  if (most === undefined || asked <= most) return { [field]: asked };
  losses.hint(field, `at most ${most}`, 'clamped');
  return { [field]: most };
}

function writeCount(n: number | undefined, able: Capabilities, losses: Losses): JsonObject {
  if (n === undefined) return {};
  const most = able['n'] === false ? 1 : numberOf(able, 'n');
  if (most === undefined || n <= most) return most === 1 ? {} : { n };
  losses.contract('n', `at most ${most}`);
  return {};
}

function writeLogprobs(request: ChatRequest, able: Capabilities, losses: Losses): JsonObject {
  const { logprobs, topLogprobs } = request.output;
  if (can(able, 'logprobs')) return { logprobs, top_logprobs: topLogprobs };
  if (logprobs === true || topLogprobs !== undefined) losses.contract('logprobs', 'it tells no probabilities');
  return {};
}

function writeModalities(modalities: readonly string[] | undefined, able: Capabilities, losses: Losses): JsonObject {
  if (modalities === undefined) return {};
  if (can(able, 'modalities')) return { modalities };
  if (modalities.some((modality) => modality !== 'text')) losses.contract('modalities', 'it answers in text alone');
  return {};
}

function writeVerbosity(verbosity: string | undefined, able: Capabilities, losses: Losses): JsonObject {
  if (verbosity === undefined || can(able, 'verbosity')) return { verbosity };
  losses.hint('verbosity', 'it knows no verbosity');
  return {};
}
