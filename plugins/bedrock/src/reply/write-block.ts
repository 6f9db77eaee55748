import { type JsonObject, type PartStartEvent, type Seal } from '@tapgate/core';
import { dialectName } from '../dialect-name.ts';
import { toolNames } from '../tool-names.ts';
import { ownMembers } from '../own-fields.ts';

/** A call's name and id. */
export function callOf(part: PartStartEvent): JsonObject {
  const { name = '', callId = '' } = part;
  return { toolUseId: callId, name: toolNames.legal(name), ...ownMembers(part) };
}

/** What a thought is signed with, or is: its vendor's own alone. */
export function sealMember(seal: Seal | undefined): JsonObject | undefined {
  if (seal?.origin.dialect !== dialectName) return undefined;
  return seal.form === 'redacted' ? { redactedContent: seal.value } : { signature: seal.value };
}

/** The picture that a part is; nothing for what is none, or has no data here. */
export function pictureOf({
  mediaType = '',
  base64,
}: PartStartEvent): { readonly format: string; readonly bytes: string } | undefined {
  return base64 !== undefined && mediaType.startsWith('image/')
    ? { format: mediaType.slice('image/'.length), bytes: base64 }
    : undefined;
}

/** What is said in the place of media that this dialect cannot show. */
export function wordsFor({ mediaType, url }: PartStartEvent): string {
  return `[${mediaType ?? 'media'}${url === undefined ? '' : `: ${url}`}]`;
}
