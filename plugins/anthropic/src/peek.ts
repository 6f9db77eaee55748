import {
  asString,
  coreErrors,
  directingFields,
  type Incoming,
  isObject,
  parseObject,
  type Peeked,
  readCount,
  readSpan,
  type ScannedMember,
  scanObject,
  type SoundObject,
} from '@tapgate/core';
import { namesModel } from './routes.ts';

const asked = ['model', 'stream', 'metadata', 'max_tokens', ...directingFields];
const MAX_METADATA_BYTES = 16_384;
/** How agents put their session into a user's id: as JSON, and before that at its end. */
const forms = [/"session_id"\s*:\s*"([^"\\]{1,200})"/, /(?:^|_)session_([\w-]{1,200})$/];

/**
 * What the gateway must know of every request.
 *
 * @throws BODY_INVALID, BODY_DUPLICATE_FIELD, MODEL_MISSING, DIRECTED_ELSEWHERE
 */
export function peek(incoming: Incoming): Peeked {
  if (!namesModel(incoming.operation)) return { model: '', streamed: false };
  const { chunks } = incoming.body;
  const scanned = scanObject(chunks, asked);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const [field] = scanned.duplicates;
  if (field !== undefined) throw coreErrors.BODY_DUPLICATE_FIELD({ field }, { param: field });
  const directing = directingFields.find((name) => scanned.members.has(name));
  if (directing !== undefined) throw coreErrors.DIRECTED_ELSEWHERE({ field: directing }, { param: directing });
  const text = (member: ScannedMember | undefined): string =>
    member === undefined ? '' : readSpan(chunks, member.value);
  const model = parseObject(`{"model":${text(scanned.members.get('model')) || 'null'}}`)?.['model'];
  if (typeof model !== 'string' || model === '') throw coreErrors.MODEL_MISSING({}, { param: 'model' });
  const user = userIn(scanned, text);
  const session = user === undefined ? undefined : sessionIn(user);
  const maxOutputTokens = readCount(chunks, scanned.members.get('max_tokens')?.value);
  return {
    model,
    streamed: text(scanned.members.get('stream')) === 'true' && incoming.operation === 'chat',
    ...(session !== undefined && { session }),
    ...(user !== undefined && { user }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

function userIn({ members }: SoundObject, text: (member: ScannedMember | undefined) => string): string | undefined {
  const metadata = members.get('metadata');
  if (metadata === undefined || metadata.value.end - metadata.value.start > MAX_METADATA_BYTES) return undefined;
  const value = parseObject(text(metadata));
  return isObject(value) ? asString(value['user_id']) : undefined;
}

function sessionIn(userId: string): string | undefined {
  return forms.map((form) => form.exec(userId)?.[1]).find((id) => id !== undefined);
}
