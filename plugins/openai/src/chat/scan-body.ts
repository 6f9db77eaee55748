import { type Body, coreErrors, directingFields, scanBody as scan, type SoundObject } from '@tapgate/core';

/** Members that every request of this API is asked for. */
const always: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'session_id',
  'encoding_format',
  ...directingFields,
]);

/**
 * Finds members at the top of a JSON body: the usual ones and those asked for.
 *
 * @throws BODY_INVALID for what is no JSON object.
 * @throws BODY_DUPLICATE_FIELD for one that says a thing twice, because readers disagree about which counts.
 * @throws DIRECTED_ELSEWHERE for one that would say where the gateway connects: a gateway behind this one might follow it.
 */
export function scanBody(body: Body, more: readonly string[] = []): SoundObject {
  const scanned = scan(body, more.every((name) => always.has(name)) ? always : new Set([...always, ...more]));
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const [field] = scanned.duplicates;
  if (field !== undefined) throw coreErrors.BODY_DUPLICATE_FIELD({ field }, { param: field });
  const directing = directingFields.find((name) => scanned.members.has(name));
  if (directing !== undefined) throw coreErrors.DIRECTED_ELSEWHERE({ field: directing }, { param: directing });
  return scanned;
}
