import {
  coreErrors,
  directingFields,
  type Incoming,
  parseObject,
  type Peeked,
  readSpan,
  scanObject,
} from '@tapgate/core';

const asked = ['model', 'stream', ...directingFields];
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
  return { model, streamed: streaming.has(operation) && text('stream') !== 'false' };
}
