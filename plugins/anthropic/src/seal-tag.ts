import { asString, defined, isArray, type PartStartEvent, readJson, type Seal } from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/**
 * Begins what stands in the place of a signature, or of other opaque state, that another vendor gave or none. The tilde is
 * rare in JSON, so that one quick search tells whether a request has any.
 */
export const tag = '~tapgate:';

/** What a tag says. */
export interface Tagged {
  readonly seal?: Seal;
  /** The reasoning item's id at the vendor that it comes from. */
  readonly itemId?: string;
  /** The block's text is a summary. */
  readonly summary?: true;
  /** The seal belongs to the block before, which has no place for one. */
  readonly previous?: true;
}

const forms = new Set<string>(['signature', 'encrypted', 'redacted']);

/**
 * A foreign seal in the form of a signature, which a client sends back as it got it: where it belongs in front, the
 * vendor's own text behind the point, unchanged. Towards any other vendor such a block is left out.
 */
export function tagOf({ seal, itemId, summary, previous }: Tagged): string {
  const flags = `${summary ? 's' : ''}${previous ? 'p' : ''}`;
  const { dialect, provider, model } = seal?.origin ?? {};
  const head = [dialect, seal?.form, provider, model, itemId, flags].map((field) => field ?? '');
  return `${tag}${Buffer.from(JSON.stringify(head)).toString('base64url')}.${seal?.value ?? ''}`;
}

/** Undoes `tagOf`; nothing for what is no tag. A tag that is not of its form says nothing. */
export function readTag(text: string): Tagged | undefined {
  if (!text.startsWith(tag)) return undefined;
  const point = text.indexOf('.', tag.length);
  if (point === -1) return {};
  const head = fieldsOf(text.slice(tag.length, point));
  const [dialect, form, provider, model, itemId, flags = ''] = head;
  const origin = dialect && defined({ dialect, provider: provider || undefined, model: model || undefined });
  const known = origin && form !== undefined && forms.has(form);
  return {
    ...(known && { seal: { origin, form: form as Seal['form'], value: text.slice(point + 1) } }),
    ...(itemId && { itemId }),
    ...(flags.includes('s') && { summary: true as const }),
    ...(flags.includes('p') && { previous: true as const }),
  };
}

/** Whether a seal may go back to this vendor: its own, whatever cloud it came through. */
export function isOwnSeal(seal: Seal | undefined): seal is Seal {
  return seal?.origin.dialect === dialectName && seal.value !== '';
}

function fieldsOf(head: string): readonly (string | undefined)[] {
  try {
    const fields = readJson(Buffer.from(head, 'base64url').toString('utf8'));
    return isArray(fields) ? fields.map(asString) : [];
  } catch {
    return [];
  }
}

/** What stands as the signature of thinking: the vendor's own, or a tag for any other and for none. */
export function signatureOf(part: PartStartEvent, seal: Seal | undefined): string | undefined {
  if (isOwnSeal(seal)) return seal.form === 'signature' ? seal.value : undefined;
  if (part.ext?.[dialectName] !== undefined) return undefined;
  return tagOf(defined({ seal, itemId: part.itemId, summary: part.summary }));
}
