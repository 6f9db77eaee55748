import {
  asNumber,
  defined,
  type GatewayError,
  type HeaderMap,
  type JsonObject,
  parseObject,
  type UpstreamError,
} from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';

/** An error answer to a task: a text, or an object with `error`, a text or a list of texts. */
export function readTaskError(status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const said = openaiChat.readError(status, headers, body);
  const json = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) ?? {};
  return { ...said, ...laterOf(json), ...kindOf(said, json) };
}

/** An error found where an answer should be. */
export function taskError(json: JsonObject): UpstreamError {
  return readTaskError(500, new Map(), Buffer.from(JSON.stringify(json)));
}

/** A model that is being loaded tells when it may be there, seconds. */
function laterOf(json: JsonObject): Pick<UpstreamError, 'retryAfterMs'> {
  const seconds = asNumber(json['estimated_time']);
  const isTime = seconds !== undefined && seconds >= 0 && seconds < 86_400;
  return defined({ retryAfterMs: isTime ? Math.ceil(seconds * 1000) : undefined });
}

/** The words of the server behind generated text. */
const kinds: Readonly<Record<string, UpstreamError['kind']>> = {
  validation: 'invalid-request',
  generation: 'server',
  incomplete_generation: 'server',
  overloaded: 'overloaded',
};

function kindOf({ kind }: UpstreamError, { error, error_type: type }: JsonObject): Pick<UpstreamError, 'kind'> {
  if (/not supported by (provider|any provider)/i.test(JSON.stringify(error ?? ''))) return { kind: 'not-found' };
  const known = typeof type === 'string' ? kinds[type] : undefined;
  return { kind: kind === 'context-length' ? kind : (known ?? kind) };
}

/** The error as clients of tasks read it. */
export function errorObject(error: GatewayError): JsonObject {
  return { error: error.message, error_type: error.upstream?.code ?? error.code.toLowerCase() };
}
