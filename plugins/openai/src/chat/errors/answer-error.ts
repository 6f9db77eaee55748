import { asString, isArray, isObject, type Json, type JsonObject, type UpstreamError } from '@tapgate/core';
import { isFailureWord } from '../reply/finish-reason.ts';
import { kindOfError, statusOfKind } from './error-kind.ts';
import { readErrorShape, type SaidError } from './error-shape.ts';
import { upstreamErrorOf } from './upstream-error.ts';

/** Whether a chunk or a whole answer of status 200 is an error all the same. */
export function isErrorBody(json: JsonObject): boolean {
  const { error, choices } = json;
  if (error !== undefined && error !== null && error !== '' && error !== false) return true;
  if (json['object'] === 'error' || json['type'] === 'error') return true;
  const base = json['base_resp'];
  if (isObject(base) && typeof base['status_code'] === 'number' && base['status_code'] !== 0) return true;
  if (choices !== undefined) return failedChoice(choices) !== undefined;
  return ['detail', 'errors', 'message'].some((member) => json[member] !== undefined);
}

/** An error found where an answer should be. Its status is the one it names, or the one its kind stands for. */
export function answerError(json: JsonObject): UpstreamError {
  const said: SaidError = saidIn(json) ?? { message: '' };
  const status = said.status ?? statusOfKind(kindOfError(500, said));
  return upstreamErrorOf(status, said);
}

function saidIn(json: JsonObject): SaidError | undefined {
  const choice = failedChoice(json['choices']);
  if (choice === undefined || isSaid(json['error'])) return readErrorShape(json);
  const word = asString(choice['finish_reason']) ?? 'error';
  const said = isSaid(choice['error']) ? readErrorShape({ error: choice['error'] }) : undefined;
  return said ?? { message: `The answer ended with "${word}".`, code: word };
}

/** A choice that failed, where the answer as a whole says nothing of it. */
function failedChoice(choices: Json | undefined): JsonObject | undefined {
  for (const choice of isArray(choices) ? choices : []) {
    if (!isObject(choice)) continue;
    const { error, finish_reason: word } = choice;
    if (isSaid(error) || (typeof word === 'string' && isFailureWord(word))) return choice;
  }
  return undefined;
}

function isSaid(error: Json | undefined): boolean {
  return isObject(error) || (typeof error === 'string' && error !== '');
}
