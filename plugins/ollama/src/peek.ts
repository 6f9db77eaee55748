import {
  asNumber,
  coreErrors,
  directingFields,
  type Incoming,
  parseObject,
  type Peeked,
  readSpan,
  scanObject,
  type SoundObject,
} from '@tapgate/core';

const asked = ['model', 'stream', 'options', ...directingFields];
const maxOptionsBytes = 16_384;
const streaming: ReadonlySet<string> = new Set(['chat', 'generate']);

/**
 * What the gateway must know of every request. One that does not say so is streamed.
 *
 * @throws BODY_INVALID, BODY_DUPLICATE_FIELD, MODEL_MISSING, DIRECTED_ELSEWHERE
 */
export function peek({ operation, body: { chunks } }: Incoming): Peeked {
  if (operation === 'models') return { model: '', streamed: false };
  const scanned = scanObject(chunks, asked);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const [field] = scanned.duplicates;
  if (field !== undefined) throw coreErrors.BODY_DUPLICATE_FIELD({ field }, { param: field });
  const directing = directingFields.find((name) => scanned.members.has(name));
  if (directing !== undefined) throw coreErrors.DIRECTED_ELSEWHERE({ field: directing }, { param: directing });
  const text = (name: string): string => {
    const member = scanned.members.get(name);
    return member === undefined ? 'null' : readSpan(chunks, member.value);
  };
  const model = parseObject(`{"model":${text('model')}}`)?.['model'];
  if (typeof model !== 'string' || model === '') throw coreErrors.MODEL_MISSING({}, { param: 'model' });
  const maxOutputTokens = limitIn(scanned, chunks);
  return {
    model,
    streamed: streaming.has(operation) && text('stream') !== 'false',
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

/** -1 and -2 are no limit. */
function limitIn({ members }: SoundObject, chunks: readonly Uint8Array[]): number | undefined {
  const options = members.get('options')?.value;
  if (options === undefined || options.end - options.start > maxOptionsBytes) return undefined;
  const limit = asNumber(parseObject(readSpan(chunks, options))?.['num_predict']);
  return limit !== undefined && Number.isSafeInteger(limit) && limit > 0 ? limit : undefined;
}
