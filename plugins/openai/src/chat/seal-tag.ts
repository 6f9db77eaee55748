import type { Seal } from '@tapgate/core';

/** Begins every sealed value that is another dialect's. The tilde is rare in JSON: one quick search tells whether a request has any. */
export const sealTag = '~tapgate:';

const forms: ReadonlySet<string> = new Set(['signature', 'encrypted', 'redacted']);

/** A seal's value for a client who gives it back: this dialect's own as it is, any other under a tag that names whom it goes back to. */
export function tagged(seal: Seal, own: string): string {
  const { origin, form, value } = seal;
  if (origin.dialect === own && !value.startsWith(sealTag)) return value;
  const head = [origin.dialect, form, origin.provider ?? '', origin.model ?? ''];
  return `${sealTag}${head.map((part) => encodeURIComponent(part.toWellFormed())).join(':')}:${value}`;
}

/** Undoes `tagged`. Nothing where a tag is not of its form. */
export function untagged(value: string, own: string, form: Seal['form']): Seal | undefined {
  if (!value.startsWith(sealTag)) return { origin: { dialect: own }, form, value };
  const [dialect = '', taggedForm = '', provider = '', model = '', ...rest] = value.slice(sealTag.length).split(':');
  if (!forms.has(taggedForm)) return undefined;
  return {
    origin: {
      dialect: decoded(dialect),
      ...(provider !== '' && { provider: decoded(provider) }),
      ...(model !== '' && { model: decoded(model) }),
    },
    form: taggedForm as Seal['form'],
    value: rest.join(':'),
  };
}

/** A part of a tag as it was; one that nobody encoded stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
