import type { Capabilities, JsonObject, Sampling } from '@tapgate/core';
import { can, numberOf, type ChatCapability } from '../capabilities.ts';
import type { Losses } from './losses.ts';

/** Writes how tokens are chosen. */
export function writeSampling(sampling: Sampling, able: Capabilities, losses: Losses): JsonObject {
  return {
    ...writeTemperature(sampling, able, losses),
    ...writeOptional(sampling, able, losses),
    ...writeStop(sampling.stop, able, losses),
  };
}

/** Never scaled: what is too high is lowered. A model that takes none is not told its own default either. */
function writeTemperature({ temperature, topP }: Sampling, able: Capabilities, losses: Losses): JsonObject {
  if (!can(able, 'sampling')) {
    if (temperature !== undefined && temperature !== 1) losses.contract('temperature', 'it takes no temperature');
    if (topP !== undefined && topP !== 1) losses.contract('top_p', 'it takes no top_p');
    return {};
  }
  const most = numberOf(able, 'temperatureMax');
  if (temperature === undefined || most === undefined || temperature <= most) return { temperature, top_p: topP };
  losses.hint('temperature', `at most ${most}`, 'clamped');
  return { temperature: most, top_p: topP };
}

interface Row {
  readonly field: string;
  readonly capability: ChatCapability;
  readonly contract?: true;
  readonly value: (sampling: Sampling) => JsonObject | number | undefined;
}

const rows: readonly Row[] = [
  { field: 'top_k', capability: 'topK', value: ({ topK }) => topK },
  { field: 'min_p', capability: 'minP', value: ({ minP }) => minP },
  { field: 'presence_penalty', capability: 'penalties', value: ({ presencePenalty }) => presencePenalty },
  { field: 'frequency_penalty', capability: 'penalties', value: ({ frequencyPenalty }) => frequencyPenalty },
  { field: 'repetition_penalty', capability: 'repetitionPenalty', value: ({ repetitionPenalty }) => repetitionPenalty },
  { field: 'seed', capability: 'seed', value: ({ seed }) => seed },
  { field: 'logit_bias', capability: 'logitBias', contract: true, value: ({ logitBias }) => logitBias },
];

function writeOptional(sampling: Sampling, able: Capabilities, losses: Losses): JsonObject {
  const fields: JsonObject = {};
  for (const { field, capability, contract, value } of rows) {
    const asked = value(sampling);
    if (asked === undefined) continue;
    if (can(able, capability)) fields[field] = asked;
    else if (contract) losses.contract(field, 'it does not take it');
    else losses.hint(field, 'it does not take it');
  }
  return fields;
}

function writeStop(stop: readonly string[] | undefined, able: Capabilities, losses: Losses): JsonObject {
  if (stop === undefined || stop.length === 0) return {};
  const most = can(able, 'stop') ? numberOf(able, 'maxStop') : 0;
  if (most === undefined || stop.length <= most) return { stop };
  losses.contract('stop', most === 0 ? 'it takes no stop sequences' : `at most ${most} stop sequences`);
  return most === 0 ? {} : { stop: stop.slice(0, most) };
}
