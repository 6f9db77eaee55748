import {
  asNumber,
  asString,
  type Attempt,
  type Body,
  bodyOf,
  bytesOf,
  coreErrors,
  editMembers,
  isArray,
  isObject,
  readJson,
  readSpan,
  scanObject,
  type SoundObject,
  splice,
  textBody,
  type UpstreamRequest,
  writeJson,
} from '@tapgate/core';
import { betasOf } from '../betas.ts';
import { modelPath } from '../model-path.ts';

/** The dialect of Claude's own API. */
export const claudeDialect = 'anthropic-messages';

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
const VERSION = 'bedrock-2023-05-31';

/** Members of the Messages API that this place refuses, and an answer is as good without. */
const refused = ['metadata', 'service_tier', 'inference_geo'] as const;

/** The count of tokens is kept by models alone, not by the profiles that stand before them. */
const profile = /^(?:us|eu|apac|global|us-gov|jp|au|ca)\./;

/**
 * A request of the Messages API as this place wants it: the model and whether to stream in the path, the version and the
 * betas in the body, and nothing else touched.
 *
 * @throws BODY_INVALID where the body is no JSON object.
 */
export function claudeRequest(request: UpstreamRequest, attempt: Attempt, allowed: readonly string[]): UpstreamRequest {
  const base = request.path.slice(0, request.path.length - attempt.path.length);
  const { model } = attempt.target;
  const isCount = attempt.operation === 'count-tokens';
  const body = claudeBody(attempt, allowed, isCount);
  const headers = new Map([...request.headers].filter(([name]) => !name.startsWith('anthropic-')));
  if (isCount) {
    const counted = writeJson({ input: { invokeModel: { body: Buffer.from(bytesOf(body)).toString('base64') } } });
    return {
      ...request,
      path: `${base}${modelPath(model.replace(profile, ''))}/count-tokens`,
      headers,
      body: textBody(counted),
    };
  }
  const operation = attempt.streamed ? 'invoke-with-response-stream' : 'invoke';
  return { ...request, path: `${base}${modelPath(model)}/${operation}`, headers, body };
}

function claudeBody(attempt: Attempt, allowed: readonly string[], isCount: boolean): Body {
  const { chunks } = attempt.body;
  const scanned = scanObject(chunks, [
    'model',
    'stream',
    'anthropic_version',
    'anthropic_beta',
    'max_tokens',
    'thinking',
    ...refused,
  ]);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  tell(
    attempt,
    refused.filter((name) => scanned.members.has(name)),
  );
  const betas = betasIn(attempt, scanned, allowed);
  const changes: Record<string, string | undefined> = {
    ...Object.fromEntries(refused.map((name) => [name, undefined])),
    model: undefined,
    stream: undefined,
    anthropic_version: JSON.stringify(VERSION),
    anthropic_beta: betas.length > 0 ? JSON.stringify(betas) : undefined,
  };
  if (isCount && !scanned.members.has('max_tokens')) changes['max_tokens'] = String(answerTokens(attempt, scanned));
  return bodyOf(...splice(chunks, editMembers(scanned, changes)).chunks);
}

/** The count wants a body that could be asked as it is: with a limit of tokens, which thinking must stay below. */
function answerTokens(attempt: Attempt, scanned: SoundObject): number {
  const member = scanned.members.get('thinking');
  const thinking = member === undefined ? undefined : readJson(readSpan(attempt.body.chunks, member.value));
  return 1024 + ((isObject(thinking) ? asNumber(thinking['budget_tokens']) : undefined) ?? 0);
}

/** The betas of the header, which the dialect has filtered, and those of the body, which nobody has. */
function betasIn(attempt: Attempt, scanned: SoundObject, allowed: readonly string[]): readonly string[] {
  const member = scanned.members.get('anthropic_beta');
  const said = member === undefined ? [] : readJson(readSpan(attempt.body.chunks, member.value));
  const inBody = isArray(said) ? said.map(asString).filter((beta) => beta !== undefined) : [];
  const all = [attempt.headers.get('anthropic-beta') ?? '', ...inBody].join(',');
  return betasOf(new Map([['anthropic-beta', all]]), { betasAllowed: allowed }).sent;
}

/** What was left out is told like any other field that a target cannot take. */
function tell({ exchange }: Attempt, names: readonly string[]): void {
  if (names.length === 0) return;
  exchange.note(`Bedrock does not take ${names.join(', ')}`);
  exchange.replyHeaders.set('x-tapgate-dropped', names.join(', '));
}
