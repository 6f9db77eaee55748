import {
  asString,
  defined,
  isObject,
  type JsonObject,
  readJson,
  type ReasoningPart,
  type Seal,
  writeJson,
} from '@tapgate/core';
import { dialectName } from './dialect-name.ts';

/** Begins, once decoded, every `thoughtSignature` that is not this vendor's. */
const tag = 'tapgate:';
/** The tag in base64, without the character that depends on what follows. */
export const encodedTag: string = Buffer.from(tag).toString('base64').slice(0, 10);

/** What the API takes in the place of a signature for a call that another model made. */
export const noSignature = 'skip_thought_signature_validator';

const forms = new Set<string>(['signature', 'encrypted', 'redacted']);

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
  if (isOwn(seal)) return seal.value;
  return tagged({ seal: fieldsOf(seal), itemId: of.itemId, summary: of.summary });
}

/** Sealed reasoning of another vendor, whole, on the call that follows it. */
export function signatureBefore(reasoning: ReasoningPart): string | undefined {
  const { seal, text, summary, itemId } = reasoning;
  if (seal === undefined || isOwn(seal)) return undefined;
  return tagged({ before: { seal: fieldsOf(seal), text, summary, itemId } });
}

/** Undoes both. A signature that is not of their form is this vendor's. */
export function readSignature(signature: string): Signed {
  const said = signature.startsWith(encodedTag) ? contentOf(signature) : undefined;
  if (said === undefined) {
    return { seal: { origin: { dialect: dialectName }, form: 'signature', value: signature } };
  }
  return defined({
    seal: sealOf(said['seal']),
    itemId: asString(said['itemId']),
    summary: said['summary'] === true ? (true as const) : undefined,
    before: reasoningOf(said['before']),
  });
}

/** Whether a seal is this vendor's, whichever of its places it comes from. */
export function isOwn(seal: Seal): boolean {
  return seal.origin.dialect === dialectName;
}

function tagged(content: JsonObject): string {
  return Buffer.from(tag + writeJson(content)).toString('base64');
}

function fieldsOf({ origin, form, value }: Seal): JsonObject {
  return { dialect: origin.dialect, provider: origin.provider, model: origin.model, form, value };
}

function contentOf(signature: string): JsonObject | undefined {
  const text = Buffer.from(signature, 'base64').toString('utf8');
  if (!text.startsWith(tag)) return undefined;
  try {
    const content = readJson(text.slice(tag.length));
    return isObject(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

function sealOf(fields: unknown): Seal | undefined {
  if (!isObject(fields)) return undefined;
  const { dialect, provider, model, form, value } = fields;
  if (typeof dialect !== 'string' || typeof value !== 'string' || typeof form !== 'string' || !forms.has(form))
    return undefined;
  return {
    origin: defined({ dialect, provider: asString(provider), model: asString(model) }),
    form: form as Seal['form'],
    value,
  };
}

function reasoningOf(fields: unknown): ReasoningPart | undefined {
  if (!isObject(fields)) return undefined;
  const { seal, text, summary, itemId } = fields;
  const texts = Array.isArray(summary) && summary.every((one) => typeof one === 'string') ? summary : undefined;
  return {
    kind: 'reasoning',
    ...defined({ text: asString(text), summary: texts, itemId: asString(itemId), seal: sealOf(seal) }),
  };
}
