import {
  asString,
  defined,
  isObject,
  isOwnSeal,
  type JsonObject,
  readSealTag,
  readSealText,
  type ReasoningPart,
  type Seal,
  sealTag,
  tagSeal,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/** How a tag begins in base64: its nine bytes are twelve characters, whatever follows. */
export const encodedTag: string = Buffer.from(sealTag).toString('base64');

/** What the API takes in the place of a signature for a call that another model made. */
export const noSignature = 'skip_thought_signature_validator';

/** What a `thoughtSignature` turned out to be. */
export interface Signed {
  readonly seal?: Seal;
  /** Of another vendor's reasoning: its id there, and whether its text is a summary. */
  readonly itemId?: string;
  readonly summary?: true;
  /** Reasoning of another vendor that stands before the part, where the client keeps signatures of calls but no thoughts. */
  readonly before?: ReasoningPart;
}

/**
 * A seal as a `thoughtSignature`: this vendor's as it is, any other under a tag that names whom it goes back to. Clients
 * take signatures for bytes and may write them in either alphabet of base64, so the tag is inside.
 */
export function signatureOf(seal: Seal, of: { readonly itemId?: string; readonly summary?: true } = {}): string {
  if (isOwnSeal(seal, dialectName)) return seal.value;
  const { itemId, summary } = of;
  return encoded(seal, defined({ itemId, summary }));
}

/** Sealed reasoning of another vendor, whole, on the call that follows it. */
export function signatureBefore({ seal, text, summary, itemId }: ReasoningPart): string | undefined {
  if (seal === undefined || isOwnSeal(seal, dialectName)) return undefined;
  return encoded(seal, { before: defined({ text, summary, itemId }) });
}

/** Undoes both. A signature that is not of their form is this vendor's. */
export function readSignature(signature: string): Signed {
  const { seal, note } = readSealText(decoded(signature) ?? signature, dialectName, 'signature');
  if (isObject(note['before'])) return { before: reasoningOf(note['before'], seal) };
  return defined({
    seal,
    itemId: asString(note['itemId']),
    summary: note['summary'] === true ? (true as const) : undefined,
  });
}

/** Whether a seal is of this dialect, whichever of its places it comes from. */
export function isOfDialect(seal: Seal): boolean {
  return seal.origin.dialect === dialectName;
}

function encoded(seal: Seal, note: JsonObject): string {
  return Buffer.from(tagSeal(seal, note)).toString('base64');
}

/** The tag in a signature; nothing where there is none, or only the beginning of one. */
function decoded(signature: string): string | undefined {
  if (!signature.startsWith(encodedTag)) return undefined;
  const text = Buffer.from(signature, 'base64').toString('utf8');
  return readSealTag(text)?.seal === undefined ? undefined : text;
}

function reasoningOf({ text, summary, itemId }: JsonObject, seal: Seal | undefined): ReasoningPart {
  const texts = Array.isArray(summary) && summary.every((one) => typeof one === 'string') ? summary : undefined;
  return { kind: 'reasoning', ...defined({ text: asString(text), summary: texts, itemId: asString(itemId), seal }) };
}
