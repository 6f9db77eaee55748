import { asString, isArray, isObject, type Json, type JsonObject } from '../json/json.ts';
import { readJson } from '../json/read-json.ts';
import { defined } from '../defined.ts';
import type { Seal } from './request.ts';

/**
 * Begins what stands in a sealed value's place where it does not say of itself whose it is. The tilde is rare in JSON: one
 * quick search tells whether a request has any.
 */
export const sealTag = '~tapgate:';

/** What a tag says: the seal, if there is one, and what else its codec noted. */
export interface TaggedSeal {
  readonly seal?: Seal;
  readonly note: JsonObject;
}

/** Where the note stands in a tag's head. */
const noteAt = 5;
/** A seal of the place at hand. */
export type OwnSeal = Seal & { readonly origin: { readonly realm?: never } };

const forms: ReadonlySet<string> = new Set<Seal['form']>(['signature', 'encrypted', 'redacted']);

/** Whether a seal is of the place at hand: of this dialect, and of no other realm than the one that is asked or answers. */
export function isOwnSeal(seal: Seal | undefined, dialect: string): seal is OwnSeal {
  return seal !== undefined && seal.origin.dialect === dialect && seal.origin.realm === undefined;
}

/** A seal where its dialect has a place for it: as it is where it is of the place at hand, else tagged. */
export function sealText(seal: Seal, dialect: string, note?: JsonObject): string {
  return isOwnSeal(seal, dialect) && !seal.value.startsWith(sealTag) ? seal.value : tagSeal(seal, note);
}

/** Undoes `sealText`: what bears no tag is of the dialect that it stands in. */
export function readSealText(text: string, dialect: string, form: Seal['form']): TaggedSeal {
  return readSealTag(text) ?? { seal: { origin: { dialect }, form, value: text }, note: {} };
}

/**
 * A seal as a text that a client keeps and gives back unseen: whom it goes back to in front, and behind the point the
 * vendor's own text, unchanged.
 */
export function tagSeal(seal: Seal | undefined, note?: JsonObject): string {
  const { dialect, provider, model, realm } = seal?.origin ?? {};
  const head = JSON.stringify([seal?.form, dialect, provider, model, realm, note].map((field) => field ?? null));
  return `${sealTag}${Buffer.from(head).toString('base64url')}.${seal?.value ?? ''}`;
}

/** Undoes `tagSeal`; nothing for what is no tag. A tag that is not of its form says nothing. */
export function readSealTag(text: string): TaggedSeal | undefined {
  if (!text.startsWith(sealTag)) return undefined;
  const point = text.indexOf('.', sealTag.length);
  const head = point === -1 ? undefined : headIn(text.slice(sealTag.length, point));
  if (head === undefined) return { note: {} };
  const [form, dialect, provider, model, realm] = head.map(asString);
  const note = isObject(head[noteAt]) ? head[noteAt] : {};
  if (dialect === undefined || !isForm(form)) return { note };
  return {
    seal: { origin: { dialect, ...defined({ provider, model, realm }) }, form, value: text.slice(point + 1) },
    note,
  };
}

function isForm(form: string | undefined): form is Seal['form'] {
  return form !== undefined && forms.has(form);
}

function headIn(text: string): readonly Json[] | undefined {
  try {
    const head = readJson(Buffer.from(text, 'base64url').toString('utf8'));
    return isArray(head) ? head : undefined;
  } catch {
    return undefined;
  }
}
