import { coreErrors, scanObject, type SoundObject } from '@tapgate/core';

/** Members that every request of this API is asked for. */
const always = [
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
] as const;

/** Scans by the list of chunks they were made of: a body is looked at when it comes, and again when it goes out. */
const scans: WeakMap<readonly Uint8Array[], SoundObject> = new WeakMap();

/**
 * Finds members at the top of a JSON body: the usual ones and those asked for.
 *
 * @throws BODY_INVALID for what is no JSON object.
 * @throws BODY_DUPLICATE_FIELD for one that says a thing twice, because readers disagree about which counts.
 */
export function scanBody(chunks: readonly Uint8Array[], more: readonly string[] = []): SoundObject {
  const before = scans.get(chunks);
  if (before !== undefined && more.every((name) => before.names.has(name))) return before;
  const scanned = scanObject(chunks, [...always, ...more]);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const [field] = scanned.duplicates;
  if (field !== undefined) throw coreErrors.BODY_DUPLICATE_FIELD({ field }, { param: field });
  scans.set(chunks, scanned);
  return scanned;
}
