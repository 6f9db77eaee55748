import { writeJson, type GatewayError, type JsonObject } from '@tapgate/core';
import { errorObject } from '../chat/errors/write-error.ts';
import { failureCode } from './failure-code.ts';

/** What a failed response says of its failure. */
export function failureOf(error: GatewayError): JsonObject {
  return { code: failureCode(error), message: error.message };
}

/**
 * Members of an `error` event. The API's description has them side by side, its servers send them in an object, and
 * there are clients that look for each: both are there.
 */
export function errorFields(error: GatewayError): string {
  const failure = { ...failureOf(error), param: error.param ?? null };
  return writeJson({ ...failure, error: { type: errorObject(error)['type'], ...failure } }).slice(1, -1);
}

/** Members of a `response.failed` event, with all that was said so far. */
export function failedFields(error: GatewayError, response: JsonObject, output: readonly JsonObject[]): string {
  return `"response":${writeJson({ ...response, status: 'failed', error: failureOf(error), output })}`;
}
