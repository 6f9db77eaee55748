import { asNumber, asString, isArray, isObject, type Json, type JsonObject } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';

/**
 * Token probabilities in this API's words: its own as they are, a list of tokens with their alternatives turned into two.
 * Ids of tokens are each vendor's own and are left out.
 */
export function writeLogprobs(logprobs: { readonly dialect: string; readonly json: unknown }): JsonObject | undefined {
  const { dialect, json } = logprobs;
  if (dialect === dialectName) return isObject(json) ? json : undefined;
  const list = isArray(json) ? json : isObject(json) && isArray(json['content']) ? json['content'] : undefined;
  const tokens = list?.filter(isObject) ?? [];
  if (tokens.length === 0) return undefined;
  const topCandidates = tokens.map((token) => {
    const top = token['top_logprobs'];
    return { candidates: isArray(top) ? top.filter(isObject).map(candidateOf) : [] };
  });
  return { chosenCandidates: tokens.map(candidateOf), topCandidates };
}

function candidateOf(token: JsonObject): JsonObject {
  return { token: asString(token['token']) ?? '', logProbability: asNumber(token['logprob']) ?? 0 };
}

/** Two runs of tokens as one. */
export function joinLogprobs(one: JsonObject | undefined, other: JsonObject): JsonObject {
  if (one === undefined) return other;
  const joined: JsonObject = { ...one, ...other };
  for (const name of ['chosenCandidates', 'topCandidates']) {
    joined[name] = [...listOf(one[name]), ...listOf(other[name])];
  }
  return joined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}
