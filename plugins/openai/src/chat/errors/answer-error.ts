import { isObject, type JsonObject, type UpstreamError } from '@tapgate/core';
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
  if (choices !== undefined) return false;
  return ['detail', 'errors', 'message'].some((member) => json[member] !== undefined);
}

/** An error found where an answer should be. Its status is the one it names, or the one its kind stands for. */
export function answerError(json: JsonObject): UpstreamError {
  const said: SaidError = readErrorShape(json) ?? { message: '' };
  const status = said.status ?? statusOfKind(kindOfError(500, said));
  return upstreamErrorOf(status, said);
}
