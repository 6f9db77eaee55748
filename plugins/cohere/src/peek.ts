import {
  coreErrors,
  directingFields,
  type Incoming,
  parseObject,
  type Peeked,
  readCount,
  readSpan,
  scanObject,
} from '@tapgate/core';

const asked = ['model', 'stream', 'max_tokens', ...directingFields];

/**
 * What the gateway must know of every request.
 *
 * @throws BODY_INVALID, BODY_DUPLICATE_FIELD, MODEL_MISSING, DIRECTED_ELSEWHERE
 */
export function peek({ operation, path, body: { chunks } }: Incoming): Peeked {
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
  const streamed = operation === 'chat' && text('stream') === 'true';
  const maxOutputTokens = readCount(chunks, scanned.members.get('max_tokens')?.value);
  if (typeof model === 'string' && model !== '')
    return { model, streamed, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
  // The first version of the API knows a model by itself.
  if (path === '/v1/rerank' && model === null) return { model: '', streamed };
  throw coreErrors.MODEL_MISSING({}, { param: 'model' });
}
