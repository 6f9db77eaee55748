import { isObject, type JsonObject, parseObject, type HeaderMap, type UpstreamError } from '@tapgate/core';
import { openaiChat } from '@tapgate/openai';

/** An error as its dialect reads it, with what only this place says: what was filtered, and that a model is a deployment here. */
export function readError(provider: string, status: number, headers: HeaderMap, body: Uint8Array): UpstreamError {
  const said = openaiChat.readError(status, headers, body);
  const more = said.kind === 'content-policy' ? filtered(body) : cure(provider, said);
  return more === undefined ? said : { ...said, message: `${said.message} ${more}` };
}

function cure(provider: string, { code }: UpstreamError): string | undefined {
  if (code !== 'DeploymentNotFound') return undefined;
  return `What stands behind "${provider}/" is the name of a deployment, not of a model.`;
}

/** `Filtered: violence (high), jailbreak.` @see https://learn.microsoft.com/azure/foundry/openai/concepts/content-filter */
function filtered(body: Uint8Array): string | undefined {
  const json = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) ?? {};
  const results = within(within(within(json, 'error'), 'innererror'), 'content_filter_result');
  const found = Object.entries(results).flatMap(([category, result]) => {
    if (!isObject(result) || result['filtered'] !== true) return [];
    const { severity } = result;
    return [typeof severity === 'string' ? `${category} (${severity})` : category];
  });
  return found.length === 0 ? undefined : `Filtered: ${found.join(', ').slice(0, 200)}.`;
}

function within(json: JsonObject, name: string): JsonObject {
  const value = json[name];
  return isObject(value) ? value : {};
}
